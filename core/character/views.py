"""How well each frame shows each place of the body, judged at the body's vertices, and which few frames show it best.

A view is good where the surface faces the camera, lies inside the silhouette, is near, sharp (a picture blurred by
motion has weaker gradients), and looks as most other frames have it: what passes in front, or a limb that is a little
off, does not.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..parallel import overlapped
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import Camera
from ..surface.silhouette import averaged, neighbour_average
from ..texture.agreement import agreement
from ..texture.body_colours import weighted_median
from ..texture.hands import with_bare_hands
from ..texture.limbs import clear_of_limbs
from ..texture.projection import Photograph, trust
from ..texture.stains import unstained

Float = npt.NDArray[np.float32]

# The part of a person's height over which sharpness is measured, and colours for comparison are averaged.
WINDOW, BLUR = 0.015, 0.004
# Mean trust over the frames below which a place counts as seldom seen.
SELDOM, SUPPORT_STEPS = 0.3, 4
# Colours that were corrected by more than this, 0-255, were stains: no frame may show them.
STAINED = 30.0
# Steps of averaging over neighbours: differences of light between frames are wider than about 10 cm.
LIGHT_STEPS = 30
# Frames are added until one more improves the whole body by less than this share.
GAIN_WANTED, MOST_KEYFRAMES = 0.004, 12
# From this quality on a place counts in full; what is only seen poorly is not worth a keyframe of its own.
CLEAR = 0.2


@dataclass(frozen=True)
class Views:
    """F frames, V vertices. quality: (F, V) from 0, hidden, up; reference: (V, 3) the colours 0-255 that most frames
    show, where `seen` (V,) says that any do, and around: (V, 2, 3) the lowest and the highest of it near by; light:
    (F, V, 3) what to add to a frame's colours to agree with them."""

    quality: Float
    reference: Float
    around: Float
    seen: npt.NDArray[np.bool_]
    light: Float

    def keyframes(self, area: Float) -> list[int]:
        """Rows of the few frames that together show every place nearly as well as any frame does, best first.

        Few frames give a sharper texture than the mean of all: no two agree to the pixel. area: (V,) what each vertex
        stands for. Greedy, as for the maximum coverage problem.
        """
        best = self.quality.max(axis=0)
        share = self.quality / np.maximum(best, CLEAR)
        covered = np.zeros_like(best)
        chosen: list[int] = []
        total = float(area[best > 0].sum())
        while len(chosen) < min(MOST_KEYFRAMES, len(share)):
            gains = (np.maximum(share - covered, 0.0) * area).sum(axis=1)
            row = int(gains.argmax())
            if gains[row] < GAIN_WANTED * total or gains[row] <= 0:
                break
            chosen.append(row)
            covered = np.maximum(covered, share[row])
        return chosen


def judge_views(
    frame: Callable[[int], tuple[Float, Photograph]],
    numbers: Iterable[int],
    camera: Camera,
    remembered: tuple[Float, npt.NDArray[np.bool_]] | None = None,
) -> Views:
    """What the frames show: frame(number) gives the character's vertices (V, 3) world metres and the photograph of
    each, several at a time. remembered: colours (V, 3) 0-255 that the whole clip has, and which of them it knows (V,);
    without it, these frames alone count."""
    import cv2

    model = BodyModel.load()

    def look(number: int) -> tuple[Float, Float, Float, Float]:
        vertices, photograph = frame(number)
        normals = vertex_normals(vertices, model.triangles)
        caster = MeshCaster(vertices, model.triangles)
        photograph = clear_of_limbs(photograph, caster, camera)
        trusted = trust(vertices, normals, caster, camera, photograph) * model.exterior
        pixels = camera.project(vertices)
        height = float(np.ptp(pixels[:, 1]))
        soft = cv2.GaussianBlur(photograph.picture, (0, 0), max(0.5, BLUR * height)).astype(np.uint8, copy=False)
        samples = replace(photograph, picture=soft).colours(pixels)
        detail = photograph.values(_sharpness(photograph.picture, WINDOW * height), pixels)
        return samples, trusted, detail, camera.focal / -camera.world_to_camera(vertices)[:, 2]

    samples, trusted, detail, nearness = zip(*overlapped(look, numbers), strict=True)
    weight: Float = np.square(np.stack(trusted)).astype(np.float32)
    seen = weight.max(axis=0) > 0
    colours = np.stack(samples).astype(np.float32)
    shown = _alike_hands(with_bare_hands(weighted_median(colours, weight), seen), weight)
    reference = unstained(_like_its_twin(shown, weight.mean(axis=0)), weight)
    if remembered is not None:
        # Frames' meshes have these: the character is as bright as they are.
        reference = np.where(remembered[1][:, None], remembered[0], reference)
    # Hands that are never seen well look like nothing around them either, beside sleeves.
    reference = np.where(model.of_parts("hand")[:, None], shown, reference)
    stained = np.linalg.norm(reference - shown, axis=1) > STAINED
    light = np.stack([_light(reference - theirs, share) for theirs, share in zip(colours, weight, strict=True)])
    quality = weight * _relative(np.stack(detail), weight) * _relative(np.stack(nearness), weight)
    around = _around(reference)
    agreeing = agreement_around(colours + light, around)
    quality *= np.where(stained & (agreeing < 0.5), 0.0, agreeing)
    return Views(quality.astype(np.float32), reference, around, seen, light)


