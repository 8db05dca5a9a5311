"""Properties of the readers of files that others may have made, on inputs that hypothesis makes up."""

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.arrays import COLOURS, LANDMARKS, read_arrays
from core.errors import RestageError
from core.events import parse_event
from core.job import FrameRecord, Job, JobRecord
from core.person.openpose import read_body_25
from core.ply import read_ply, write_ply
from core.settings import Settings, frame_range
from core.training.motion import Motion
from core.weights_file import read_weights, write_weights

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FINITE = st.floats(-1e4, 1e4, width=32)
# Repeatable, and no matter how busy the machine is.
calm = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def stored(content: bytes, name: str) -> tuple[TemporaryDirectory, Path]:
    folder = TemporaryDirectory()
    path = Path(folder.name) / name
    path.write_bytes(content)
    return folder, path


@calm
@given(points=arrays.arrays(np.float32, (5, 3), elements=FINITE), colour=st.integers(0, 255), faces=st.integers(0, 6))
def test_a_mesh_reads_as_it_was_written(points: np.ndarray, colour: int, faces: int) -> None:
    corners = np.arange(3 * faces, dtype=np.int32).reshape(-1, 3) % 5
    colours = np.full((5, 3), colour, np.uint8)
    with TemporaryDirectory() as folder:
        write_ply(Path(folder) / "0.ply", points, corners, colours)
        vertices, triangles, shades = read_ply(Path(folder) / "0.ply")
    assert np.array_equal(vertices, points)
    assert np.array_equal(triangles, corners)
    assert np.array_equal(shades, colours)


@calm
@given(count=st.integers(-5, 10**15), faces=st.integers(-5, 10**15), tail=st.binary(max_size=64))
def test_a_mesh_that_claims_any_size_is_refused(count: int, faces: int, tail: bytes) -> None:
    from core.ply import HEADER

    folder, path = stored(HEADER.format(vertices=count, faces=faces).encode() + tail, "0.ply")
    with folder:
        if len(tail) != 15 * count + 13 * faces:
            with pytest.raises(RestageError, match="cannot be read"):
                read_ply(path)


@calm
@given(value=JSON)
def test_any_json_as_keypoints(value: Any) -> None:
    folder, path = stored(json.dumps(value).encode(), "1_keypoints.json")
    with folder, pytest.raises(RestageError) as caught:
        read_body_25(path)
    assert caught.value.code == "keypoints_unreadable"


@calm
@given(numbers=st.lists(st.floats(width=32) | st.integers(-(10**9), 10**9), min_size=75, max_size=75))
def test_keypoints_are_finite_whatever_the_file_says(numbers: list[float]) -> None:
    content = json.dumps({"people": [{"pose_keypoints_2d": numbers}]}).encode()
    folder, path = stored(content, "1_keypoints.json")
    with folder:
        joints = read_body_25(path)
    assert joints.shape == (25, 3)
    assert np.isfinite(joints).all()


@calm
@given(
    key=st.sampled_from(["name", "source", "settings", "clip", "stages", "frames", "versions", "schema"]), value=JSON
)
def test_a_job_with_any_value_anywhere_opens_or_is_refused(key: str, value: Any) -> None:
    with TemporaryDirectory() as folder:
        job = Job(Path(folder), JobRecord("walk", {"name": "walk.mp4"}, Settings(), frames={3: FrameRecord(0.1)}))
        job.save()
        values = json.loads((job.folder / "job.json").read_text(encoding="utf-8"))
        values[key] = value
        (job.folder / "job.json").write_text(json.dumps(values), encoding="utf-8")
        try:
            opened = Job.open(job.folder)
        except RestageError:
            return
        for number in opened.record.frames:
            assert opened.mesh_path(number).parent.parent == job.folder
        assert isinstance(opened.record.name, str)
        opened.save()


