"""Scans as users have them, and their place in the canonical volume."""

from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.errors import RestageError
from core.training.scans.albedo import Albedo
from core.training.scans.normalise import generator, normalised
from core.training.scans.scan import Scan, read_scan, scan_files
from tests.core.training.scans.synthetic_scans import CORNERS, FACES, board, write_obj


def test_a_texture_lies_the_right_way_up(tmp_path: Path) -> None:
    write_obj(tmp_path / "board.obj", board())
    for name in ("board.obj", "board.glb"):
        if name.endswith("glb"):
            trimesh.load_scene(tmp_path / "board.obj", process=False).export(tmp_path / name)
        scan = read_scan(tmp_path / name)
        albedo = Albedo(scan)
        centres = scan.vertices[scan.faces].mean(axis=1)
        # The lower right triangle's middle is blue's, the upper left one's red's.
        colours = albedo.at(np.arange(2), np.full((2, 3), 1 / 3, np.float32))
        lower = int(np.argmin(centres[:, 1]))
        assert colours[lower].tolist() == [0, 0, 200]
        assert colours[1 - lower].tolist() == [200, 0, 0]


def test_colours_of_vertices_and_the_upward_axis(tmp_path: Path) -> None:
    colours = np.array([(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (9, 9, 9, 255)], np.uint8)
    lying = CORNERS[:, [0, 2, 1]]
    trimesh.Trimesh(lying, FACES, vertex_colors=colours, process=False).export(tmp_path / "board.ply")
    scan = read_scan(tmp_path / "board.ply", up="z")
    assert scan.colours is not None
    highest = scan.vertices[:, 1].argmax()
    assert np.ptp(scan.vertices[:, 1]) == pytest.approx(3.0)
    assert sorted(map(tuple, scan.colours.tolist())) == sorted(map(tuple, colours[:, :3].tolist()))
    assert scan.colours[highest].tolist() in ([0, 0, 255], [9, 9, 9])


def test_a_file_without_a_surface_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "noise.ply").write_bytes(b"ply\nformat binary_little_endian 1.0\nelement vertex 9\nend_header\nx")
    (tmp_path / "empty.obj").write_text("")
    (tmp_path / "points.obj").write_text("v 0 0 0\nv 1 1 1\n")
    (tmp_path / "flat.obj").write_text("v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 2 3\n")
    files = scan_files(tmp_path)
    assert len(files) == 4
    for path in files:
        with pytest.raises(RestageError) as caught:
            read_scan(path)
        assert caught.value.code == "scan_unreadable" and path.name in str(caught.value)
    with pytest.raises(RestageError) as caught:
        scan_files(tmp_path / "nowhere")
    assert caught.value.code == "dataset_empty"


def test_the_size_in_the_volume_is_drawn_once() -> None:
    far = Scan(CORNERS * 1000 + 5e6, FACES.astype(np.int32), np.zeros((4, 3), np.uint8))
    scan, scale, offset = normalised(far, generator(4, "someone", 0))
    again, _, _ = normalised(far, generator(4, "someone", 0))
    other, _, _ = normalised(far, generator(5, "someone", 0))
    low, high = scan.vertices.min(axis=0), scan.vertices.max(axis=0)
    assert low == pytest.approx(-high, abs=1e-6)
    assert 0.75 <= (high - low).max() <= 0.90
    assert np.array_equal(scan.vertices, again.vertices)
    assert not np.allclose(scan.vertices, other.vertices)
    assert scan.vertices == pytest.approx(scale * far.vertices + offset, abs=1e-6)


def test_what_is_kept_is_what_was_read(tmp_path: Path) -> None:
    scan = board()
    scan.save(tmp_path / "mesh.npz", scale=2.0)
    again = Scan.load(tmp_path / "mesh.npz")
    assert again.colours is None and again.texture is not None and scan.texture is not None
    assert np.array_equal(again.texture, scan.texture) and np.array_equal(again.faces, scan.faces)


def test_normals_do_not_break_at_seams() -> None:
    """A roof whose two sides have points of their own along the ridge."""
    vertices = np.array([(-1, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 0), (0, 1, 1), (0, 1, 0)], float)
    faces = np.array([(0, 2, 1), (3, 5, 4)], np.int32)
    normals = Scan(vertices, faces, np.zeros((6, 3), np.uint8)).normals
    assert normals[[1, 2, 4, 5]] == pytest.approx(np.tile([0, 1, 0], (4, 1)), abs=1e-6)
