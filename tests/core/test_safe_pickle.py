"""Pickles as data: arrays come through, code does not."""

import collections
import os
import pickle  # noqa: TID251 - writes what the safe reader must read or refuse
import pickletools
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import sparse

from core.errors import RestageError
from core.safe_pickle import load_pickle, read_object_array


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_and_containers_of_every_protocol(tmp_path: Path, protocol: int) -> None:
    value = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3).T,
        "b": [np.float64(2.5), (1, "x"), None],
        "c": sparse.csc_matrix(np.eye(3)),
    }
    again = load_pickle(written(tmp_path / "a.pkl", pickle.dumps(value, protocol)))
    assert np.array_equal(again["a"], value["a"])
    assert again["b"] == [2.5, (1, "x"), None]
    assert np.array_equal(again["c"].toarray(), np.eye(3))


def test_a_pickle_of_python_2_with_old_names(tmp_path: Path) -> None:
    """Protocol 0 as Python 2 wrote it: byte strings, old module names, an old-style instance of a sparse matrix."""
    data = np.array([1.5, -2.0]).tobytes().decode("latin1")
    text = "".join(f"\\x{ord(c):02x}" for c in data)
    array = (
        "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
        f"(I1\n(I2\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'{text}'\ntb"
    )
    instance = (
        "ccopy_reg\n_reconstructor\n(cscipy.sparse.csc\ncsc_matrix\nc__builtin__\nobject\nNtR(dS'maxprint'\nI50\nsb"
    )
    content = f"(dS'v_template'\n{array}sS'matrix'\n{instance}s.".encode("latin1")
    again = load_pickle(written(tmp_path / "a.pkl", content))
    assert again["v_template"].tolist() == [1.5, -2.0]
    assert isinstance(again["matrix"], sparse.csc_matrix)


@pytest.mark.parametrize("protocol", [0, 2])
def test_chumpy_without_chumpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: int) -> None:
    package = ModuleType("chumpy")
    ch, reordering = ModuleType("chumpy.ch"), ModuleType("chumpy.reordering")
    for module in (package, ch, reordering):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    ch.Ch = type("Ch", (), {"__module__": "chumpy.ch"})
    reordering.Select = type("Select", (), {"__module__": "chumpy.reordering"})
    plain, chosen, lost = ch.Ch(), reordering.Select(), ch.Ch()
    plain.__dict__.update(x=np.arange(4.0), _cache={}, label=None)
    chosen.__dict__.update(a=plain, idxs=np.array([3, 1]), preferred_shape=(1, 2))
    content = pickle.dumps({"shapedirs": plain, "part": chosen}, protocol)
    lost.__dict__.update(something=1)
    expression = pickle.dumps({"x": lost}, protocol)
    for module in (package, ch, reordering):
        monkeypatch.delitem(sys.modules, module.__name__)

    again = load_pickle(written(tmp_path / "a.pkl", content))
    assert type(again["shapedirs"]) is np.ndarray
    assert again["shapedirs"].tolist() == [0, 1, 2, 3]
    assert again["part"].tolist() == [[3, 1]]
    with pytest.raises(RestageError) as caught:
        load_pickle(written(tmp_path / "b.pkl", expression))
    assert caught.value.code == "pickle_unreadable"


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> object:
        return self._call


@pytest.mark.parametrize(
    "evil",
    [
        Calls(os.system, "touch TARGET"),
        Calls(eval, "open('TARGET', 'w')"),
        Calls(exec, "open('TARGET', 'w')"),
        Calls(getattr, "os", "system"),
        Calls(collections.namedtuple, "a", "b"),
        Calls(np.load, "TARGET"),
        Calls(np.testing.measure, "open('TARGET', 'w')"),
        Calls(np.frombuffer, b"12"),
        Calls(sparse.load_npz, "TARGET"),
        Calls(pickle.loads, pickle.dumps(1)),
    ],
    ids=lambda evil: getattr(evil._call[0], "__name__", "call"),
)
def test_no_other_function_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, evil: Calls) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path / "a.pkl", pickle.dumps({"v_template": evil}))
    with pytest.raises(RestageError) as caught:
        load_pickle(path)
    assert caught.value.code == "pickle_unsafe"
    assert "a.pkl" in str(caught.value)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.pkl"]


def test_allowed_names_are_not_paths_to_others(tmp_path: Path) -> None:
    """Protocol 4 may ask for `a.b.c` of a module; no attribute of what is allowed is reachable."""
    for name in ("ndarray.tofile", "dtype.__class__", "ndarray.__init__.__globals__"):
        content = b"\x80\x04\x8c\x05numpy\x8c" + bytes([len(name)]) + name.encode() + b"\x93."
        assert [code.name for code, _, _ in pickletools.genops(content)][-2:] == ["STACK_GLOBAL", "STOP"]
        with pytest.raises(RestageError) as caught:
            load_pickle(written(tmp_path / "a.pkl", content))
        assert caught.value.code == "pickle_unsafe"


def test_an_instance_may_not_be_of_any_class(tmp_path: Path) -> None:
    content = b"ccopy_reg\n_reconstructor\n(cnumpy\ndtype\nc__builtin__\nobject\nNtR."
    with pytest.raises(RestageError):
        load_pickle(written(tmp_path / "a.pkl", content))


def test_damaged_files_are_named(tmp_path: Path) -> None:
    whole = pickle.dumps({"a": np.arange(100)})
    for content in (b"", b"<html>", whole[:50], whole[:-1], os.urandom(64)):
        with pytest.raises(RestageError) as caught:
            load_pickle(written(tmp_path / "a.pkl", content))
        assert caught.value.code in ("pickle_unreadable", "pickle_unsafe")
        assert "a.pkl" in str(caught.value)


def test_mutated_bytes_never_do_more_than_fail(tmp_path: Path) -> None:
    whole = pickle.dumps({"a": np.arange(10), "b": sparse.csc_matrix(np.eye(3))}, protocol=2)
    rng = np.random.default_rng(0)
    outcomes = set()
    for _ in range(300):
        content = bytearray(whole)
        for place in rng.integers(0, len(content), 3):
            content[place] = rng.integers(0, 256)
        try:
            load_pickle(written(tmp_path / "a.pkl", bytes(content)))
            outcomes.add("read")
        except RestageError as error:
            outcomes.add(error.code)
    assert outcomes == {"read", "pickle_unreadable", "pickle_unsafe"}


def test_object_arrays_one_by_one(tmp_path: Path) -> None:
    values = np.empty(2, object)
    values[:] = [sparse.csc_matrix(np.eye(2)), sparse.csc_matrix(np.ones((2, 3)))]
    np.save(tmp_path / "a.npy", values)
    again = read_object_array((tmp_path / "a.npy").read_bytes(), tmp_path / "a.npy")
    assert again[1].toarray().tolist() == np.ones((2, 3)).tolist()
    np.save(tmp_path / "b.npy", np.array([Calls(os.system, "true")], object))
    with pytest.raises(RestageError) as caught:
        read_object_array((tmp_path / "b.npy").read_bytes(), tmp_path / "b.npy")
    assert caught.value.code == "pickle_unsafe"
    with pytest.raises(RestageError) as caught:
        read_object_array(b"no array", tmp_path / "c.npy")
    assert caught.value.code == "pickle_unreadable"
