"""How the body's surface goes through the picture: what optical flow says of the clothes and the skin that are seen.

A landmark is found anew in every frame, a few pixels off; what is printed, sewn or folded on a limb is followed from
one frame to the next to a fraction of a pixel. So the landmarks say where a body is, and the flow how it goes on. It is
believed where it comes back to where it began (forward-backward error, Kalal et al., ICPR 2010) and where there is
something to follow (Shi and Tomasi, "Good features to track", CVPR 1994).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..events import Events, progress
from ..job import Job
from ..optical_flow import optical_flow
from ..person.cut import cut, read_crop_mask
from ..picture import read_picture
from ..render import MeshCaster, vertex_areas, vertex_normals
from ..spaces import Array, Camera, Crop
from .model import BodyModel
from .observations import Observations

if TYPE_CHECKING:
    import torch

    from .fit import BodyMotion

# Side of the square in which pictures are compared, pixels; places on the body's surface that are followed.
SIZE, PLACES = 384, 500
# A frame is compared with so many after it: further ones tell slow turns, but limbs get lost. None are further away
# than LONGEST, seconds.
STEPS, LONGEST = (1, 2), 0.15
# Pixels of the square: how far there and back may be apart, more of a long way.
BACK, BACK_SHARE = 0.5, 0.1
# Grey levels a pixel, squared: the least contrast, in every direction, that is half believed; over so many pixels.
CONTRAST, NEAR = 1.0, 3.0
# Errors to be expected of a way: of the person's height, since clothes slide, and of the square's pixels.
SLIDING, PIXELS = 0.002, 0.5
# A place is followed where the camera sees it no more aslant than this cosine; and how far inside the mask, pixels.
ASLANT, INSIDE = 0.25, 2


@dataclass(frozen=True)
class SurfaceFlow:
    """N places on the body's surface, in F frames and so many STEPS, S, after each.

    vertices: (N,); ways: (S, F, N, 2) where they go from the frame to the later one, image pixels; belief: (S, F, N)
    0-1, 0 where they are not seen in both or there is no such frame; errors: (F,) to be expected, pixels.
    """

    vertices: np.ndarray
    ways: "torch.Tensor"
    belief: "torch.Tensor"
    errors: "torch.Tensor"


def surface_flow(job: Job, observed: Observations, motion: "BodyMotion", events: Events) -> SurfaceFlow:
    """Follow the surface of a body that already lies nearly right, motion in each frame's camera axes, through the
    pictures of a clip. Raises RestageError `picture_unreadable`."""
    import torch

    model, count = BodyModel.load(), len(observed.frames)
    vertices = _spread_vertices(model)
    size = observed.image_size
    camera = Camera(motion.focal, (size[0] / 2, size[1] / 2), *size, np.eye(4))
    ways = np.zeros((len(STEPS), count, len(vertices), 2), np.float32)
    belief = np.zeros(ways.shape[:3], np.float32)
    seen = np.zeros((count, len(vertices)), bool)
    waiting: deque[_Look] = deque(maxlen=max(STEPS))
    for look in progress(_looks(job, observed), events, "flow", count):
        row = look.row
        posed = model.vertices(motion.shape, motion.scale, motion.rotations[row], motion.translation[row])
        seen[row] = _seen(posed, vertices, model, camera)
        look.pixels = camera.project(posed[vertices])
        for before in waiting:
            step = row - before.row
            if step in STEPS and look.time - before.time <= LONGEST:
                index = STEPS.index(step)
                ways[index, before.row], found = before.followed(look)
                belief[index, before.row] = found * seen[before.row] * seen[row]
        waiting.append(look)
    sides = np.array([crop.side for crop in observed.crops])
    errors = np.hypot(SLIDING * observed.height, PIXELS * np.maximum(sides / SIZE, 1.0))
    return SurfaceFlow(
        vertices, torch.from_numpy(ways), torch.from_numpy(belief), torch.from_numpy(errors.astype(np.float32))
    )


class _Look:
    """A frame's crop, grey, SIZE square, and where its places are in the image."""

    def __init__(self, row: int, time: float, crop: Crop, grey: np.ndarray, mask: np.ndarray) -> None:
        self.row, self.time, self._to_square = row, time, crop.affine(SIZE)
        self._grey, self._mask, self._contrast = grey, mask, _contrast(grey, mask)
        self.pixels = np.zeros((0, 2))

    def followed(self, later: "_Look") -> tuple[Array, Array]:
        """Where its places go until a later frame, (N, 2) image pixels, and how far that is believed, (N,) 0-1."""
        there, back = optical_flow(self._grey, later._grey), optical_flow(later._grey, self._grey)
        places = self.pixels @ self._to_square[:, :2].T + self._to_square[:, 2]
        gone = _at(there, places)
        apart = np.linalg.norm(gone + _at(back, places + gone), axis=1)
        sure = apart < BACK + BACK_SHARE * np.linalg.norm(gone, axis=1)
        sure &= _at(self._mask, places) > 0.99
        ended = (places + gone - later._to_square[:, 2]) @ np.linalg.inv(later._to_square[:, :2]).T
        contrast = _at(self._contrast, places)
        belief = sure * contrast / (contrast + CONTRAST)
        return (ended - self.pixels).astype(np.float32), belief.astype(np.float32)


