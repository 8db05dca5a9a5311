"""Scans of simple shapes, and one of a person: the body model itself in a known pose, with a texture."""

from pathlib import Path

import numpy as np
import trimesh
from PIL import Image

from core.body.model import BodyModel
from core.training.scans.scan import Scan
from tests.core.posed_person import Person, pose

ANGLES = {
    "upperarm01.L": (10.0, 0.0, 25.0), "upperarm01.R": (35.0, 10.0, -10.0), "lowerarm01.R": (30.0, 0.0, 0.0),
    "upperleg01.L": (20.0, 0.0, 8.0), "lowerleg01.L": (25.0, 0.0, 0.0), "spine03": (8.0, 5.0, 0.0),
    "root": (0.0, 40.0, 0.0),
}  # fmt: skip

# Of a board.
CORNERS = np.array([(0, 0, 0), (2, 0, 0), (2, 3, 0), (0, 3, 0)], float)
FACES = np.array([(0, 1, 2), (0, 2, 3)])


def sphere(subdivisions: int = 3, radius: float = 0.4, colour: tuple[int, int, int] = (128, 128, 128)) -> Scan:
    """A ball around the origin."""
    mesh = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    colours = np.tile(np.array(colour, np.uint8), (len(mesh.vertices), 1))
    return Scan(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.int32), colours)


def board() -> Scan:
    """An upright board whose picture is red above, and green and blue below."""
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[:32, :, 0] = texture[32:, :32, 1] = texture[32:, 32:, 2] = 200
    uv = np.array([(0, 1), (1, 1), (1, 0), (0, 0)], np.float32)
    return Scan(CORNERS, FACES.astype(np.int32), uv=uv, texture=texture)


def person() -> Person:
    """Someone who stands turned by 40 degrees and moves arms and a leg."""
    return pose(ANGLES)


def split() -> tuple[np.ndarray, np.ndarray]:
    """The body split at its texture's seams: (V',) vertex of each texture point, (T, 3) triangles of those."""
    model = BodyModel.load()
    owner = np.zeros(len(model.uv), np.int64)
    owner[model.uv_triangles.ravel()] = model.triangles.ravel()
    return owner, model.uv_triangles


def person_scan(vertices: np.ndarray) -> Scan:
    """The posed body (V, 3) with a texture of stripes."""
    owner, faces = split()
    uv = BodyModel.load().uv.astype(np.float32)
    return Scan(vertices[owner].astype(np.float32), faces.astype(np.int32), uv=uv, texture=stripes())


def stripes() -> np.ndarray:
    """(256, 256, 3): soft stripes, another colour in each quarter."""
    wave = 150 + 60 * np.sin(np.linspace(0, 12 * np.pi, 256))
    picture = np.zeros((256, 256, 3))
    picture[..., 0], picture[..., 1], picture[..., 2] = wave[None], wave[:, None], 120
    picture[:128, :128, 2] = 200
    return picture.astype(np.uint8)


def write_obj(path: Path, scan: Scan) -> None:
    """The scan as OBJ, MTL and PNG, as a scanner's software writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert scan.uv is not None and scan.texture is not None
    Image.fromarray(scan.texture).save(path.with_suffix(".png"))
    path.with_suffix(".mtl").write_text(f"newmtl skin\nKd 1 1 1\nmap_Kd {path.stem}.png\n")
    lines = [f"mtllib {path.stem}.mtl", "usemtl skin"]
    lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in scan.vertices]
    lines += [f"vt {u:.6f} {1 - v:.6f}" for u, v in scan.uv]
    lines += [f"f {a}/{a} {b}/{b} {c}/{c}" for a, b, c in scan.faces + 1]
    path.write_text("\n".join(lines) + "\n")