@calm
@given(
    array=arrays.arrays(
        st.sampled_from([np.float32, np.int32, np.uint8, np.bool_]), arrays.array_shapes(max_dims=3, max_side=4)
    )
)
def test_arrays_of_another_kind_or_shape_are_refused(array: np.ndarray) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "colours.npz"
        np.savez(path, colours=array, known=np.zeros(len(array), bool))
        fits = array.dtype.kind == "f" and array.ndim == 2 and array.shape[1] == 3 and np.isfinite(array).all()
        if fits:
            assert np.array_equal(read_arrays(path, COLOURS)["colours"], array)
        else:
            with pytest.raises(RestageError) as caught:
                read_arrays(path, COLOURS)
            assert caught.value.code == "job_unreadable"


def test_lengths_must_agree_and_objects_are_never_read(tmp_path: Path) -> None:
    whole = {
        "frames": np.arange(3), "times": np.zeros(3), "image": np.zeros((3, 33, 2)), "visibility": np.zeros((3, 33)),
        "world": np.zeros((3, 33, 3)), "held": np.zeros(3, bool),
    }  # fmt: skip
    np.savez(tmp_path / "whole.npz", **whole)
    assert read_arrays(tmp_path / "whole.npz", LANDMARKS, "held")["held"].tolist() == [False] * 3
    np.savez(tmp_path / "short.npz", **(whole | {"times": np.zeros(2)}))
    np.savez(tmp_path / "lacking.npz", **{name: value for name, value in whole.items() if name != "held"})
    np.savez(tmp_path / "objects.npz", **(whole | {"held": np.array([print, None, 1], object)}))
    np.savez(tmp_path / "infinite.npz", **(whole | {"times": np.array([0.0, np.inf, 1.0])}))
    for name in ("short", "lacking", "objects", "infinite", "missing"):
        with pytest.raises(RestageError) as caught:
            read_arrays(tmp_path / f"{name}.npz", LANDMARKS)
        assert caught.value.code == "job_unreadable"


def test_a_small_file_cannot_fill_the_memory(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        header = np.lib.format.magic(1, 0) + b"v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (10,)}"
        archive.writestr("thickness.npy", header + b" " * 20)
    content = bytearray((tmp_path / "bomb.npz").read_bytes())
    # The directory at the end claims five gigabytes for the entry.
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (4_294_000_000).to_bytes(4, "little")
    (tmp_path / "bomb.npz").write_bytes(content)
    with pytest.raises(RestageError, match="fill the memory"):
        read_arrays(tmp_path / "bomb.npz", {"thickness": ("f", "V")})


@calm
@given(text=st.text(max_size=200) | st.sampled_from(["HIERARCHY\nROOT a\n{\n}\nMOTION\nFrame Time: 1\n", "MOTION"]))
def test_any_text_as_motion_is_refused(text: str) -> None:
    folder, path = stored(text.encode("utf-8", "surrogatepass"), "walk.bvh")
    with folder, pytest.raises(RestageError) as caught:
        Motion.load(path)
    assert caught.value.code == "motion_unreadable"


@calm
@given(line=st.text(max_size=50) | JSON.map(json.dumps))
def test_any_line_is_an_event_or_none(line: str) -> None:
    event = parse_event(line)
    assert event is None or "event" in event


@calm
@given(text=st.text(alphabet="0123456789:-. x", max_size=12))
def test_any_frame_range_is_a_slice_or_refused(text: str) -> None:
    try:
        chosen = frame_range(text)
    except RestageError as error:
        assert error.code == "bad_settings"
    else:
        assert list(range(50))[chosen] == [n for n in range(50) if n in range(*chosen.indices(50))]


def test_an_entry_that_is_no_array_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "colours.npz", "w") as archive:
        archive.writestr("colours.npy", b"nothing of the kind")
        archive.writestr("known.npy", b"")
    with pytest.raises(RestageError, match="colours is no array"):
        read_arrays(tmp_path / "colours.npz", COLOURS)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network = torch.nn.Linear(2, 2)
    write_weights(network, tmp_path / "a.safetensors")
    read_weights(torch.nn.Linear(2, 2), tmp_path / "a.safetensors")
    network.weight.data[0, 1] = float("nan")
    write_weights(network, tmp_path / "a.safetensors")
    with pytest.raises(RestageError, match="no number"):
        read_weights(torch.nn.Linear(2, 2), tmp_path / "a.safetensors")
