"""What is painted on the faces of a folder of avatars is found again where the body has it."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from core.body.model import BodyModel
from core.face.body_face import face_share
from core.texture.features import face_shades as shipped
from core.texture.unwrap import body_unwrap, spread_out, texels_of
from core.training.face_shades import face_shades

SIZE = 1024
# The first is held out.
SKINS = {"A_1_One": (20, 250, 20), "A_2_One": (215, 165, 135), "B_1_One": (120, 80, 60), "B_2_One": (180, 135, 110)}


def write_avatar(path: Path, skin: tuple[int, int, int]) -> None:
    """The body model itself as an avatar, its face painted with the shipped shades."""
    model, unwrap, texels = BodyModel.load(), body_unwrap(), texels_of(SIZE)
    corners = shipped()[model.triangles[texels.face]] * np.float32(skin)
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[texels.rows, texels.columns] = np.clip(np.einsum("nk,nkc->nc", texels.barycentric, corners), 0, 255)
    of_corner = np.zeros(len(unwrap.uv), int)
    of_corner[unwrap.triangles] = model.triangles
    stream = io.BytesIO()
    Image.fromarray(spread_out(picture, texels)).save(stream, "PNG")
    head = model.bone("head")
    rest = np.tile(np.eye(4, dtype=np.float32), (1, 1, 1))
    rest[0, :3, 3] = model.mean_heads[head]
    np.savez(
        path, **quantised("vertices", model.mean_vertices[of_corner]), **quantised("uv", unwrap.uv * [1, -1] + [0, 1]),
        faces=unwrap.triangles, face_texture=np.zeros(len(unwrap.triangles), np.int32),
        texture_0=np.frombuffer(stream.getvalue(), np.uint8), bone_names=np.array(["Head"]),
        joint_index=np.zeros((len(unwrap.uv), 4), np.int32), joint_weight=np.tile([255, 0, 0, 0], (len(unwrap.uv), 1)),
        bone_parent=np.array([-1]), bone_rest=rest,
    )  # fmt: skip


def quantised(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    low, high = values.min(axis=0), values.max(axis=0)
    shares = np.round((values - low) / (high - low) * 65535).astype(np.uint16)
    return {f"{name}_q": shares, f"{name}_min": low, f"{name}_max": high}


def test_shades_that_were_painted_are_found(tmp_path: Path) -> None:
    for name, skin in SKINS.items():
        write_avatar(tmp_path / f"{name}.npz", skin)
    vertices, shades = face_shades(tmp_path)
    inner = face_share()[vertices] > 0.99
    painted = shipped()[vertices][inner]
    painted = painted / np.median(shipped()[face_share() > 0], axis=0)
    # Not in the corners of the eyes, which the front hardly shows.
    assert np.abs(shades[inner] - painted).mean() < 0.4 * np.abs(1 - painted).mean()
    assert np.corrcoef(shades[inner].ravel(), painted.ravel())[0, 1] > 0.85
