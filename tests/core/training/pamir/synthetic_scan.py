"""A scan of nobody: Restage's own body, a little thicker, as if dressed; red above the hips and blue below."""

from pathlib import Path

import cv2
import numpy as np
from scipy.spatial import KDTree

from core.body.model import BodyModel
from core.pamir.camera import DISTANCE, FOCAL
from core.picture import write_mask
from core.render import CameraView, MeshCaster, silhouette, vertex_normals
from core.spaces import CROP_SIZE, Camera
from core.training.pamir.turned_body import turn_to

RED, BLUE = (220, 30, 40), (30, 50, 210)
CLOTHES = 0.008
TEXELS = 48


def camera(size: int) -> Camera:
    """PaMIR's camera over a smaller picture."""
    pose = np.eye(4)
    pose[2, 3] = DISTANCE
    return Camera(FOCAL * size / CROP_SIZE, (size / 2, size / 2), size, size, pose)


def open_body() -> np.ndarray:
    """(V, 3) canonical: the mean body with the left arm bent forward, so that no two sides look alike; 0.8 high,
    centred."""
    vertices = BodyModel.load().mean_vertices.copy()
    vertices[:, 2] += 0.3 * np.maximum(vertices[:, 0] - 0.2, 0.0)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return ((vertices - (low + high) / 2) * (0.8 / (high - low).max())).astype(np.float32)


def write_scan(folder: Path, angles: tuple[float, ...] = (0.0, np.pi / 2), size: int = 128) -> Path:
    """A whole scan whose body is the open one."""
    body, faces = open_body(), BodyModel.load().triangles
    arrays = {"shape": np.zeros(1), "scale": np.float32(1), "rotations": np.zeros(1), "translation": np.zeros(3)}
    return write_files(folder, "open", body, faces, arrays, angles, size)


def write_files(
    folder: Path,
    kind: str,
    body: np.ndarray,
    faces: np.ndarray,
    arrays: dict[str, np.ndarray],
    angles: tuple[float, ...],
    size: int,
) -> Path:
    rng = np.random.default_rng(5)
    folder.mkdir(parents=True)
    mesh = (body + CLOTHES * vertex_normals(body, faces)).astype(np.float32)
    np.savez(folder / "body.npz", kind=kind, vertices=body, **arrays)
    np.savez(folder / "mesh.npz", vertices=mesh, faces=faces.astype(np.int32), colours=albedo(mesh))
    np.savez(folder / "prt.npz", bounce=np.zeros((len(mesh), 9), np.float32))
    np.savez(folder / "views.npz", angles=np.array(angles, np.float32))
    area = np.linalg.norm(np.cross(*(mesh[faces[:, k]] - mesh[faces[:, 0]] for k in (1, 2))), axis=1)
    corners = mesh[faces[rng.choice(len(faces), TEXELS**2, p=area / area.sum())]]
    position = np.einsum("nk,nkc->nc", rng.dirichlet(np.ones(3), TEXELS**2), corners)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
    covered = np.ones((TEXELS, TEXELS), bool)
    covered[0] = False
    np.savez(
        folder / "uv.npz",
        position=position.reshape(TEXELS, TEXELS, 3).astype(np.float32),
        normal=normal.reshape(TEXELS, TEXELS, 3).astype(np.float32),
        mask=covered,
    )
    for view, angle in enumerate(angles):
        turned = mesh @ turn_to(angle).T
        hits = MeshCaster(turned, faces).cast(CameraView(camera(size), size, size))
        seen = silhouette(hits)
        picture = np.zeros((size, size, 3), np.uint8)
        picture[seen] = albedo(hits.interpolate(turned))
        write_jpeg(folder / f"color/{view:04d}.jpg", picture)
        write_mask(folder / f"mask/{view:04d}.png", np.where(seen, 255, 0).astype(np.uint8))
        write_jpeg(folder / f"color_uv/{view:04d}.jpg", albedo(position).reshape(TEXELS, TEXELS, 3))
    near = position[rng.integers(len(position), size=6000)] + rng.normal(0, 0.025, (6000, 3))
    anywhere = rng.uniform(-0.5, 0.5, (8000, 3))
    caster, tree = MeshCaster(mesh, faces), KDTree(body)
    samples, association = {}, {}
    for place, points in (("surface", near.astype(np.float32)), ("uniform", anywhere.astype(np.float32))):
        inside = caster.inside(points)
        for name, chosen in ((f"{place}_inside", points[inside]), (f"{place}_outside", points[~inside])):
            distance, index = tree.query(chosen, k=4)
            samples[name] = chosen
            association[f"index_{name}"] = index.astype(np.int32)
            association[f"distance_{name}"] = distance.astype(np.float32)
    np.savez(folder / "samples.npz", **samples)
    np.savez(folder / "association.npz", **association)
    return folder


def albedo(points: np.ndarray) -> np.ndarray:
    """(N, 3) uint8 RGB of canonical points."""
    return np.where(points[:, 1:2] > 0, np.array([RED]), np.array([BLUE])).astype(np.uint8)


def write_jpeg(path: Path, picture: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    flags = [cv2.IMWRITE_JPEG_QUALITY, 98, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    path.write_bytes(cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), flags)[1].tobytes())
