"""Pictures whose face is moved to where a surface has it, so that every picture paints the same eye onto an eye."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..job import Job
from ..render import vertex_normals
from ..spaces import Camera
from .body_face import BodyFace
from .files import ClipFace
from .spread import spread

Float = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

# Landmarks that face the camera less, by their cosine, are only guessed.
ASIDE = 0.3
# Of the face's height: a face further off is none of this surface; and how far around it pictures follow.
FARTHEST, FADE = 0.15, 0.25
# Pixels by which a landmark errs, as the interpolation's smoothing takes it.
NOISE = 3.0
LEAST = 20
# Landmarks: what is lower than the base of the nose moves with the jaw; of the eyes' corners, between which lids move.
NOSE_BASE, EYES = 2, ((33, 133), (362, 263))
# Frames before and after, of which all must be sure of the face for it to move in one of them; over which that fades.
AROUND, FADING = 2, 1.5


@dataclass(frozen=True)
class FaceAlignment:
    """Moves the faces of a clip's pictures. points: (468, 2) image pixels by frame, of those whose face is sure;
    steady: 0-1 by frame, how far it moves where it must not jump from frame to frame."""

    points: dict[int, Float]
    steady: dict[int, float]

    @classmethod
    def of(cls, job: Job) -> "FaceAlignment":
        """Of a job whose faces were looked for; else of none. Raises RestageError `job_unreadable`."""
        face = ClipFace.read(job)
        if face is None:
            return cls({}, {})
        numbers, sure = face.frames.tolist(), _steady(face.belief).tolist()
        points = {numbers[row]: face.points[row, :, :2] for row in np.flatnonzero(face.belief)}
        return cls(points, dict(zip(numbers, sure, strict=True)))

    def aligned(
        self,
        number: int,
        picture: Picture,
        vertices: Float,
        camera: Camera,
        corner: tuple[int, int] = (0, 0),
        expressive: bool = False,
    ) -> Picture:
        """A frame's picture (H, W, 3) with its face where the surface (V, 3), world metres, of the body's topology has
        it; itself where the face is not sure, or not this one. corner: where in the image it begins, x and y; camera:
        the picture's; expressive: for one frame among others, steady, and with open lips and closed eyes as they are,
        which else become the surface's."""
        if number not in self.points:
            return picture
        face = BodyFace.load()
        places, normals = face.on(vertices), face.on(vertex_normals(vertices, BodyModel.load().triangles))
        towards = camera.camera_to_world[:3, 3] - places
        cosine = (towards * normals).sum(axis=1) / np.maximum(np.linalg.norm(towards, axis=1), 1e-9)
        shown = cosine > ASIDE
        there, seen = camera.project(places)[shown].astype(np.float64), self.points[number][shown] - corner
        height = float(np.ptp(self.points[number][:, 1]))
        if shown.sum() < LEAST or np.median(np.linalg.norm(seen - there, axis=1)) > FARTHEST * height:
            return picture
        ways = seen - there
        if expressive:
            for group in _expressive():
                ways[group[shown]] = ways[group[shown]].mean(axis=0) if group[shown].any() else 0.0
            ways *= self.steady[number]
        return _warped(picture, there, ways, FADE * height)


def _steady(belief: Float) -> Float:
    """(F,) how far frames in order are believed, (F,) 0-1, where their neighbours are as well."""
    from scipy.ndimage import gaussian_filter1d, minimum_filter1d

    lowest = minimum_filter1d(belief, 2 * AROUND + 1)
    return np.asarray(gaussian_filter1d(lowest, FADING, truncate=AROUND / FADING), np.float32)


@cache
def _expressive() -> list[npt.NDArray[np.bool_]]:
    """(468,) which landmarks a jaw moves, and which each eye's lids."""
    places = BodyFace.load().seen
    groups = [places[:, 1] < places[NOSE_BASE, 1]]
    for corners in EYES:
        ends = places[list(corners)]
        groups.append(np.linalg.norm(places - ends.mean(axis=0), axis=1) < np.linalg.norm(ends[1] - ends[0]) / 2)
    return groups


def _warped(picture: Picture, there: npt.NDArray[np.floating], ways: npt.NDArray[np.floating], fade: float) -> Picture:
    """The picture's colours at `there` (N, 2) taken from so far away, `ways` (N, 2), and in between and around."""
    import cv2

    high, wide = picture.shape[:2]
    low = np.maximum(np.floor(there.min(axis=0) - fade), 0).astype(int)
    end = np.minimum(np.ceil(there.max(axis=0) + fade) + 1, [wide, high]).astype(int)
    if (end <= low).any():
        return picture
    columns, rows = np.meshgrid(np.arange(low[0], end[0]), np.arange(low[1], end[1]))
    pixels = np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float64)
    moved = spread(there, ways, pixels, fade, NOISE)
    source = (pixels + moved).astype(np.float32).reshape(*rows.shape, 2)
    result = picture.copy()
    part = cv2.remap(picture, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    result[low[1] : end[1], low[0] : end[0]] = part
    return result
