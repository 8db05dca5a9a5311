"""What a head is like where nothing shows it: behind it has the hair that is seen from the front, and whose face is
turned away has a face of the hands' colour, or the neck's."""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ..body.ears import EARS, outer_ears
from ..body.model import BodyModel
from ..render.hits import vertex_areas
from .agreement import agreement
from .regions import is_reddish, redness

# MediaPipe's numbers of the head's landmarks; metres from the eyes up to the hair, and from the ears down to where it
# ends; vertices that must be known of it, so many of them of another colour than skin, and so many to tell who is bald.
EYES, MOUTH = [2, 5], [9, 10]
HAIRLINE, NAPE, LEAST_CROWN, LEAST_HAIR, BALD = 0.06, 0.04, 10, 4, 25
BEFORE_EARS = 0.015
# Metres from the head's middle from which on hair falls beside a face.
BESIDE = 0.05
# What is an ear, beside what stands off: so near its landmark, metres; and vertices that must be known.
EAR, LEAST_EAR = 0.02, 12
# From this share of the head behind and above the ears on, its colours tell more than the crown's.
ASIDE = 0.1
# Less of a face than this share is no face that tells its own colours; other skin does from so many vertices on.
NO_FACE, LEAST_SKIN = 0.1, 30
# Colours (0-255) further than this from the face's, in some light between these, are no skin.
NO_SKIN, LIGHT = 50.0, (0.85, 2.2)

# Metres within which hidden hair looks like what is seen of it; the weight of the rest of the hair against that; and
# colours (0-255) further than this from the hair's are none: along the outline the background is mixed in.
STRAND, REST, NO_HAIR = 0.015, 0.05, 30.0
# Metres: what covers a third of a disc of this radius is as wide as a strand.
STRAND_WIDE = 0.03

Colours = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
Chosen = npt.NDArray[np.bool_]


class Places(NamedTuple):
    """Vertices of the head, each (V,). crown: where hair shows from the front, above the forehead; face: between eyes
    and mouth; behind: where hair is, from the ears backwards down to the nape; high: what of that is above the eyes;
    beside: where long hair hangs by a face; scalp: all on which hair can be seen; front: all that is bare before the
    ears, up to the hair; ears: left and right (2, V)."""

    crown: Chosen
    face: Chosen
    behind: Chosen
    high: Chosen
    beside: Chosen
    scalp: Chosen
    front: Chosen
    ears: Chosen


def with_head(hidden: Colours, colours: Colours, known: Chosen) -> Colours:
    """`hidden`, the body's colours (V, 3) 0-255 where nothing is known, with hair behind and a face in front as
    `colours` (V, 3), where they are `known` (V,), tell."""
    return with_face(with_hair(hidden, colours, known), colours, known)


def with_face(hidden: Colours, colours: Colours, known: Chosen) -> Colours:
    """The same with a face as bare as the hands, or else the neck, if those are known and it is not: who is seen from
    behind would have hair there."""
    skin = bare_skin(colours, known)
    return hidden if skin is None else np.where(_places().front[:, None], skin, hidden).astype(np.float32)


def bare_skin(colours: Colours, known: Chosen) -> Colours | None:
    """(3,) the colour of a face that is not known, after hands or neck; None where it is, or where they are neither."""
    face = _places().face
    if np.count_nonzero(face & known) > NO_FACE * np.count_nonzero(face):
        return None
    hand, neck = (skin_colour(colours[known & BodyModel.load().of_parts(part)]) for part in ("hand", "neck"))
    # Hands are small and move: sleeves and background mix into them. Hair over a neck is darker than skin.
    clear = neck is not None and (hand is None or (neck[0] > hand[0] and redness(neck) > redness(hand)))
    return neck if clear else hand


def skin_colour(colours: Colours) -> Colours | None:
    """(3,) the median of what can be skin among colours (N, 3); None where that is too little."""
    shown = colours[is_reddish(colours)]
    return np.median(shown, axis=0) if len(shown) >= LEAST_SKIN else None


def with_hair(hidden: Colours, colours: Colours, known: Chosen) -> Colours:
    """`hidden`, the body's colours (V, 3) 0-255 where nothing is known, with the back of the head like the hair above
    the forehead, or beside the face, of which `colours` (V, 3) are `known` (V,), and ears like what shows of them, if
    that is bare. Who is bald has no hair in either
    place, and who is seen from aside shows the hair there."""
    crown, face, behind, high, beside, scalp, _, ears = _places()
    skin = np.median(colours[face & known], axis=0) if (face & known).any() else None

    def shown(of: Chosen) -> tuple[Colours, Colours]:
        """What is known of vertices (V,), and what of it can be hair: not everybody's begins as low as the body's
        crown, or right behind the ears."""
        own = colours[of & known]
        return own, own if skin is None else _not_skin(own, skin)

    least = ASIDE * np.count_nonzero(high)
    (seen, hair), (back, back_hair) = shown(crown), shown(high)
    # Temples and ears, of which somebody who faces the camera shows a little, are none of the hair.
    aside = len(back) > least and (len(back_hair) > least or len(seen) <= LEAST_CROWN)
    if aside:
        seen, hair = back, back_hair
    # The mask's edge may leave no hair but at the sides.
    hardly = len(seen) <= (BALD if len(hair) < LEAST_HAIR else LEAST_CROWN)
    if skin is not None and not aside and hardly:
        hanging = _not_skin(colours[beside & known], skin)
        if len(hanging) > LEAST_CROWN:
            seen = hair = hanging
            behind = scalp
    if len(seen) <= LEAST_CROWN:
        return hidden
    seen = hair if len(hair) >= LEAST_HAIR else seen
    median = np.median(seen, axis=0)
    result = hidden.copy()
    result[behind] = _next_to(np.flatnonzero(behind), np.flatnonzero(known & scalp), colours, median)
    for ear in ears:
        # An ear that is hidden is as bare as the other one.
        own = (ear if np.count_nonzero(ear & known) >= LEAST_EAR else ears.any(axis=0)) & known
        bare = own & (np.linalg.norm(colours - median, axis=1) > NO_HAIR)
        if np.count_nonzero(bare) > max(LEAST_EAR, np.count_nonzero(own)) / 2:
            result[ear] = np.median(colours[bare], axis=0)
    return result.astype(np.float32)


