"""What faces have in common: how much darker and redder than the cheeks are eyes, brows and lips.

    python -m core.training.face_shades AVATARS

writes core/texture/face_shades.npz. Every avatar's face is looked at from the front by MediaPipe's face mesh, and so is
the body model's; where the same landmark is in both, is the same place (thin plate splines, Bookstein 1989). Of the
avatars' shades there, in shares of their own skin, the median is kept: it is nobody's face.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.body_face import BodyFace, face_share
from ..face.network import FaceLandmarker, closer_square
from ..job import atomic_write
from ..picture import Picture
from ..render import MeshCaster, orbit_view, silhouette
from ..texture.features import SHADES
from ..turned_square import TurnedSquare
from .avatar import Avatar, person_of
from .body_face import PIXELS, RADIUS, SQUARE
from .dataset import held_out_people
from .photo import texture_colours

Float = npt.NDArray[np.float32]

# Metres from the joint of a head up to the middle of its face; how much of the body's square a face fills; and how
# often it is looked at more closely.
UP, FILLED, LOOKS = 0.07, 0.8, 4
BACKGROUND = (90, 110, 120)
# Landmarks of pictures are as exact as that, pixels squared.
NOISE = 1e-3


def face_shades(avatars: Path) -> tuple[npt.NDArray[np.int32], Float]:
    """Vertices (N,) of the body model's face, and their colours in shares of the skin's, (N, 3), alike left and right:
    the median over the people in a folder of avatars who are trained with."""
    people = {person_of(path.stem): path for path in sorted(avatars.glob("*.npz"))}
    held_out = held_out_people(avatars)
    share, landmarker = face_share(), FaceLandmarker()
    vertices = np.flatnonzero(share)
    shades = [_shades(Avatar.load(path), vertices, landmarker) for name, path in people.items() if name not in held_out]
    common = np.ones((len(share), 3))
    common[vertices] += share[vertices, None] * (np.median(shades, axis=0) - 1.0)
    alike = (common + common[BodyModel.load().mirror]) / 2
    vertices = np.flatnonzero((alike != 1.0).any(axis=1))
    return vertices.astype(np.int32), alike[vertices].astype(np.float32)


def _shades(avatar: Avatar, vertices: npt.NDArray[np.intp], landmarker: FaceLandmarker) -> Float:
    """(N, 3) an avatar's colours where vertices of the body are, in shares of its skin's."""
    import cv2
    from scipy.interpolate import RBFInterpolator

    model = BodyModel.load()
    picture = _portrait(avatar)
    face = landmarker.look(picture, TurnedSquare(np.full(2, PIXELS / 2), FILLED * SQUARE * PIXELS, 0.0))
    for _ in range(LOOKS):
        face = landmarker.look(picture, closer_square(face.points))
    flat = BodyFace.load().seen[:, :2].astype(np.float64)
    onto = RBFInterpolator(flat, face.points[:, :2].astype(np.float64), smoothing=NOISE, kernel="thin_plate_spline")
    x, y = onto(model.mean_vertices[vertices, :2].astype(np.float64)).astype(np.float32).T[:, None]
    colours = np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR), np.float32)[0]
    return colours / np.maximum(np.median(colours, axis=0), 1.0)


def _portrait(avatar: Avatar) -> Picture:
    """(PIXELS, PIXELS, 3) uint8 RGB: its face from the front, without light."""
    head = avatar.heads[avatar.bone("Head")]
    hits = MeshCaster(avatar.vertices, avatar.faces).cast(
        orbit_view(0, head + np.array([0, UP, 0], np.float32), RADIUS, PIXELS, PIXELS)
    )
    picture = np.full((PIXELS, PIXELS, 3), BACKGROUND, np.uint8)
    seen = silhouette(hits)
    picture[seen] = texture_colours(avatar, hits.face[seen], hits.interpolate(avatar.uv))
    return picture


def main(avatars: Path) -> int:
    vertices, shades = face_shades(avatars)
    with atomic_write(SHADES) as stream:
        np.savez_compressed(stream, vertices=vertices, shades=shades.astype(np.float16))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
