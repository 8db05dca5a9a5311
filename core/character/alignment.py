"""How far a frame's picture is from where the character has the same colours: what slid along the surface.

The surface of a frame tells where the character ends, not where on it a placket or a hem is. Optical flow from the
texture, drawn as the frame's camera would see it, to the frame's picture tells that (dense inverse search, Kroeger et
al., ECCV 2016; the idea that colours of all frames are to agree: Zhou and Koltun, SIGGRAPH 2014).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..optical_flow import optical_flow
from ..picture import Picture
from ..render import CameraView, MeshCaster, silhouette
from ..spaces import CROP_SIZE, Camera, Crop
from ..surface.sampling import sample as sample_picture
from ..texture.agreement import agreement
from ..texture.projection import Photograph
from ..texture.unwrap import body_unwrap, hit_uv, sample

Float = npt.NDArray[np.float32]
Array = npt.NDArray[np.floating]

# Pixels along the side of the square around the person in which pictures are compared, and its side against theirs.
SIZE, MARGIN = 512, 1.1
# Parts of the square: the longest way that colours are moved; over which ways are alike, and differences of light.
LONGEST, EVEN, LIGHT = 0.025, 0.008, 0.08
# Of the places around, the share whose ways must be known for them to count by half.
TOLD = 0.1
# Colours (0-255) that still differ so much after they moved are believed by half.
TOLERANCE = 25.0


@dataclass(frozen=True)
class Atlas:
    """A texture that is painted in part: colours (S, S, 3) uint8 RGB, and known (S, S, 3) uint8, 255 where it is."""

    colours: Picture
    known: Picture


@dataclass(frozen=True)
class Movement:
    """Of a picture in the square `crop`: ways (SIZE, SIZE, 2) pixels of the square from where the texture has a colour
    to where the picture shows it, and how far they are believed, (SIZE, SIZE) 0-1."""

    crop: Crop
    ways: Float
    belief: Float

    def moved(self, pixels: Array) -> Float:
        """(N, 2) image pixels where the character has a colour -> where the picture shows it."""
        ways = sample_picture(self.ways, *self._places(pixels))[:, 0]
        return (pixels + ways * (self.crop.side / SIZE)).astype(np.float32)

    def beliefs(self, pixels: Array) -> Float:
        """(N,) how far that is believed at image pixels (N, 2)."""
        return sample_picture(self.belief, *self._places(pixels))[:, 0]

    def _places(self, pixels: Array) -> tuple[Array, Array]:
        x, y = (self.crop.from_image(pixels) * (SIZE / CROP_SIZE) - 0.5).T[:, :, None]
        return x, y


def movement(photograph: Photograph, caster: MeshCaster, camera: Camera, atlas: Atlas) -> Movement:
    """Of a frame's photograph against the texture on the posed character, whose caster is given."""
    import cv2

    pixels = camera.project(caster.vertices)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    x, y = (low + high) / 2
    crop = Crop((float(x), float(y)), float((high - low).max()) * MARGIN)
    shown = photograph.cut(crop, SIZE)
    drawn, told = _drawn(shown, caster, CameraView(camera, SIZE, SIZE, crop), atlas)
    ways = optical_flow(_grey(drawn), _grey(shown))
    belief = told * _agreement(drawn, shown, ways)
    total = cv2.GaussianBlur(ways * belief[..., None], (0, 0), EVEN * SIZE)
    share = np.asarray(cv2.GaussianBlur(belief, (0, 0), EVEN * SIZE), np.float32)
    ways = total / (share + TOLD)[..., None] * (1.0 + TOLD)
    ways *= np.minimum(1.0, LONGEST * SIZE / np.maximum(np.linalg.norm(ways, axis=2, keepdims=True), 1e-6))
    return Movement(crop, ways.astype(np.float32), share)


def _drawn(shown: Picture, caster: MeshCaster, view: CameraView, atlas: Atlas) -> tuple[Picture, Float]:
    """The picture with the character in what is known of its texture before it; and where that is, (SIZE, SIZE) 0-1."""
    hits = caster.cast(view)
    there, unwrap = silhouette(hits), body_unwrap()
    uv = hit_uv(hits, unwrap.uv, unwrap.triangles)
    told = np.zeros((SIZE, SIZE), np.float32)
    told[there] = sample(atlas.known, uv)[:, 0] > 254
    # Where the texture says nothing, nothing is to move.
    drawn = shown.copy()
    drawn[told > 0] = sample(atlas.colours, uv)[told[there] > 0]
    return drawn, told


def _agreement(drawn: Picture, shown: Picture, ways: Float) -> Float:
    """(SIZE, SIZE) from 1, the same, to 0: how well colours agree after they moved, but for wide differences."""
    import cv2

    columns, rows = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    moved = cv2.remap(shown, columns + ways[..., 0], rows + ways[..., 1], cv2.INTER_LINEAR)
    apart = moved.astype(np.float32) - drawn
    apart -= cv2.blur(apart, (round(LIGHT * SIZE), round(LIGHT * SIZE)))
    return agreement(apart, TOLERANCE)


def _grey(picture: Picture) -> npt.NDArray[np.uint8]:
    import cv2

    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
