"""What colours the body has where nothing shows it: those of the seen places that a walk over its surface ends at.

A random walk from a hidden place ends at seen ones, near ones more likely. Of their colours the hidden place has the
one that goes best with all of them, so that the line between two, a hem, goes on where it was last seen and takes the
shortest way (Grady, Random Walks for Image Segmentation, IEEE TPAMI 2006, with colours for labels). The walk steps
more readily around the body than along it: the back of a shirt ends at the height of its front.

Right next to what is seen it ends at the first seen places, without a seam. From further away it goes on over what is
seen, and ends where that is seen well: the stripe along an outline, turned away from the light and mixed with the
background, does not colour the whole back.
"""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from ..body.model import BodyModel
from ..surface.silhouette import neighbour_average
from .contrast import contrast
from .regions import has_skin_hue, main_colours, nearest_of

Colours = npt.NDArray[np.float32]
Share = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]

# How many times as readily the walk steps around the trunk or a leg as along it, and around an arm, whose sleeves end
# level; and how soon less so, aslant.
AROUND, AROUND_ARMS, STRAIGHT = 20.0, 100.0, 3
# Colours (0-255) that differ by less run into each other, where the light is good; and how like one counts as such.
LIKE, LEAST_LIKE = 20.0, 0.1
# Seen colours are told apart by so many shades.
SHADES = 64
# How many steps the walk goes over what is seen before it ends, next to that and far away; metres by which it is far.
SHALLOW, DEEP, NEAR = 0.5, 4.0, 0.05
# The same for the shades of arms, which are thin: all of an arm's other side is near the outline.
NEAR_ON_ARMS = 0.015
# Colours of skin run into each other that differ by so many times more.
SKIN_RUNS = 3.0
# A place that is seen better than this share of all is seen well; and how readily, at least, the walk ends elsewhere.
WELL, LEAST_CERTAIN = 75, 0.1
# Arms lie aslant in the rest pose: from which landmark to which they run, MediaPipe's numbers.
ARMS = ((11, 13, 15), (12, 14, 16))


def complete(colours: Colours, known: Chosen, support: Share | None = None) -> Colours:
    """(V, 3) float32 colours 0-255: `colours` where they are `known` (V,), elsewhere what they make likely.

    support: (V,) how well each is seen, in any unit; without it the first seen places count everywhere.
    """
    if not known.any():
        return np.full_like(colours, 128.0)
    unknown = np.flatnonzero(~known)
    shades, given = _shades(colours[known])
    cloth = shade = shallow = _reached(given, known, np.full(len(given), SHALLOW))
    if support is not None:
        deep = _reached(given, known, DEEP / np.sqrt(_certainty(support[known])))
        arms, far = BodyModel.load().of_parts("upper_arm", "forearm", "hand")[unknown], _distances(known)
        cloth, shade = (
            deep + np.exp(-far / near)[:, None, None] * (shallow - deep)
            for near in (NEAR, np.where(arms, NEAR_ON_ARMS, NEAR))
        )
    result = colours.copy()
    kinds = main_colours(colours, known)
    kinds = kinds[nearest_of(shades, kinds)]
    alike = LIKE * contrast(colours[known])
    result[unknown] = _most_like(kinds, shades, cloth[..., 0], shade[..., 0], shade[..., 1:], alike)
    return _like_nearest(result, unknown[shallow[..., 0].sum(axis=1) < 0.5])


