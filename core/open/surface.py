"""The surface of one picture by the open network: occupancy, fine relief, outline, and colours of the side not seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render import vertex_normals
from ..spaces import CROP_HALF
from ..surface.folds import folds
from ..surface.grid import sample_field
from ..surface.mesh import Faces, Vertices, extract_mesh
from ..surface.outline import fit_outline
from ..surface.relief import add_relief
from ..surface.sampling import nearest_known
from ..surface.smoothing import smooth
from .body_maps import BodyShape
from .crossing import crossing
from .field import OpenField
from .network import MAP, OpenNet
from .reach import reach

Float = npt.NDArray[np.float32]

# How far a surface must turn away from the camera to have the colours of the back: cosines, from not at all to fully.
TURNED = (0.0, -0.3)
# Cells: what is thinner is found by the field's anchors.
COARSEST = 8
# Pairs of steps that smooth the mesh.
RIPPLES = 14
# From this share on colours are remembered. Those that the network imagines are joined to at most so many of them, each
# by so many of the nearest, averaged over the first distance and fading over the second, canonical.
KNOWN, JOINED_AT, JOINED_BY, JOINED_FROM, JOINED_OVER = 0.6, 4000, 24, 0.02, 0.05
# Pixels of the mask's rim that show the background, too.
RIM = 3


@dataclass(frozen=True)
class OpenSurface:
    """vertices: (V, 3) canonical; faces: (T, 3); behind: (V, 3) colours 0-255 that the network expects on the side that
    the camera does not see; turned: (V,) how much each vertex is on that side, 0-1."""

    vertices: Vertices
    faces: Faces
    behind: Float
    turned: Float

    def hidden(self, remembered: Float) -> Float:
        """(V, 3) colours 0-255 for what a picture does not show.

        remembered: (V, 4) colours that other pictures tell, and how much they count (kept.remembered_share). Where they
        do not, the side turned away has the network's colours, and the rest the remembered ones, which come from near
        by.
        """
        imagined = self.turned * (1.0 - remembered[:, 3])
        return remembered[:, :3] + imagined[:, None] * (self._joined(remembered) - remembered[:, :3])

    def _joined(self, remembered: Float) -> Float:
        """`behind`, brought to the remembered colours where these end, so that no edge runs along there."""
        from scipy.spatial import KDTree

        known = remembered[:, 3] > KNOWN
        source, unknown = np.flatnonzero(known), np.flatnonzero(~known)
        source = source[:: max(1, len(source) // JOINED_AT)]
        if len(source) < JOINED_BY or not len(unknown):
            return self.behind
        distance, nearest = KDTree(self.vertices[source]).query(self.vertices[unknown], k=JOINED_BY)
        weight = 1.0 / (distance**2 + JOINED_FROM**2)
        difference = (remembered[source, :3] - self.behind[source])[nearest]
        step = (difference * weight[..., None]).sum(axis=1) / weight.sum(axis=1, keepdims=True)
        joined = self.behind.copy()
        joined[unknown] += step * np.exp(-distance[:, :1] / JOINED_OVER)
        return np.clip(joined, 0, 255).astype(np.float32)


def open_surface(
    network: OpenNet,
    picture: npt.NDArray[np.uint8],
    mask: Float,
    body: Float,
    thickness: Float,
    resolution: int,
    memory: Float | None = None,
) -> OpenSurface:
    """The surface of a person in a crop.

    picture: (PICTURE, PICTURE, 3) uint8 RGB; mask: the same size, 0-1; body: (V, 3) canonical, the body model's, fitted
    to them; thickness: (V,) canonical, of its clothes; resolution: nodes along the canonical volume; memory: (B, 4)
    what the clip knows of the body's colours (crossing.py). Raises RestageError `surface_empty`.
    """
    shape = BodyShape.posed(body)
    field = OpenField(network, picture, mask, shape, reach(shape, mask, thickness))
    vertices, faces = extract_mesh(sample_field(field, resolution, COARSEST))
    # Hands and faces are the body's and finer than ripples.
    cloth = 1.0 - shape.share(vertices)
    vertices = smooth(vertices, faces, cloth, RIPPLES)
    details = field.details * (mask > 0.5)[..., None]
    relieved = add_relief(vertices, faces, details[..., 0:3], details[..., 3:6], folds(picture, mask), cloth)
    relieved = fit_outline(relieved, faces, mask)
    facing = vertex_normals(relieved, faces)[:, 2]
    turned = np.clip((facing - TURNED[0]) / (TURNED[1] - TURNED[0]), 0.0, 1.0)
    if memory is not None:
        turned = turned * (1.0 - _at(crossing(shape, memory, picture, MAP), relieved))
    return OpenSurface(relieved, faces, _colours_at(details[..., 6:9], mask, relieved), turned.astype(np.float32))


def _colours_at(colours: Float, mask: Float, vertices: Float) -> Float:
    """(V, 3) 0-255: a picture (S, S, 3) 0-1 at every vertex, the rim of the mask in the colours next to it."""
    import cv2

    solid = (mask > 0.5).astype(np.uint8)
    inner = cv2.erode(solid, np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8))
    if not inner.any():
        inner = solid
    smooth = cv2.GaussianBlur(colours[nearest_known(inner > 0)], (0, 0), 0.7).astype(np.float32, copy=False)
    return np.clip(_at(smooth, vertices) * 255, 0, 255).astype(np.float32)


def _at(values: Float, vertices: Float) -> Float:
    """(V, ...) what a picture (S, S, ...) of the crop holds at every vertex."""
    size = len(values)
    x = np.clip(((vertices[:, 0] / CROP_HALF + 1) * size / 2).astype(int), 0, size - 1)
    y = np.clip(((1 - vertices[:, 1] / CROP_HALF) * size / 2).astype(int), 0, size - 1)
    return values[y, x]
