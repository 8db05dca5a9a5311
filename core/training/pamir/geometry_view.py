"""What the geometry network learns from one view of a scan: the picture, and points inside and outside."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .scan import PLACES, Float, Scan, unreadable
from .sizes import Sizes
from .turned_body import TurnedBody

# How much the colours of a picture are stretched and shifted.
CONTRAST, BRIGHTNESS = (0.85, 1.15), (-0.15, 0.15)


@dataclass(frozen=True)
class GeometryView:
    """image: (3, S, S) RGB 0-1 on white; points: (P, 3) canonical, in the view; inside: (P, 1) 1 or 0; index,
    distance: (P, 4) the nearest vertices of the true body and how far they are; body: that body."""

    image: Float
    points: Float
    inside: Float
    index: npt.NDArray[np.int64]
    distance: Float
    body: TurnedBody

    @classmethod
    def read(
        cls, scan: Scan, view: int, rng: np.random.Generator, sizes: Sizes, augment: bool = True
    ) -> "GeometryView":
        """Points drawn with replacement, half inside and half outside, near the surface and anywhere (pamir.md 8).

        Raises RestageError `scan_unreadable`.
        """
        body = TurnedBody.of(scan.body(), scan.angles[view], sizes.voxels)
        stretch = (rng.uniform(*CONTRAST), rng.uniform(*BRIGHTNESS)) if augment else (1.0, 0.0)
        image = read_image(scan, view, sizes.image, *stretch)
        samples, association = scan.samples(), scan.association()
        points, inside, index, distance = [], [], [], []
        for name, label in PLACES.items():
            known = len(samples[name])
            if known == 0:
                raise unreadable(scan.folder, f"samples.npz holds no point in {name}")
            chosen = rng.integers(known, size=sizes.near if name.startswith("surface") else sizes.uniform)
            points.append(samples[name][chosen])
            inside.append(np.full((len(chosen), 1), label, np.float32))
            index.append(association[f"index_{name}"][chosen])
            distance.append(association[f"distance_{name}"][chosen])
        return cls(
            image,
            (np.concatenate(points) @ body.turn.T).astype(np.float32),
            np.concatenate(inside),
            np.concatenate(index).astype(np.int64),
            np.concatenate(distance).astype(np.float32),
            body,
        )


def read_image(scan: Scan, view: int, size: int, contrast: float = 1.0, brightness: float = 0.0) -> Float:
    """(3, size, size) RGB 0-1: the colours stretched and shifted, then the person put on white."""
    import cv2

    picture, mask = scan.picture(view)
    if len(picture) != size:
        picture, mask = (cv2.resize(values, (size, size), interpolation=cv2.INTER_AREA) for values in (picture, mask))
    covered = mask[..., None].astype(np.float32) / 255.0
    colours = np.clip(picture.astype(np.float32) / 255.0 * contrast + brightness, 0.0, 1.0)
    return np.ascontiguousarray((colours * covered + (1.0 - covered)).transpose(2, 0, 1), np.float32)
