"""Reads pickles of strangers as data: arrays, sparse matrices and plain containers, and nothing else.

A pickle names functions that the reader is to call. Here the names are looked up in one short table and nowhere else,
so no other code can be reached, whatever the file holds.
"""

import io
import pickle  # noqa: TID251 - only its parser is used, with a table of names instead of imports
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .errors import RestageError


class _Chumpy:
    """Takes the place of an array of the package chumpy, as SMPL's own files hold them; becomes a numpy array."""

    def __setstate__(self, state: Any) -> None:
        self.state = dict(state)

    def values(self) -> np.ndarray:
        """The plain array; raises ValueError for an expression whose value the file does not hold."""
        state = {name: _plain(value) for name, value in self.state.items()}
        if "x" in state:
            return np.asarray(state["x"])
        if {"a", "idxs", "preferred_shape"} <= set(state):
            return np.asarray(state["a"]).ravel()[state["idxs"]].reshape(state["preferred_shape"])
        raise ValueError("it holds an unevaluated chumpy expression")


def _encode(text: str, encoding: str) -> bytes:
    """How Python 3 writes bytes into a pickle that Python 2 can read."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"bytes in the encoding {encoding}")
    return text.encode("latin1")


def _new_object(kind: type, base: type, state: None) -> Any:
    """How Python 2 writes an instance in protocols 0 and 1."""
    if kind not in (_Chumpy, *_sparse_types().values()) or base is not object or state is not None:
        raise pickle.UnpicklingError(f"an instance of {kind}")
    return object.__new__(kind)


def _sparse_types() -> dict[str, type]:
    from scipy import sparse

    return {name: getattr(sparse, f"{name}_matrix") for name in ("csc", "csr", "coo")}


def _allowed() -> dict[tuple[str, str], Any]:
    """Everything that a pickle may name, by module and name, in the spellings of all versions."""
    reconstruct = np.empty(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    table: dict[tuple[str, str], Any] = {
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("_codecs", "encode"): _encode,
        ("copy_reg", "_reconstructor"): _new_object,
        ("copyreg", "_reconstructor"): _new_object,
        ("__builtin__", "object"): object,
        ("builtins", "object"): object,
        ("chumpy.ch", "Ch"): _Chumpy,
        ("chumpy.reordering", "Select"): _Chumpy,
    }
    for package in ("numpy.core", "numpy._core"):
        table[f"{package}.multiarray", "_reconstruct"] = reconstruct
        table[f"{package}.multiarray", "scalar"] = scalar
    for name, kind in _sparse_types().items():
        for module in (f"scipy.sparse.{name}", f"scipy.sparse._{name}"):
            table[module, f"{name}_matrix"] = kind
    return table


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream, encoding="latin1")
        self._table = _allowed()

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._table:
            raise RestageError("pickle_unsafe", f"{module}.{name}")
        return self._table[module, name]


def load_pickle(path: Path) -> Any:
    """The content of a pickle file: containers, numpy arrays (chumpy's too) and scipy's sparse matrices.

    Written by any version of Python and numpy. Raises RestageError `pickle_unsafe` when the file names anything else,
    and `pickle_unreadable` when it is damaged or no pickle.
    """
    try:
        return parse_pickle(path.read_bytes(), path)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def parse_pickle(content: bytes, path: Path) -> Any:
    """As load_pickle, for bytes that come from `path`."""
    try:
        return _plain(_Unpickler(io.BytesIO(content)).load())
    except RestageError as refused:
        raise RestageError(
            "pickle_unsafe",
            f"{path} was not read: it asks for {refused}, and only arrays are allowed. Get the file from its makers"
            " again, or save its arrays as .npz.",
        ) from refused
    except Exception as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error


def read_object_array(content: bytes, path: Path) -> np.ndarray:
    """A `.npy` file of Python objects, which numpy itself would read by full unpickling.

    content: the file's bytes, of `path`. Raises as load_pickle does.
    """
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        _, _, dtype = read_header(stream)
    except ValueError as error:
        raise _unreadable(path, str(error)) from error
    if not dtype.hasobject:
        return np.load(io.BytesIO(content), allow_pickle=False)
    return np.asarray(parse_pickle(stream.read(), path), dtype=object)


def _plain(value: Any) -> Any:
    """The value with chumpy's arrays replaced by numpy's, inside dictionaries, lists and tuples too."""
    if isinstance(value, _Chumpy):
        return value.values()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return value


def _unreadable(path: Path, why: str) -> RestageError:
    return RestageError(
        "pickle_unreadable", f"{path} cannot be read ({why}). It is damaged or another kind of file; get it again."
    )
