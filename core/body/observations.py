"""What the clip says about the body: landmarks of every frame, and masks as distance fields and outlines."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..arrays import LANDMARKS, read_arrays, unreadable
from ..errors import RestageError
from ..job import Job
from ..person.camera_path import CameraPath, read_path
from ..person.camera_turns import read_turns
from ..person.cut import read_crop_mask, unseen_part
from ..spaces import Crop
from .border import TELLING, border_belief, inside_belief, trunk_cut
from .seen_points import SeenPoints

if TYPE_CHECKING:
    import torch

# Side of the square in which masks are compared: a pixel is then about 2 cm on a standing person.
MASK_SIZE = 128
OUTLINE_POINTS = 96
# How visible a landmark counts at least that the landmarker takes for hidden: it guesses well.
LEAST_SEEN = 0.05
# Without other knowledge: the angle of view of a phone's or a camera's ordinary lens, of the picture's longer side.
DEFAULT_FOCAL = 1.0


class CropMasks:
    """The masks of a clip's crops, a bit a pixel: clips are long, and the distances to them are quickly made."""

    def __init__(self) -> None:
        self._masks: list[np.ndarray] = []
        self._unseen: list[np.ndarray] = []

    def add(self, mask: np.ndarray, unseen: np.ndarray) -> None:
        """The next frame's mask (S, S) bool, and where it does not say whether the person is there, (S, S) bool."""
        self._masks.append(np.packbits(mask))
        self._unseen.append(np.packbits(unseen))

    def outside(self, frames: slice) -> "torch.Tensor":
        """(N, S, S) float32: the distance of every pixel to the mask, in crop heights; 0 inside and where nothing is
        known."""
        import torch

        pairs = zip(self._masks[frames], self._unseen[frames], strict=True)
        return torch.from_numpy(np.stack([_distances(_unpacked(mask), _unpacked(unseen)) for mask, unseen in pairs]))


def _unpacked(bits: np.ndarray) -> np.ndarray:
    return np.unpackbits(bits).reshape(MASK_SIZE, MASK_SIZE).astype(bool)


def _distances(mask: np.ndarray, unseen: np.ndarray) -> np.ndarray:
    import cv2

    outside = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5) / MASK_SIZE
    return np.where(unseen, 0.0, outside).astype(np.float16).astype(np.float32)


@dataclass(frozen=True)
class Observations:
    """F frames that show the person.

    frames: (F,) numbers in the clip; times: (F,) seconds; image: (F, 33, 2) image pixels; visibility: (F, 33), 0
    far outside the picture; belief: (F,) 0-1, how far a frame's landmarks are believed (border.py);
    world: (F, 33, 3) metres from the hips' centre, camera axes; depth_error: (F, 33) metres, the mean absolute error
    to be expected of its z; crops: one a frame; masks: theirs; outline: (F, P, 2) points on the mask's edge, image
    pixels, NaN where the picture's border cuts it; height: the person's height in the image, pixels; image_size: width,
    height; focal: pixels, given or assumed; turns: (F, 3, 3) from each frame's camera axes to those of the clip's first
    frame, None where the camera stands still; places: (F, 3) of the camera in the first one's axes, metres, None where
    it does not travel; path: how it seems to have travelled, up to the path's size; points: what the picture network
    saw in every frame, None where it did not look.
    """

    frames: np.ndarray
    times: np.ndarray
    image: "torch.Tensor"
    visibility: "torch.Tensor"
    belief: "torch.Tensor"
    world: "torch.Tensor"
    depth_error: "torch.Tensor"
    crops: list[Crop]
    masks: CropMasks
    outline: "torch.Tensor"
    height: float
    image_size: tuple[int, int]
    focal: float
    turns: "torch.Tensor | None" = None
    places: "torch.Tensor | None" = None
    path: CameraPath | None = None
    points: SeenPoints | None = None

    def steadied(self, points: "torch.Tensor") -> "torch.Tensor":
        """Points (F, N, 3) in each frame's camera axes, in axes that neither turn nor travel with the camera."""
        import torch

        if self.turns is None:
            return points
        turned = torch.einsum("fij,fnj->fni", self.turns, points)
        return turned if self.places is None else turned + self.places[:, None]

    def travelled(self, size: float) -> "Observations":
        """With a camera that has gone along the path. size: metres of the path's length."""
        import torch

        if self.path is None:
            return self
        turns, places = (torch.from_numpy(part).float() for part in (self.path.turns, size * self.path.places))
        return replace(self, turns=turns, places=places)

    @property
    def believed(self) -> np.ndarray:
        """(F,) bool: frames that first guesses are taken from; at least one."""
        return self.belief.numpy() >= TELLING

    @property
    def frame_seconds(self) -> float:
        """Seconds from one observed frame to the next, as a median."""
        return float(np.median(np.diff(self.times))) if len(self.times) > 1 else 1 / 30

    @property
    def steady(self) -> "torch.Tensor":
        """(F - 1,) bool: whether a frame follows the one before it without a gap."""
        import torch

        return torch.from_numpy(np.diff(self.times) < 1.5 * self.frame_seconds)


