"""What a picture tells about the colour of a surface, and how much it is to be trusted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render.raycast import MeshCaster
from ..spaces import Camera, Crop
from ..surface.sampling import sample

Array = npt.NDArray[np.floating]
Picture = npt.NDArray[np.uint8]

# Surfaces seen at a flatter angle than the first cosine are not trusted at all, beyond the second fully.
GRAZING, FACING = 0.15, 0.5
# Pixels nearer to the silhouette than this hold some background; colours are fetched from further inside, pixels of
# the person's height / 500.
EDGE = 3.0


@dataclass(frozen=True)
class Photograph:
    """A frame's picture (H, W, 3) uint8 RGB; for every pixel the way to go to leave the silhouette's edge, inwards
    (H, W, 2) float32 pixels; and how surely it shows the person, purity (H, W) float32, from 0.05 at the edge to 1,
    and 0 where something is in front of them. All may be a part of the image, whose top left pixel is `corner`, x and
    y; places are asked for in pixels of the whole image."""

    picture: Picture
    inwards: npt.NDArray[np.float32]
    purity: npt.NDArray[np.float32]
    corner: tuple[int, int] = (0, 0)

    @classmethod
    def of(
        cls,
        picture: Picture,
        mask: npt.NDArray[np.uint8],
        height: float,
        covered: npt.NDArray[np.bool_] | None = None,
        corner: tuple[int, int] = (0, 0),
    ) -> "Photograph":
        """mask: (H, W) uint8, 0-255; height: of the person in the picture, pixels; covered: (H, W), where something is
        in front of the person."""
        import cv2

        edge = max(1.5, EDGE * height / 500.0)
        solid = (mask > 127).astype(np.uint8)
        inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
        smooth = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), max(1.0, edge / 2))
        gradient = np.stack([cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)], axis=-1)
        gradient /= cv2.magnitude(gradient[..., 0], gradient[..., 1])[..., None] + 1e-6
        missing = np.clip(edge - inside, 0.0, 3.0 * edge)
        purity = np.clip((inside / edge - 0.3) / 1.7, 0.05, 1.0)
        if covered is not None:
            purity[covered] = 0.0
        return cls(picture, (gradient * missing[..., None]).astype(np.float32), purity.astype(np.float32), corner)

    def colours(self, pixels: Array) -> npt.NDArray[np.float32]:
        """(N, 2) image pixels -> (N, 3) float32 colours 0-255, fetched from inside the silhouette."""
        rows, columns = self._index(pixels)
        return _bilinear(self.picture, pixels - self.corner + self.inwards[rows, columns])

    def purities(self, pixels: Array) -> npt.NDArray[np.float32]:
        """(N, 2) image pixels -> (N,) how surely each shows the person and not what is behind."""
        return self.values(self.purity, pixels)

    def values(self, field: npt.NDArray[np.float32], pixels: Array) -> npt.NDArray[np.float32]:
        """(N, 2) image pixels -> (N,) of a field (H, W) that is as large as the picture."""
        return field[self._index(pixels)]

    def cut(self, crop: Crop, size: int) -> Picture:
        """(size, size, 3) what it shows in a crop of the image; beyond the picture its border continues."""
        import cv2

        x, y = np.subtract(crop.centre, self.corner)
        affine = Crop((float(x), float(y)), crop.side).affine(size)
        cut = cv2.warpAffine(self.picture, affine, (size, size), borderMode=cv2.BORDER_REPLICATE)
        return cut.astype(np.uint8, copy=False)

    def taken_by(self, camera: Camera) -> Camera:
        """The camera whose image this part of the image of `camera` is."""
        height, width = self.purity.shape
        return camera.part(self.corner, width, height)

    def _index(self, pixels: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        height, width = self.picture.shape[:2]
        index = np.clip((pixels - self.corner).astype(int), 0, [width - 1, height - 1])
        return index[:, 1], index[:, 0]


def trust(
    vertices: Array, normals: Array, caster: MeshCaster, camera: Camera, photograph: Photograph
) -> npt.NDArray[np.float32]:
    """(N,) from 0 (hidden, or seen at a grazing angle) to 1 (seen frontally, far from the silhouette's edge) for
    surface points (N, 3) in world space with unit normals (N, 3)."""
    to_camera = (camera.camera_to_world[:3, 3] - vertices).astype(np.float32)
    to_camera /= np.linalg.norm(to_camera, axis=1, keepdims=True)
    facing = np.clip((np.einsum("ij,ij->i", normals, to_camera) - GRAZING) / (FACING - GRAZING), 0.0, 1.0)
    # Half of a body looks away, and rays are what takes long.
    towards = np.flatnonzero(facing > 0)
    vertices, normals = vertices[towards], normals[towards]
    pixels = camera.project(vertices)
    framed = np.all((pixels > 1) & (pixels < [camera.width - 1, camera.height - 1]), axis=1)
    lifted = vertices + 0.004 * normals
    result = np.zeros(len(facing), np.float32)
    result[towards] = facing[towards] * framed * caster.visible(lifted, camera) * photograph.purities(pixels)
    return result


def _bilinear(picture: Picture, pixels: Array) -> npt.NDArray[np.float32]:
    x, y = (pixels - 0.5).T[:, :, None]
    return sample(picture, x, y)[:, 0]
