"""Keyframes paint the texels that they show, the better view winning."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..face.alignment import FaceAlignment
from ..face.body_face import face_share
from ..frame import ClipReader
from ..parallel import overlapped
from ..picture import Picture
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import Camera
from ..texture.limbs import trust_in_texels
from ..texture.projection import Photograph
from ..texture.stage import aligned_photograph
from ..texture.unwrap import Texels
from .alignment import Atlas, movement
from .views import Views, agreement_around

# So sharply the better of two views wins; at the head, where eyes that are almost in one place are no eyes, more so.
CONTRAST, HEAD_CONTRAST = 4.0, 8.0
# What shows a place worse than this share of the best would hardly count, and takes as long.
LEAST = 0.3

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
# Is told of every keyframe its number among them, which texels it shows (M,), and how well each (M,).
Listener = Callable[[int, Indices, Float], None]


@dataclass(frozen=True)
class Painted:
    """colours: (N, 3) 0-255 of the texels; quality: (N,) how well the best view shows each, and how far that agrees
    with the clip, from 0, where none does."""

    colours: Float
    quality: Float

    def atlas(self, texels: Texels) -> Atlas:
        """The same as pictures."""
        colours, known = np.zeros((2, texels.size, texels.size, 3), np.uint8)
        colours[texels.rows, texels.columns] = as_bytes(self.colours)
        known[texels.rows, texels.columns] = 255 * (self.quality > 0)[:, None]
        return Atlas(colours, known)


class Keyframe:
    """What one frame, the row-th of `views`, can paint beside the others, `rows`. vertices: (V, 3) world metres, the
    character's in it."""

    def __init__(
        self,
        row: int,
        rows: Sequence[int],
        vertices: Float,
        photograph: Photograph,
        camera: Camera,
        texels: Texels,
        views: Views,
    ) -> None:
        triangles = BodyModel.load().triangles
        self._photograph, self._camera, self._caster = photograph, camera, MeshCaster(vertices, triangles)
        matters = views.quality[row] > LEAST * views.quality[rows].max(axis=0)
        chosen = np.flatnonzero(matters[triangles].any(axis=1)[texels.face])
        surface = np.hstack([vertices, vertex_normals(vertices, triangles)])
        places, normals = np.hsplit(texels.interpolate(surface, chosen), 2)
        seen = trust_in_texels(places, normals, self._caster, camera, photograph)
        self.chosen, self._pixels = chosen[seen > 0], camera.project(places[seen > 0])
        # What a vertex knows besides its angle and visibility, which the texel knows better itself.
        knows = np.hstack([np.sqrt(views.quality[row])[:, None], views.light[row], views.around.reshape(-1, 6)])
        known, self._light, around = np.hsplit(texels.interpolate(knows, self.chosen), [1, 4])
        self.quality = seen[seen > 0] * known[:, 0]
        self._around = around.reshape(-1, 2, 3)

    def colours(self, like: Atlas | None) -> tuple[Float, Float]:
        """Of the chosen texels: colours (M, 3) 0-255 in the clip's light, and how far they agree with the clip's (M,),
        0-1; `like`: a texture onto which the picture is moved first (alignment.py)."""
        pixels = self._pixels
        if like is not None:
            pixels = movement(self._photograph, self._caster, self._camera, like).moved(pixels)
        colours = self._photograph.colours(pixels) + self._light
        return colours, agreement_around(colours, self._around)


def paint(
    keyframe: Callable[[int], Keyframe],
    rows: Sequence[int],
    texels: Texels,
    like: Atlas | None = None,
    also: Listener = lambda index, chosen, worth: None,
) -> Painted:
    """What the keyframes show that keyframe(row) gives for each of the rows, several at a time; `like`: a texture onto
    which each of them is moved first."""
    colours = np.zeros((len(texels.face), 3), np.float32)
    weights, best = np.zeros(len(texels.face), np.float32), np.zeros(len(texels.face), np.float32)
    face, contrast = texels.interpolate(np.stack([face_share(), _contrast()], axis=1)).T

    def show(row: int) -> tuple[Keyframe, Float, Float]:
        made = keyframe(row)
        return made, *made.colours(like)

    for index, (made, shown, agreeing) in enumerate(overlapped(show, rows)):
        chosen, quality = made.chosen, made.quality
        # Only between frames: a print that all of them show stays. Eyes are finer than the reference, though.
        worth = quality * np.maximum(agreeing, face[chosen])
        strength = worth ** contrast[chosen]
        colours[chosen] += shown * strength[:, None]
        weights[chosen] += strength
        best[chosen] = np.maximum(best[chosen], worth)
        also(index, chosen, worth)
    colours /= np.maximum(weights, 1e-30)[:, None]
    return Painted(colours, best)


def photographs(reader: ClipReader, vertices: Callable[[int], Float]) -> Callable[[int], Photograph]:
    """What fetches a frame's photograph, its face moved to where the character has it, vertices (V, 3) world metres."""
    faces = FaceAlignment.of(reader.job)

    return lambda number: aligned_photograph(reader, number, faces, vertices(number))


def as_bytes(colours: npt.NDArray[np.floating]) -> Picture:
    """Colours 0-255, rounded."""
    return np.clip(colours + 0.5, 0, 255).astype(np.uint8)


def _contrast() -> Float:
    head = BodyModel.load().of_parts("head")
    return np.where(head, HEAD_CONTRAST, CONTRAST).astype(np.float32)
