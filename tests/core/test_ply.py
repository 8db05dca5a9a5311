"""Frame meshes survive the disk exactly, and damaged files are refused by name."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import RestageError
from core.ply import read_ply, write_ply

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
COLOURS = np.array([[255, 0, 0], [0, 254, 0], [0, 0, 253], [10, 20, 30]], np.uint8)


@pytest.fixture
def mesh(tmp_path: Path) -> Path:
    path = tmp_path / "frames" / "000003.ply"
    write_ply(path, VERTICES, FACES, COLOURS)
    return path


def test_round_trip_is_exact(mesh: Path) -> None:
    vertices, faces, colours = read_ply(mesh)
    assert (vertices.dtype, faces.dtype, colours.dtype) == (np.float32, np.int32, np.uint8)
    np.testing.assert_array_equal(vertices, VERTICES)
    np.testing.assert_array_equal(faces, FACES)
    np.testing.assert_array_equal(colours, COLOURS)


def test_an_independent_reader_agrees(mesh: Path) -> None:
    trimesh = pytest.importorskip("trimesh")
    loaded = trimesh.load(mesh, process=False)
    np.testing.assert_array_equal(loaded.vertices, VERTICES)
    np.testing.assert_array_equal(loaded.faces, FACES)
    np.testing.assert_array_equal(loaded.visual.vertex_colors[:, :3], COLOURS)


def test_same_mesh_gives_the_same_bytes_and_no_partial_file(mesh: Path) -> None:
    first = mesh.read_bytes()
    write_ply(mesh, VERTICES, FACES, COLOURS)
    assert mesh.read_bytes() == first
    assert [path.name for path in mesh.parent.iterdir()] == [mesh.name]


def test_comments_in_the_header_are_allowed(mesh: Path) -> None:
    content = mesh.read_bytes().replace(b"1.0\n", b"1.0\ncomment made by hand\n", 1)
    mesh.write_bytes(content)
    np.testing.assert_array_equal(read_ply(mesh)[1], FACES)


def test_a_mesh_without_faces_is_a_point_cloud(tmp_path: Path) -> None:
    path = tmp_path / "points.ply"
    write_ply(path, VERTICES, np.empty((0, 3), np.int32), COLOURS)
    assert read_ply(path)[1].shape == (0, 3)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:-1], "bytes instead of"),
        (lambda data: data + b"\0", "bytes instead of"),
        (lambda data: data[:40], "not a PLY file"),
        (lambda data: b"solid" + data, "not a PLY file"),
        (lambda data: data.replace(b"float x", b"double x"), "layout"),
        (lambda data: data.replace(b"vertex 4", b"vertex x"), "count"),
        (lambda data: data.replace(b"vertex 4", b"vertex -4"), "layout"),
        (lambda data: data[:-4] + (4).to_bytes(4, "little"), "does not exist"),
        (lambda data: data[:-13] + b"\x04" + data[-12:], "triangle"),
        (lambda data: data.replace(np.float32(1.5).tobytes(), np.float32("nan").tobytes()), "not a number"),
    ],
)
def test_damage_is_named(mesh: Path, damage, reason: str) -> None:
    mesh.write_bytes(damage(mesh.read_bytes()))
    with pytest.raises(RestageError, match=reason) as caught:
        read_ply(mesh)
    assert caught.value.code == "mesh_unreadable"
    assert mesh.name in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RestageError, match=r"000009\.ply cannot be read"):
        read_ply(tmp_path / "000009.ply")


@pytest.mark.parametrize(
    ("vertices", "faces", "colours"),
    [
        (VERTICES[:, :2], FACES, COLOURS),
        (VERTICES, FACES + 1, COLOURS),
        (VERTICES, FACES, COLOURS[:2]),
        (VERTICES, FACES, COLOURS.astype(float)),
        (np.full_like(VERTICES, np.inf), FACES, COLOURS),
    ],
)
def test_impossible_meshes_are_not_written(tmp_path: Path, vertices, faces, colours) -> None:
    with pytest.raises(RestageError) as caught:
        write_ply(tmp_path / "bad.ply", vertices, faces, colours)
    assert caught.value.code == "mesh_invalid"
    assert not any(tmp_path.iterdir())
