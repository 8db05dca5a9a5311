"""OBJ files whose materials and pictures are not where they say, and what is told of those that lack some."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import RestageError
from core.training.scans.albedo import Albedo
from core.training.scans.scan import Scan, read_scan
from tests.core.training.scans.synthetic_scans import board, write_obj

RED, GREEN, BLUE = [200, 0, 0], [0, 200, 0], [0, 0, 200]


def written(folder: Path, material: str | None = None) -> Path:
    """A board with the picture board.png: its first triangle blue, its second one red; material: other content of its
    material file."""
    write_obj(folder / "board.obj", board())
    if material is not None:
        (folder / "board.mtl").write_text(material)
    return folder / "board.obj"


def in_two_parts(path: Path) -> None:
    """The second triangle has the material `other`."""
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], "usemtl other", lines[-1]]) + "\n")


def shown(scan: Scan) -> list[list[int]]:
    """The colours of the two triangles' middles, the lower one's first."""
    order = np.argsort(scan.vertices[scan.faces].mean(axis=1)[:, 1])
    middles = np.full((2, 3), 1 / 3, np.float32)
    return Albedo(scan).at(np.arange(2), middles)[order].round().astype(int).tolist()


def refused(path: Path) -> str:
    with pytest.raises(RestageError) as caught:
        read_scan(path)
    assert caught.value.code == "scan_unreadable" and str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "named",
    [
        "C:\\scans\\Board.PNG",
        "/home/someone/board.png",
        '"board.png"',
        "-s 1 1 1 -o 0 0 -clamp on board.png",
        "-bm 0.5 -imfchan l -mm 0 1 textures\\board.png",
    ],
)
def test_a_picture_is_found_by_its_name_alone(tmp_path: Path, named: str) -> None:
    path = written(tmp_path, f"newmtl skin\nKd 1 1 1\nmap_Kd {named}\n")
    assert shown(read_scan(path)) == [BLUE, RED]


def test_material_files_and_pictures_in_other_folders(tmp_path: Path) -> None:
    path = written(tmp_path, "newmtl skin\nmap_Kd ..\\Front\\board.png\n")
    for folder, colour in (("front", None), ("back", (1, 2, 3))):
        (tmp_path / folder).mkdir()
        if colour is None:
            (tmp_path / "board.png").rename(tmp_path / folder / "board.png")
        else:
            Image.new("RGB", (8, 8), colour).save(tmp_path / folder / "board.png")
    (tmp_path / "board.mtl").rename(tmp_path / "front" / "BOARD.MTL")
    assert shown(read_scan(path)) == [BLUE, RED]


def test_names_with_spaces_and_foreign_letters(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = path.read_text().replace("board.mtl", "my board.mtl").replace("usemtl skin", "usemtl  die häute")
    path.write_bytes(text.encode("latin-1"))
    (tmp_path / "board.png").rename(tmp_path / "my  board 2.png")
    (tmp_path / "my board.mtl").write_bytes("newmtl die häute\r\nmap_Kd my board 2.png\r\n".encode("latin-1"))
    assert "my board 2.png" in refused(path)
    (tmp_path / "my  board 2.png").rename(tmp_path / "my board 2.png")
    assert shown(read_scan(path)) == [BLUE, RED]


@pytest.mark.parametrize("without", ["file", "lines", "map"])
def test_the_only_picture_is_taken_where_nothing_else_is_said(tmp_path: Path, without: str) -> None:
    path = written(tmp_path, "newmtl skin\nKd 0.8 0.8 0.8\n")
    if without != "map":
        (tmp_path / "board.mtl").unlink()
    if without == "lines":
        kept = [line for line in path.read_text().splitlines() if not line.startswith(("mtllib", "usemtl"))]
        path.write_text("\n".join(kept))
    assert shown(read_scan(path)) == [BLUE, RED]
    # Of two scans in one folder, it is the one of that name.
    (tmp_path / "other.obj").write_bytes(path.read_bytes())
    assert shown(read_scan(path)) == [BLUE, RED]
    (tmp_path / "board.png").rename(tmp_path / "else.png")
    if without == "map":
        assert not read_scan(path).coloured
    else:
        assert ("board.mtl" if without == "file" else "nothing says") in refused(path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "newmtl skin\nmap_Kd C:\\scans\\gone.png\n")
    assert "its texture gone.png is not beside it" in refused(path)
    (tmp_path / "board.mtl").write_text("newmtl skin\nmap_Kd board.png\nnewmtl other\nmap_Kd gone.png\n")
    in_two_parts(path)
    assert "gone.png" in refused(path)
    (tmp_path / "board.mtl").write_text("newmtl skin\nmap_Kd board.png\n")
    assert "its material other" in refused(path)
    (tmp_path / "board.png").write_bytes(b"\x89PNG\r\n\x1a\n then nothing")
    (tmp_path / "board.mtl").write_text("newmtl skin\nmap_Kd board.png\nnewmtl other\nKd 1 0 0\n")
    assert "board.png is damaged" in refused(path)


def test_several_materials_lie_in_one_texture(tmp_path: Path) -> None:
    path = written(tmp_path, "newmtl skin\nmap_Kd board.png\nnewmtl other\nmap_Kd green.png\n")
    in_two_parts(path)
    Image.new("RGB", (64, 64), tuple(GREEN)).save(tmp_path / "green.png")
    assert shown(read_scan(path)) == [BLUE, GREEN]
    # A material that no triangle has may lack its picture.
    with (tmp_path / "board.mtl").open("a") as stream:
        stream.write("newmtl spare\nmap_Kd gone.png\n")
    assert shown(read_scan(path)) == [BLUE, GREEN]


def test_a_texture_of_a_ply_file(tmp_path: Path) -> None:
    scan = board()
    assert scan.uv is not None and scan.texture is not None
    header = ["ply", "format ascii 1.0", "comment TextureFile C:\\scans\\Board.png", "element vertex 4"]
    header += [f"property float {name}" for name in ("x", "y", "z", "s", "t")]
    header += ["element face 2", "property list uchar int vertex_indices", "end_header"]
    corners = [f"{x} {y} {z} {u} {1 - v}" for (x, y, z), (u, v) in zip(scan.vertices, scan.uv, strict=True)]
    triangles = [f"3 {a} {b} {c}" for a, b, c in scan.faces]
    path = tmp_path / "board.ply"
    path.write_text("\n".join([*header, *corners, *triangles]) + "\n")
    assert "its texture Board.png is not beside it" in refused(path)
    Image.fromarray(scan.texture).save(tmp_path / "board.png")
    assert shown(read_scan(path)) == [BLUE, RED]


def test_what_is_all_of_one_colour_has_none(tmp_path: Path) -> None:
    corners = [(0, 0), (2, 0), (2, 3), (0, 3)]
    triangles = "f 1 2 3\nf 1 3 4\n"
    path = tmp_path / "bare.obj"
    path.write_text("".join(f"v {x} {y} 0\n" for x, y in corners) + triangles)
    assert not read_scan(path).coloured
    (tmp_path / "bare.mtl").write_text("newmtl one\nKd 0.8 0.8 0.8\nmap_Kd gone.png\n")
    path.write_text("mtllib bare.mtl\nusemtl one\n" + path.read_text())
    assert not read_scan(path).coloured
    # Colours of vertices count, whatever a material without a picture says.
    text = "".join(f"v {x} {y} 0 {x / 2} {y / 3} 0\nvt {x} {y}\n" for x, y in corners)
    path.write_text("mtllib gone.mtl\nusemtl one\n" + text + "f 1/1 2/2 3/3\nf 1/1 3/3 4/4\n")
    scan = read_scan(path)
    assert scan.colours is not None
    assert sorted(scan.colours.tolist()) == [[0, 0, 0], [0, 255, 0], [255, 0, 0], [255, 255, 0]]
