"""The clip's memory of the person's colours, one for every vertex of the body: what fills surface that a frame hides.

Seen vertices keep the median of what frames show of them, weighted by trust: an arm or a ball that passes in front, or
a limb that is a little off, does not stain them. The rest is filled in two steps: from the mirrored vertex, where that
was seen (faces and clothes are alike left and right), and then from the seen vertices around it (completion.py): the
back of a shirt ends where its front ends, and as sharply, it is like what is seen well of the front, and lit alike
(light.py). The back of a head is like the hair above the forehead, and legs that no picture shows are in trousers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render.hits import vertex_normals
from ..render.raycast import MeshCaster
from ..spaces import Camera
from ..surface.silhouette import neighbour_average
from .completion import LIKE, complete
from .contrast import contrast
from .features import with_features
from .hands import with_bare_hands
from .head import strands, with_hair, with_head
from .legs import with_legs
from .light import brightness, evened, from_other_side
from .projection import Photograph, trust
from .seams import light_across
from .stains import unstained

Colours = npt.NDArray[np.float32]

# Steps of averaging, and the share of like neighbours below which a vertex stays as it is.
SOFTEN_STEPS, LEAST_LIKE = 16, 0.05
# Less trust than this, averaged over the frames looked at, counts as never seen: glimpses along the silhouette mostly
# show what is behind the person.
SEEN = 0.04
RIM_STEPS = 2
# A colour that nothing has.
NOTHING = -1e3


@dataclass(frozen=True)
class Glimpse:
    """What one frame shows of the body's vertices: colours (V, 3) 0-255, squared trust (V,) 0-1, and unit normals
    (V, 3) in the camera's axes; float32."""

    colours: Colours
    weight: npt.NDArray[np.float32]
    normals: npt.NDArray[np.float32]

    @classmethod
    def of(cls, vertices: npt.NDArray[np.floating], photograph: Photograph, camera: Camera) -> "Glimpse":
        """Of a dressed body (V, 3) world."""
        model = BodyModel.load()
        caster = MeshCaster(vertices, model.triangles)
        normals = vertex_normals(vertices, model.triangles)
        # Squared: one clear view outweighs many dim ones, which hold what is behind the person.
        weight = trust(vertices, normals, caster, camera, photograph) ** 2 * model.exterior
        towards = (normals @ camera.camera_to_world[:3, :3]).astype(np.float32)
        return cls(photograph.colours(camera.project(vertices)), weight, towards)


class Remembered(NamedTuple):
    """What frames show of the body's vertices: colours (V, 3) 0-255; where they show it, (V,) bool, and where only its
    mirror image, whose colours it has; and how well, (V,) mean squared trust."""

    colours: Colours
    seen: npt.NDArray[np.bool_]
    mirrored: npt.NDArray[np.bool_]
    support: npt.NDArray[np.float32]


def gather_colours(glimpses: Iterable[Glimpse]) -> tuple[Colours, npt.NDArray[np.bool_], Colours]:
    """(V, 3) float32 colours 0-255 of the body's vertices; (V,) which of them the clip shows, on their own or on the
    other side of the body; and (V, 1) how bright light makes them."""
    glimpses = list(glimpses)
    colours, seen, mirrored, support = remember(glimpses)
    known = seen | mirrored
    shown = np.stack([glimpse.colours for glimpse in glimpses])
    weight = np.stack([glimpse.weight for glimpse in glimpses])
    normals = np.stack([glimpse.normals for glimpse in glimpses])
    # Not squared: what faces aside is trusted little, and tells most of light.
    light = evened(brightness(shown, np.sqrt(weight), normals, colours, known), seen)
    colours = np.where(mirrored[:, None], from_other_side(colours, light), colours)
    across = light_across(colours, seen, mirrored)
    colours, shade = np.where(mirrored[:, None], np.clip(across * colours, 0.0, 255.0), colours), across * light
    filled = np.where(known[:, None], colours, np.clip(shade * complete(colours / shade, known, support), 0.0, 255.0))
    filled = np.where(known[:, None], filled, with_legs(with_head(filled, colours, known), colours, known))
    # Afterwards, else features would be smoothed away, and a sleeve would go on in the colour of a hand.
    return with_bare_hands(with_features(softened(filled, known), colours, known), known), known, light


def remember(glimpses: list[Glimpse], clean: bool = True) -> Remembered:
    """What the frames show. clean: without stains (stains.py), which takes most of the time."""
    weight = np.stack([glimpse.weight for glimpse in glimpses])
    colours, support = weighted_median(np.stack([glimpse.colours for glimpse in glimpses]), weight), weight.mean(axis=0)
    if clean:
        colours = unstained(colours, weight)
    known, mirror = _inner(support > SEEN), BodyModel.load().mirror
    hair = with_hair(np.full_like(colours, NOTHING), colours, known)
    seen = known | ((support > 0) & (strands(colours, hair) > 0.5))
    mirrored = ~seen & known[mirror]
    for values in (colours, support):
        values[mirrored] = values[mirror[mirrored]]
    return Remembered(colours, seen, mirrored, support)


def _inner(known: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The known vertices (V,) without the rim of what the clip ever shows, where the background shines in most."""
    inner = known.astype(np.float32)
    for _ in range(RIM_STEPS):
        inner = ((neighbour_average() @ inner) > 0.999).astype(np.float32)
    return inner > 0


def weighted_median(samples: Colours, weights: npt.NDArray[np.float32]) -> Colours:
    """(F, V, 3) samples and (F, V) weights -> (V, 3): half of the weight lies below it, in each channel."""
    order = np.argsort(samples, axis=0)
    ordered = np.take_along_axis(np.broadcast_to(weights[..., None], samples.shape), order, axis=0)
    reached = np.cumsum(ordered, axis=0) >= 0.5 * weights.sum(axis=0)[:, None]
    return np.take_along_axis(np.take_along_axis(samples, order, axis=0), reached.argmax(axis=0)[None], axis=0)[0]


def softened(colours: Colours, known: npt.NDArray[np.bool_]) -> Colours:
    """The same (V, 3) with unknown vertices averaged over neighbours of like colours, which hides seams but no hem
    (bilateral filter, Tomasi and Manduchi 1998); known ones stay."""
    from scipy.sparse import coo_matrix

    averaging, alike = coo_matrix(neighbour_average()), LIKE * contrast(colours[known])
    for _ in range(SOFTEN_STEPS):
        apart = np.linalg.norm(colours[averaging.row] - colours[averaging.col], axis=1)
        like = averaging.data * np.exp(-0.5 * (apart / alike) ** 2)
        weights = coo_matrix((like, (averaging.row, averaging.col)), shape=averaging.shape).tocsr()
        total = np.asarray(weights.sum(axis=1))
        mean = np.where(total > LEAST_LIKE, (weights @ colours) / np.maximum(total, LEAST_LIKE), colours)
        colours = np.where(known[:, None], colours, mean).astype(np.float32)
    return colours
