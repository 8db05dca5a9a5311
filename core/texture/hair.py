"""Where the head has hair: what is seen of it from the front tells the colour of what is hidden behind."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel

# MediaPipe's numbers of the head's landmarks; metres from the eyes up to the hair, and from the ears down to where it
# ends; vertices that must be known of it, and so many of them of another colour than skin.
EYES, EARS, MOUTH = [2, 5], [7, 8], [9, 10]
HAIRLINE, NAPE, LEAST_CROWN, LEAST_HAIR = 0.06, 0.04, 10, 4
# From this share of the head behind and above the ears on, its colours tell more than the crown's.
ASIDE = 0.1
# Colours (0-255) further than this from the face's, in some light between these, are no skin.
NO_SKIN, LIGHT = 50.0, (0.85, 1.6)

Colours = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]


def with_hair(hidden: Colours, colours: Colours, known: Chosen) -> Colours:
    """`hidden`, the body's colours (V, 3) 0-255 where nothing is known, with the back of the head like the hair above
    the forehead, of which `colours` (V, 3) are `known` (V,). Who is bald has no hair in either place,
    and who is seen from aside shows the hair there."""
    crown, face, behind, high = _hair()
    aside = np.count_nonzero(high & known) > ASIDE * np.count_nonzero(high)
    seen = colours[(high if aside else crown) & known]
    if len(seen) <= LEAST_CROWN:
        return hidden
    if (face & known).any() and not aside:
        # Not everybody's hair begins as low as the body's crown.
        skin = np.median(colours[face & known], axis=0)
        light = np.clip(seen @ skin / max(float(skin @ skin), 1.0), *LIGHT)
        hair = seen[np.linalg.norm(seen - light[:, None] * skin, axis=1) > NO_SKIN]
        seen = hair if len(hair) >= LEAST_HAIR else seen
    return np.where(behind[:, None], np.median(seen, axis=0), hidden).astype(np.float32)


@cache
def _hair() -> tuple[Chosen, Chosen, Chosen, Chosen]:
    """Vertices of the head, each (V,): where hair shows from the front, above the forehead; the face between eyes and
    mouth; where hair is behind, from the ears backwards down to the nape; and of that what is above the eyes."""
    model = BodyModel.load()
    head = (model.parts == model.part_names.index("head")) & model.exterior
    ears, eyes = model.landmark_mean[EARS].mean(axis=0), model.landmark_mean[EYES].mean(axis=0)
    _, y, z = model.mean_vertices.T
    crown = head & (y > eyes[1] + HAIRLINE)
    mouth = model.landmark_mean[MOUTH].mean(axis=0)
    face = head & model.exterior & (y < eyes[1]) & (y > mouth[1]) & (z > (ears[2] + mouth[2]) / 2)
    behind = head & (z < ears[2]) & (y > ears[1] - NAPE)
    return crown, face, behind, behind & (y > eyes[1])
