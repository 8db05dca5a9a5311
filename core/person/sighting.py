"""One look at one person: where they are, what they wear, and whether they are a person at all."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..spaces import Crop
from .clothes import clothes_colours
from .landmarker import Pose, PoseFinder
from .mirrored import mirror_pose
from .track import JOINTS

# Pixels along one side of the square in which a person is looked at closely; its side against the person's size.
LOOK_SIZE = 320
LOOK_SHARE = 1.5
# Two poses are of the same person when their landmarks are closer than this on average, against the person's size.
SAME_PERSON = 0.3
# What costs one point of doubt: landmarks that move so far, against the person's size, when the picture is mirrored,
# or when the person is looked at closely; and so much of the mask that differs when the picture is mirrored. The
# cues fail on different things, so only their sum decides. Seen: people 0.1 to 1.9 (half of them below 0.3), the
# cartoon rabbit of Big Buck Bunny 2.2 to 5.
MIRROR_SHIFT, CLOSER_SHIFT, MASK_CHANGE = 0.12, 0.3, 0.4
MOST_DOUBT = 2.0
# A third cue for drawings: the share of the mask in evenly coloured areas, where grey levels differ by no more than
# EVEN within three pixels, black ones aside, which shadows and dark cloth are. Seen: films of people up to 0.12,
# strongly compressed ones as well, drawings 0.57.
EVEN, BLACK = 2, 24
EVEN_USUAL, EVEN_CHANGE = 0.25, 0.2

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sighting:
    """A person in one frame.

    number, time: the frame's; image: (33, 2) landmarks, image pixels; box: left, top, right, bottom of what is seen,
    image pixels; clothes: colours as clothes_colours says; doubt: points, more than MOST_DOUBT is no person;
    cut_off: whether the picture's edge cuts the person.
    """

    number: int
    time: float
    image: Floats
    box: npt.NDArray[np.float64]
    clothes: Floats
    doubt: float
    cut_off: bool

    @property
    def size(self) -> float:
        """The longer side of the landmarks' box, pixels."""
        return pose_size(self.image)


def pose_size(image: Floats) -> float:
    """The longer side of the box around (33, 2) landmarks, pixels, at least 1."""
    return float(max(1.0, np.ptp(image, axis=0).max()))


def pose_distance(first: Floats, second: Floats) -> float:
    """Mean distance of two (33, 2) sets of landmarks against the smaller one's size."""
    return float(np.linalg.norm(first - second, axis=1).mean()) / min(pose_size(first), pose_size(second))


def square_around(image: Floats, share: float = LOOK_SHARE) -> Crop:
    """The square around (33, 2) landmarks; its side is `share` of the person's size."""
    centre = (image.min(axis=0) + image.max(axis=0)) / 2
    return Crop((float(centre[0]), float(centre[1])), share * pose_size(image))


def cut_square(picture: Bytes, square: Crop) -> Bytes:
    """(LOOK_SIZE, LOOK_SIZE, 3) uint8: the square of a picture, black where it leaves the picture."""
    import cv2

    flags = cv2.INTER_AREA if square.side > LOOK_SIZE else cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(picture, square.affine(LOOK_SIZE), (LOOK_SIZE, LOOK_SIZE), flags=flags), np.uint8)


def place_pose(pose: Pose, square: Crop) -> Pose:
    """A pose in a square's LOOK_SIZE pixels with its landmarks in image pixels; the mask stays in the square's."""
    shift = np.asarray(square.centre) - square.side / 2
    return replace(pose, image=(pose.image * (square.side / LOOK_SIZE) + shift).astype(np.float32))


def look_closely(finder: PoseFinder, picture: Bytes, image: Floats, number: int, time: float) -> Sighting | None:
    """Look again at a person who was seen at `image` (33, 2) from further away; None when nobody is there.

    A person is found again by a closer look, and the mirrored picture shows the mirrored person. What only looks
    like one is seldom both.
    """
    square = square_around(image)
    cut = cut_square(picture, square)
    seen = [(pose_distance(place_pose(pose, square).image, image), pose) for pose in finder.find(cut)]
    shift, pose = min(seen, key=lambda pair: pair[0], default=(np.inf, None))
    if pose is None or shift > SAME_PERSON:
        return None
    mirrored = [mirror_pose(other, LOOK_SIZE) for other in finder.find(np.ascontiguousarray(cut[:, ::-1]))]
    placed = place_pose(pose, square).image
    return Sighting(
        number,
        time,
        placed,
        _visible_box(placed, picture.shape),
        clothes_colours(cut, pose.mask, pose.image),
        shift / CLOSER_SHIFT + _mirror_doubt(pose, mirrored) + _drawn_doubt(cut, pose.mask),
        _is_cut_off(placed, picture.shape),
    )


def _visible_box(image: Floats, shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Left, top, right, bottom of landmarks (33, 2), image pixels, cut at the picture's edge."""
    height, width = shape[:2]
    points = np.clip(image, 0, [width, height])
    return np.concatenate([points.min(axis=0), points.max(axis=0)]).astype(np.float64)


def _is_cut_off(image: Floats, shape: tuple[int, ...]) -> bool:
    """Whether a joint from the nose to the ankles lies outside the picture."""
    height, width = shape[:2]
    joints = image[JOINTS]
    return bool(((joints < 0) | (joints > [width, height])).any())


def _drawn_doubt(picture: Bytes, mask: Floats) -> float:
    """Points for evenly coloured areas of a picture (H, W, 3) within a soft mask (H, W)."""
    import cv2

    inside = mask > 0.5
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    kernel = np.ones((3, 3), np.uint8)
    even = (cv2.dilate(grey, kernel) - cv2.erode(grey, kernel) <= EVEN) & (np.asarray(grey) > BLACK)
    share = (even & inside).sum() / max(1, inside.sum())
    return max(0.0, float(share) - EVEN_USUAL) / EVEN_CHANGE


def _mirror_doubt(pose: Pose, mirrored: list[Pose]) -> float:
    if not mirrored:
        return 2 * MOST_DOUBT
    nearest = min(mirrored, key=lambda other: pose_distance(other.image, pose.image))
    one, other = pose.mask > 0.5, nearest.mask > 0.5
    overlap = (one & other).sum() / max(1, (one | other).sum())
    return pose_distance(nearest.image, pose.image) / MIRROR_SHIFT + (1.0 - float(overlap)) / MASK_CHANGE