def _reached(given: Values, known: Chosen, depths: Values) -> Colours:
    """(U, K, 4) the mean of what is given at the `known` places where walks from the others end: given (N, 4 K);
    depths (N,): after how many steps over known places a walk ends there."""
    from scipy.sparse.linalg import splu

    links = _links()
    ease = np.asarray(links.sum(axis=1)).ravel()
    ends = ease[known] / depths**2
    stopped = np.full(len(known), 1e-9)
    stopped[known] = ends
    sources = np.zeros((len(known), given.shape[1]))
    sources[known] = ends[:, None] * given
    walked = splu((diags(ease + stopped) - links).tocsc()).solve(sources)
    return walked[~known].astype(np.float32).reshape(-1, given.shape[1] // 4, 4)


def _certainty(support: Share) -> Share:
    """(N,) from LEAST_CERTAIN to 1, where a place is seen well."""
    return np.clip(support / np.percentile(support, WELL), LEAST_CERTAIN, 1.0)


def _distances(known: Chosen) -> Share:
    """(U,) metres from each vertex that is not known to the nearest that is, in the rest pose."""
    from scipy.spatial import KDTree

    places = BodyModel.load().mean_vertices
    return KDTree(places[known]).query(places[~known])[0].astype(np.float32)


def _like_nearest(colours: Colours, lost: npt.NDArray[np.intp]) -> Colours:
    """The same with the vertices `lost`, from which no walk leads anywhere, such as an eyeball's, like the nearest
    other one."""
    from scipy.spatial import KDTree

    places, found = BodyModel.load().mean_vertices, np.delete(np.arange(len(colours)), lost)
    colours[lost] = colours[found[KDTree(places[found]).query(places[lost])[1]]]
    return colours


def _shades(colours: Colours) -> tuple[Colours, Values]:
    """Shades (K, 3) to which colours (N, 3) are near, each in turn the colour that is furthest from those before it
    (Gonzalez, Clustering to Minimize the Maximum Intercluster Distance, 1985); and (N, 4 K) for each of them whether a
    colour is nearest to it, and that colour."""
    chosen = [0]
    apart = np.linalg.norm(colours - colours[0], axis=1)
    while len(chosen) < SHADES and apart.max() > 0:
        chosen.append(int(apart.argmax()))
        apart = np.minimum(apart, np.linalg.norm(colours - colours[chosen[-1]], axis=1))
    shades = colours[chosen]
    of = (nearest_of(colours, shades)[:, None] == np.arange(len(shades)))[..., None]
    given = of * np.concatenate([np.ones((len(colours), 1)), colours], axis=1)[:, None]
    return shades, given.reshape(len(colours), -1)


def _most_like(
    kinds: Colours, shades: Colours, cloths: Colours, weights: Colours, colours: Colours, alike: float
) -> Colours:
    """(N, 3) of each place a mean of what is likely there, of one cloth, and of that what is like the shade nearest to
    all others: kinds and shades (K, 3), the shades and the main colours that they belong to; how likely the shades are
    (N, K), of what cloth and which of its own, and their colours there, times the latter (N, K, 3). alike: colours that
    differ by less are mixed, those of skin more readily.

    Between a white shoe and dark trousers that is one of the two, where a mean of all would run from one into the
    other, and so would the few shades that are between them at the hem; on a shin, whose colours are alike, it is their
    mean. Of cloths the likeliest is taken, of shades the vector median (Astola, Haavisto, Neuvo, Proceedings of the
    IEEE 1990), weighted: shades are many, and none of them is likely.
    """
    same = np.exp(-0.5 * (np.linalg.norm(kinds[:, None] - kinds, axis=2) / alike) ** 2)
    like = same[(cloths @ same).argmax(axis=1)]
    apart = np.linalg.norm(shades[:, None] - shades, axis=2)
    nearest = np.where(like > LEAST_LIKE, (like * weights) @ apart, np.inf).argmin(axis=1)
    runs = alike * np.where(has_skin_hue(kinds[nearest]), SKIN_RUNS, 1.0)[:, None]
    like = like * np.exp(-0.5 * (apart[nearest] / runs) ** 2)
    return (like[..., None] * colours).sum(axis=1) / np.maximum((like * weights).sum(axis=1, keepdims=True), 1e-12)


@cache
def _links() -> csr_matrix:
    """(V, V) how readily the walk steps from a vertex to its neighbour, the same both ways."""
    model = BodyModel.load()
    pairs = neighbour_average().tocoo()
    off = pairs.row != pairs.col
    start, end = pairs.row[off], pairs.col[off]
    axes = _axes()
    edge = model.mean_vertices[end] - model.mean_vertices[start]
    axis = axes[start] + axes[end]
    axis /= np.linalg.norm(axis, axis=1, keepdims=True)
    along = ((edge * axis).sum(axis=1) / np.maximum(np.linalg.norm(edge, axis=1), 1e-9)) ** 2
    around = np.where(model.of_parts("upper_arm", "forearm"), AROUND_ARMS, AROUND)
    ease = along + np.sqrt(around[start] * around[end]) * (1.0 - along) ** STRAIGHT
    return csr_matrix((ease, (start, end)), shape=pairs.shape)


def _axes() -> Colours:
    """(V, 3) unit vectors along the limb or the trunk that each vertex is on, in the rest pose."""
    model = BodyModel.load()
    axes = np.tile(np.array([0.0, 1.0, 0.0], np.float32), (len(model.parts), 1))
    for shoulder, elbow, wrist in ARMS:
        same_side = model.landmark_mean[shoulder, 0] * model.mean_vertices[:, 0] > 0
        for part, first, last in (("upper_arm", shoulder, elbow), ("forearm", elbow, wrist), ("hand", elbow, wrist)):
            way = model.landmark_mean[first] - model.landmark_mean[last]
            axes[model.of_parts(part) & same_side] = way / np.linalg.norm(way)
    return axes
