"""What the texture network learns from one view of a scan: the picture, and the colours of its surface."""

from dataclasses import dataclass

import numpy as np

from .geometry_view import read_image
from .scan import Float, Scan, unreadable
from .sizes import Sizes
from .turned_body import TurnedBody

# Canonical units by which points leave the surface, since at inference it is not the true one.
DEVIATION = 0.01


@dataclass(frozen=True)
class TextureView:
    """image: (3, S, S) RGB 0-1 on white; points: (P, 3) canonical, in the view; colours: (P, 3) RGB 0-1 of the surface
    there, in the view's light; body: the true one."""

    image: Float
    points: Float
    colours: Float
    body: TurnedBody

    @classmethod
    def read(cls, scan: Scan, view: int, rng: np.random.Generator, sizes: Sizes) -> "TextureView":
        """Texels drawn with replacement and moved along their normals (pamir.md 8); the colours are as in the picture,
        so they are not augmented. Raises RestageError `scan_unreadable`."""
        body = TurnedBody.of(scan.body(), scan.angles[view], sizes.voxels)
        surface, flat = scan.surface(), scan.uv_colours(view)
        rows, columns = np.nonzero(surface["mask"])
        if len(rows) == 0 or flat.shape[:2] != surface["mask"].shape:
            raise unreadable(scan.folder, "uv.npz covers nothing, or has another size than the pictures in color_uv")
        chosen = rng.integers(len(rows), size=sizes.texels)
        texels = rows[chosen], columns[chosen]
        moved = surface["position"][texels] + surface["normal"][texels] * rng.normal(0.0, DEVIATION, (sizes.texels, 1))
        return cls(
            read_image(scan, view, sizes.image),
            (moved @ body.turn.T).astype(np.float32),
            flat[texels].astype(np.float32) / 255.0,
            body,
        )