def _looks(job: Job, observed: Observations) -> Iterator[_Look]:
    import cv2

    inside = np.ones((2 * INSIDE + 1, 2 * INSIDE + 1), np.uint8)
    for row, (number, crop) in enumerate(zip(observed.frames.tolist(), observed.crops, strict=True)):
        grey = cv2.cvtColor(read_picture(job.picture_path(number)), cv2.COLOR_RGB2GRAY)
        square = cut(grey, crop, SIZE).astype(np.uint8, copy=False)
        mask = cv2.erode((read_crop_mask(job, number, crop, SIZE) > 0.5).astype(np.uint8), inside)
        yield _Look(row, float(observed.times[row]), crop, square, mask.astype(np.float32))


def _spread_vertices(model: BodyModel) -> np.ndarray:
    """(N,) vertices, alike many on every patch of the surface; none of the hands, which are fitted by themselves."""
    area = vertex_areas(model.mean_vertices, model.triangles) * (model.exterior & ~model.of_parts("hand"))
    return np.unique(np.searchsorted(area.cumsum() / area.sum(), (np.arange(PLACES) + 0.5) / PLACES))


def _seen(posed: Array, vertices: np.ndarray, model: BodyModel, camera: Camera) -> np.ndarray:
    """(N,) which vertices of a posed body (V, 3), camera axes, the camera sees."""
    places, normals = posed[vertices], vertex_normals(posed, model.triangles)[vertices]
    aslant = -(normals * places).sum(axis=1) / np.linalg.norm(places, axis=1)
    seen = aslant > ASLANT
    seen[seen] = MeshCaster(posed, model.triangles).visible((places + 0.004 * normals)[seen], camera)
    return seen


def _contrast(grey: np.ndarray, mask: np.ndarray) -> Array:
    """(S, S) the lesser eigenvalue of the structure tensor of a picture (S, S): how much there is to follow. What is
    outside the mask (S, S), its edge above all, goes another way than the surface."""
    import cv2

    x, y = (cv2.Sobel(grey, cv2.CV_32F, *way, ksize=3) / 8 * mask for way in ((1, 0), (0, 1)))
    xx, xy, yy = (cv2.GaussianBlur(product, (0, 0), NEAR) for product in (x * x, x * y, y * y))
    return np.maximum((xx + yy - np.sqrt((xx - yy) ** 2 + 4 * xy**2)) / 2, 0.0)


def _at(values: np.ndarray, places: np.ndarray) -> Array:
    """A picture (S, S, ...) at places (N, 2), pixels: (N, ...); nothing beyond its border."""
    import cv2

    x, y = places.astype(np.float32).T[:, None]
    return np.asarray(cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)[0]