def read_observations(job: Job) -> Observations:
    """Read what the person stage wrote. Raises RestageError `no_person` when no frame shows a person."""
    import torch

    from ..lifting.files import ClipPoints
    from ..lifting.lift import lift

    values = read_arrays(job.landmarks_path, LANDMARKS)
    frames, times, image, visibility = (values[name] for name in ("frames", "times", "image", "visibility"))
    if len(frames) == 0:
        raise RestageError(
            "no_person", "No person was found in the chosen frames. Choose other frames or another clip."
        )
    crop_of_frame = job.crops()
    crops = [crop_of_frame[int(number)] for number in frames]
    size = (job.record.clip["width"], job.record.clip["height"])
    focal = (job.record.settings.focal or DEFAULT_FOCAL) * max(size)
    masks, outlines, beliefs = CropMasks(), [], []
    for number, crop, landmarks in zip(frames, crops, image, strict=True):
        soft = read_crop_mask(job, int(number), crop, MASK_SIZE)
        masks.add(soft > 0.5, unseen_part(soft, crop, size))
        outlines.append(_outline(soft > 0.5, crop, size))
        beliefs.append(border_belief(trunk_cut(soft > 0.5, crop, size, landmarks)))
    belief = np.array(beliefs, np.float32)
    # Who is cut in every frame has no other frame that tells more.
    belief = belief / belief.max() if belief.any() else np.ones_like(belief)
    world, depth_error = lift(image, visibility, values["world"], times, focal, size)
    turns = read_turns(job, frames, focal / max(size))
    points = ClipPoints.read(job)
    if points is not None and not np.array_equal(points.frames, frames):
        raise unreadable(job.points_path, "it is of other frames")
    height = float(np.median([_person_height(landmarks) for landmarks in image]))
    seen = visibility.clip(LEAST_SEEN, 1.0) * inside_belief(image, size, height)
    return Observations(
        frames=frames,
        times=times,
        image=torch.from_numpy(image),
        visibility=torch.from_numpy(seen),
        belief=torch.from_numpy(belief),
        world=torch.from_numpy(world),
        depth_error=torch.from_numpy(depth_error),
        crops=crops,
        masks=masks,
        outline=torch.from_numpy(np.stack(outlines)),
        height=height,
        image_size=size,
        focal=focal,
        turns=None if turns is None else torch.from_numpy(turns),
        path=read_path(job, frames, focal / max(size)),
        points=None if points is None else SeenPoints.of(points, crops, size, image, height),
    )


def _outline(mask: np.ndarray, crop: Crop, image_size: tuple[int, int]) -> np.ndarray:
    """(P, 2) points on the edge of a crop's mask (S, S) bool, in image pixels."""
    import cv2

    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.full((OUTLINE_POINTS, 2), np.nan, np.float32)
    longest = max(contours, key=len)[:, 0].astype(float) + 0.5
    chosen = longest[np.linspace(0, len(longest) - 1, OUTLINE_POINTS).round().astype(int)]
    points = (chosen / MASK_SIZE - 0.5) * crop.side + np.asarray(crop.centre)
    # Where an edge of the picture cuts the person there is no outline of the person.
    inner = np.all((points > 3) & (points < np.array(image_size) - 3), axis=1)
    points[~inner] = np.nan
    return points.astype(np.float32)


def _person_height(points: np.ndarray) -> float:
    """Height of one frame's person, pixels: the length of trunk and legs, so that a crouch does not shrink it."""
    shoulder, hip = (points[11] + points[12]) / 2, (points[23] + points[24]) / 2
    limbs = [(points[23], points[25]), (points[25], points[27]), (points[24], points[26]), (points[26], points[28])]
    leg = sum(float(np.linalg.norm(a - b)) for a, b in limbs) / 2
    # Shoulder to hip and hip to ankle are about 0.29 + 0.47 of a person's height.
    return (float(np.linalg.norm(shoulder - hip)) + leg) / 0.76
