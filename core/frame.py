"""One frame of a job, put together from the files of the stages before: picture, mask, view and posed body."""

from collections.abc import Iterable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .arrays import LANDMARKS, read_arrays
from .body.border import TELLING, border_belief, trunk_cut
from .body.fitted import FittedBody
from .body.model import BodyModel
from .job import Job
from .person.cut import cut_picture, read_crop_mask, unseen_part
from .picture import read_mask, read_picture
from .props.files import Props
from .props.thing import Thing
from .spaces import Camera, CanonicalView, Crop

Pixels = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]

# MediaPipe's wrist, little finger and index finger of the left and the right hand.
HAND_LANDMARKS = np.array([[15, 17, 19], [16, 18, 20]])
# Seconds over which their visibility is averaged: a hand that hides does so for a while.
HIDING = 0.2
# Pixels of a mask's side in which it is seen how the border cuts the person.
BORDER_SIZE = 128


def shown_hands(visibility: npt.NDArray[np.floating], times: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """(F, 2) whether the pictures show the left and the right hand, from MediaPipe's visibility (F, 33), 0-1, at times
    (F,), seconds, ascending."""
    from scipy.ndimage import gaussian_filter1d

    hands = visibility[:, HAND_LANDMARKS].mean(axis=2)
    if len(times) < 2:
        return hands > 0.5
    frame = max(float(np.median(np.diff(times))), 1e-3)
    return gaussian_filter1d(hands, HIDING / frame, axis=0, mode="nearest") > 0.5


class ClipReader:
    """Reads what the person and body stages wrote, keeping the clip's small arrays in memory and no picture.

    props: things that the masks leave out.
    """

    def __init__(self, job: Job, props: Props | None = None) -> None:
        self.job = job
        self._props = props or Props.none()
        self.model = BodyModel.load()
        self._fitted = FittedBody(job)

    @cached_property
    def camera(self) -> Camera:
        """The clip's camera."""
        return self.job.camera()

    @cached_property
    def crops(self) -> dict[int, Crop]:
        """The crop of every frame with a person."""
        return self.job.crops()

    @property
    def numbers(self) -> list[int]:
        """Frames that have a fitted body."""
        return list(self._fitted.row)

    def telling(self, numbers: Iterable[int]) -> list[int]:
        """Those of the frames that tell how the person looks: where the picture's border cuts much of the trunk, hardly
        anybody knows what of the body it shows. All, where it does so in all."""
        numbers = list(numbers)
        values = read_arrays(self.job.landmarks_path, LANDMARKS, "frames", "image")
        landmarks = dict(zip(values["frames"].tolist(), values["image"], strict=True))
        size = self.camera.width, self.camera.height

        def believed(number: int) -> bool:
            crop = self.crops[number]
            mask = read_crop_mask(self.job, number, crop, BORDER_SIZE) > 0.5
            return border_belief(trunk_cut(mask, crop, size, landmarks[number])) >= TELLING

        return [number for number in numbers if believed(number)] or numbers

    def picture(self, number: int) -> Pixels:
        """(H, W, 3) uint8 RGB."""
        return read_picture(self.job.picture_path(number))

    def mask(self, number: int) -> Pixels:
        """(H, W) uint8, 0-255."""
        return self._props.clear(number, read_mask(self.job.mask_path(number)), self.crops[number])

    def crop_mask(self, number: int, size: int) -> Array:
        """The mask in the frame's crop, resampled to (size, size), 0-1; where the picture's edge cuts the
        person off, it goes on outside as the fitted body does."""
        crop = self.crops[number]
        mask = self._props.clear_crop(number, read_crop_mask(self.job, number, crop, size))
        unseen = unseen_part(mask, crop, (self.camera.width, self.camera.height))
        if unseen.any():
            from .surface.silhouette import depth_range

            front, _ = depth_range(self.view(number).from_world(self.body(number)).astype(np.float32), size)
            mask[unseen] = np.isfinite(front)[unseen]
        return mask

    def crop_picture(self, number: int, size: int) -> Pixels:
        """(size, size, 3) uint8 RGB: the picture in the frame's crop."""
        import cv2

        cut = cut_picture(self.picture(number), self.crops[number])
        return cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)

    def thing(self, number: int) -> Thing | None:
        """What is in front of the person, or held."""
        return self._props.thing(number)

    def covered(self, number: int) -> npt.NDArray[np.bool_] | None:
        """(H, W) where the picture shows it; None where there is nothing."""
        return self._props.covered(number, self.crops[number], (self.camera.width, self.camera.height))

    def body(self, number: int) -> Array:
        """(V, 3) vertices of the fitted body, world metres."""
        return self._fitted.vertices(number)

    def hands_shown(self, number: int) -> tuple[bool, bool] | None:
        """Whether the picture shows the left and the right hand; None where nobody looked for them."""
        if number not in self._hands_shown:
            return None
        left, right = self._hands_shown[number]
        return bool(left), bool(right)

    @cached_property
    def _hands_shown(self) -> dict[int, npt.NDArray[np.bool_]]:
        """(2,) by number, of frames whose landmarks come from the picture."""
        values = read_arrays(self.job.landmarks_path, LANDMARKS, "frames", "times", "visibility")
        shown = shown_hands(values["visibility"], values["times"])
        looked = values["visibility"].any(axis=1)
        return {int(number): row for number, row, there in zip(values["frames"], shown, looked, strict=True) if there}

    def view(self, number: int) -> CanonicalView:
        """The frame's canonical volume."""
        root = self._fitted.translation[self._fitted.row[number]]
        return CanonicalView(self.camera, self.crops[number], float(-self.camera.world_to_camera(root)[2]))