def agreement_around(colours: Float, around: Float) -> Float:
    """From 1, the same, to 0: how well colours (..., N, 3) 0-255 go with those that the clip has there, the lowest and
    the highest (N, 2, 3): a hem may be a little higher or lower."""
    return agreement(colours - np.clip(colours, around[:, 0], around[:, 1]))


def _around(colours: Float) -> Float:
    """(V, 2, 3) the lowest and the highest of colours (V, 3) of each vertex and its neighbours."""
    near = neighbour_average()
    theirs, starts = colours[near.indices], near.indptr[:-1]
    return np.stack([np.minimum.reduceat(theirs, starts), np.maximum.reduceat(theirs, starts)], axis=1)


def _like_its_twin(reference: Float, support: Float) -> Float:
    """The same with places of limbs that are seldom seen like those on the other side that are seen more often: what
    covers a place in the few frames that show it (a ball, the other hand) would pass for its colour."""
    mirror = BodyModel.load().mirror
    support = averaged(support, SUPPORT_STEPS)
    seldom = _limbs() & (support < SELDOM) & (support[mirror] > 2.0 * support)
    return np.where(seldom[:, None], reference[mirror], reference)


@cache
def _limbs() -> npt.NDArray[np.bool_]:
    """(V,) the body's vertices that are on arms and legs."""
    model = BodyModel.load()
    limbs = [model.part_names.index(name) for name in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")]
    return np.isin(model.parts, limbs)


def _alike_hands(reference: Float, weight: Float) -> Float:
    """The same with one colour for both hands: fingers are where the body has them only roughly, so that much of what
    frames show at them is something else."""
    model = BodyModel.load()
    hands = model.parts == model.part_names.index("hand")
    result = reference.copy()
    result[hands] = weighted_median(reference[hands][:, None], weight.max(axis=0)[hands][:, None])[0]
    return result


def _sharpness(picture: npt.NDArray[np.uint8], window: float) -> Float:
    """(H, W) the root mean square gradient around each pixel."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    energy = cv2.Sobel(grey, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(grey, cv2.CV_32F, 0, 1) ** 2
    return np.sqrt(cv2.GaussianBlur(energy, (0, 0), max(1.0, window)))


def _relative(values: Float, weight: Float) -> Float:
    """(F, V) against the most that any frame shows at the vertex in clear view, 0-1."""
    clear = np.where(weight > 0.25 * weight.max(axis=0), values, 0.0)
    return np.minimum(values / np.maximum(clear.max(axis=0), 1e-6), 1.0).astype(np.float32)


def _light(difference: Float, weight: Float) -> Float:
    """(V, 3) the difference (V, 3), averaged widely over the surface, each vertex counting by its weight (V,)."""
    averaging = neighbour_average()
    total, share = difference * weight[:, None], weight[:, None] + 1e-6
    for _ in range(LIGHT_STEPS):
        total, share = averaging @ total, averaging @ share
    return (total / share).astype(np.float32)