def strands(colours: Colours, filled: Colours) -> npt.NDArray[np.float32]:
    """(V,) from 0 to 1, where the body's `colours` (V, 3) 0-255 are hair on one side of the head only: like what all of
    its colours when they are `filled` (V, 3) have behind, and unlike the other side's. A strand that hangs before one
    temple does not hang before the other; what is smaller is an ear's shadow."""
    places = _places()
    hair = np.median(filled[places.behind & ~places.ears.any(axis=0)], axis=0)
    like = agreement(colours - hair, NO_HAIR)
    unlike = 1.0 - agreement(colours - colours[BodyModel.load().mirror], NO_HAIR)
    return np.clip(3.0 * (_around() @ (like * unlike)) - 1.0, 0.0, 1.0).astype(np.float32)


def _not_skin(colours: Colours, skin: Colours) -> Colours:
    """What of colours (N, 3) is no skin, (3,), in any light."""
    light = np.clip(colours @ skin / max(float(skin @ skin), 1.0), *LIGHT)
    return colours[np.linalg.norm(colours - light[:, None] * skin, axis=1) > NO_SKIN]


def _next_to(hidden: Indices, known: Indices, colours: Colours, hair: Colours) -> Colours:
    """(N, 3) colours of the vertices `hidden` (N,): hair's (3,), and near to `known` ones (M,) that are like it, theirs
    of `colours` (V, 3), so that no line shows where the seen hair ends."""
    places = BodyModel.load().mean_vertices
    like = known[np.linalg.norm(colours[known] - hair, axis=1) < NO_HAIR]
    far = np.linalg.norm(places[hidden][:, None] - places[like][None], axis=2)
    weights = np.exp(-0.5 * (far / STRAND) ** 2) * (far < 5 * STRAND)
    rest = np.full((len(hidden), 1), REST, np.float32)
    return (weights @ colours[like] + rest * hair) / (weights.sum(axis=1, keepdims=True) + rest)


@cache
def _around() -> csr_matrix:
    """(V, V) means over the surface of the head before the ears within STRAND_WIDE, nothing elsewhere."""
    from scipy.spatial import KDTree

    model = BodyModel.load()
    head = np.flatnonzero(_places().front & model.exterior)
    first, second = KDTree(model.mean_vertices[head]).query_pairs(STRAND_WIDE, output_type="ndarray").T
    own = np.arange(len(head))
    rows, columns = np.concatenate([own, first, second]), np.concatenate([own, second, first])
    area = vertex_areas(model.mean_vertices, model.triangles)[head][columns]
    weights = area / np.bincount(rows, area)[rows]
    return csr_matrix((weights, (head[rows], head[columns])), shape=(len(model.parts), len(model.parts)))


@cache
def _places() -> Places:
    model = BodyModel.load()
    head = (model.parts == model.part_names.index("head")) & model.exterior
    ears, eyes = model.landmark_mean[EARS].mean(axis=0), model.landmark_mean[EYES].mean(axis=0)
    x, y, z = model.mean_vertices.T
    crown = head & (y > eyes[1] + HAIRLINE)
    mouth = model.landmark_mean[MOUTH].mean(axis=0)
    face = head & model.exterior & (y < eyes[1]) & (y > mouth[1]) & (z > (ears[2] + mouth[2]) / 2)
    behind = head & (z < ears[2]) & (y > ears[1] - NAPE)
    front = model.of_parts("head") & (z > ears[2] + BEFORE_EARS) & (y < eyes[1] + HAIRLINE)
    scalp = head & (y > ears[1] - NAPE) & ((y > eyes[1] + HAIRLINE) | (z < ears[2] + BEFORE_EARS))
    beside = head & (y > mouth[1]) & (np.abs(x) > BESIDE)
    away = np.linalg.norm(model.mean_vertices - model.landmark_mean[EARS][:, None], axis=2)
    ear = head & ((away < EAR) | outer_ears())
    return Places(crown, face, behind, behind & (y > eyes[1]), beside, scalp, front, ear)
