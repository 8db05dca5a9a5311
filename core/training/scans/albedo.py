"""A scan's own colours anywhere on its triangles."""

import numpy as np
import numpy.typing as npt

from .scan import Float, Scan

# A texture is not needed finer than pictures of 512 pixels can show; smaller, it does not flicker in them.
LONGEST_SIDE = 1024
# Of a scan without colours, as of plaster.
GREY = 180.0


class Albedo:
    """Looks colours up in a scan's texture, or between the colours of its vertices; without any, it is grey."""

    def __init__(self, scan: Scan) -> None:
        from ...person.landmarker import reduce_picture

        self._scan = scan
        self._texture = None if scan.texture is None else reduce_picture(scan.texture, LONGEST_SIDE)

    def at(self, faces: npt.NDArray[np.integer], weights: Float) -> Float:
        """(N,) triangles and (N, 3) barycentric weights -> (N, 3) float32 RGB, 0-255."""
        corners = self._scan.faces[faces]
        if self._texture is not None and self._scan.uv is not None:
            return bilinear(self._texture, np.einsum("nk,nkc->nc", weights, self._scan.uv[corners]))
        if self._scan.colours is None:
            return np.full((len(corners), 3), GREY, np.float32)
        return np.einsum("nk,nkc->nc", weights, self._scan.colours[corners].astype(np.float32))


def bilinear(picture: npt.NDArray[np.uint8], uv: Float) -> Float:
    """(N, 3) float32 of a picture (H, W, 3) at uv (N, 2), 0-1 from its top left corner; it repeats beyond."""
    height, width = picture.shape[:2]
    # Texels' centres are at halves.
    x, y = (uv[:, 0] % 1.0) * width - 0.5, (uv[:, 1] % 1.0) * height - 0.5
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = (x - left)[:, None], (y - top)[:, None]
    rows, columns = (top % height, (top + 1) % height), (left % width, (left + 1) % width)
    upper = picture[rows[0], columns[0]] * (1 - across) + picture[rows[0], columns[1]] * across
    lower = picture[rows[1], columns[0]] * (1 - across) + picture[rows[1], columns[1]] * across
    return (upper * (1 - down) + lower * down).astype(np.float32)
