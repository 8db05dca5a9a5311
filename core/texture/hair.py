"""Where the head has hair: what is seen of it from the front tells the colour of what is hidden behind."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel

# MediaPipe's numbers of the head's landmarks; metres from the eyes up to the hair, and from the ears down to where it
# ends; vertices that must be known of it.
EYES, EARS = [2, 5], [7, 8]
HAIRLINE, NAPE, LEAST_CROWN = 0.06, 0.04, 10

Colours = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]


def with_hair(hidden: Colours, colours: Colours, known: Chosen) -> Colours:
    """`hidden`, the body's colours (V, 3) 0-255 where nothing is known, with the back of the head like the hair above
    the forehead, of which `colours` (V, 3) are `known` (V,). Who is bald has no hair in either place."""
    crown, behind = _hair()
    if (crown & known).sum() <= LEAST_CROWN:
        return hidden
    return np.where(behind[:, None], np.median(colours[crown & known], axis=0), hidden).astype(np.float32)


@cache
def _hair() -> tuple[Chosen, Chosen]:
    """Vertices of the head, each (V,): where hair shows from the front, above the forehead; and where it is behind,
    from the ears backwards down to the nape."""
    model = BodyModel.load()
    head = (model.parts == model.part_names.index("head")) & model.exterior
    ears, eyes = model.landmark_mean[EARS].mean(axis=0), model.landmark_mean[EYES].mean(axis=0)
    _, y, z = model.mean_vertices.T
    crown = head & (y > eyes[1] + HAIRLINE)
    return crown, head & (z < ears[2]) & (y > ears[1] - NAPE)
