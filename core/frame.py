"""One frame of a job, put together from the files of the stages before: picture, mask, view and posed body."""

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .body.model import BodyModel
from .errors import RestageError
from .job import Job
from .spaces import Camera, CanonicalView, Crop

Pixels = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float32]


class ClipReader:
    """Reads what the person and body stages wrote, keeping the clip's small arrays in memory and no picture."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.model = BodyModel.load()
        with np.load(job.body_path, allow_pickle=False) as values:
            self._body = {name: values[name] for name in ("frames", "shape", "scale", "rotations", "translation")}
        self._row = {int(number): row for row, number in enumerate(self._body["frames"])}

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
        return list(self._row)

    def picture(self, number: int) -> Pixels:
        """(H, W, 3) uint8 RGB."""
        import cv2

        return np.ascontiguousarray(_read(self.job.picture_path(number), cv2.IMREAD_COLOR)[..., ::-1])

    def mask(self, number: int) -> Pixels:
        """(H, W) uint8, 0-255."""
        import cv2

        return _read(self.job.mask_path(number), cv2.IMREAD_GRAYSCALE)

    def crop_mask(self, number: int, size: int) -> Array:
        """The mask in the frame's crop, resampled to (size, size), 0-1."""
        import cv2

        affine = self.crops[number].affine(size)
        # Averaging first, since warpAffine looks at four pixels only however much it shrinks.
        mask, shrink = self.mask(number).astype(np.float32) / 255, self.crops[number].side / size
        if shrink > 1.5:
            mask = cv2.blur(mask, (round(shrink), round(shrink)))
        return np.asarray(cv2.warpAffine(mask, affine, (size, size)), np.float32)

    def body(self, number: int) -> Array:
        """(V, 3) vertices of the fitted body, world metres."""
        row = self._row[number]
        body = self._body
        return self.model.vertices(
            body["shape"], float(body["scale"]), body["rotations"][row], body["translation"][row]
        ).astype(np.float32)

    def view(self, number: int) -> CanonicalView:
        """The frame's canonical volume."""
        root = self._body["translation"][self._row[number]]
        return CanonicalView(self.camera, self.crops[number], float(-self.camera.world_to_camera(root)[2]))


def _read(path: Path, flags: int) -> Pixels:
    """Decode a picture; cv2.imread itself fails on paths with other than ASCII letters on Windows."""
    import cv2

    encoded = np.fromfile(path, np.uint8) if path.exists() else np.zeros(0, np.uint8)
    pixels = cv2.imdecode(encoded, flags) if len(encoded) else None
    if pixels is None:
        raise RestageError(
            "picture_unreadable", f"{path} is missing or damaged. Run the reconstruction again with --restart."
        )
    return np.asarray(pixels, np.uint8)
