"""What legs are like that no picture shows: trousers go on, and below a coat or a pullover there are dark ones."""

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel

# Where nothing tells: 0-255; trousers below what is darker than that are like it, as suits are.
TROUSERS, SHOES = (46.0, 48.0, 56.0), (38.0, 36.0, 36.0)
# Below this share of shins and feet nothing of them is seen; metres above the lowest that is seen in which skin would
# be; so many vertices tell a colour.
UNSEEN, ABOVE, LEAST = 0.02, 0.1, 20
# Colours (0-255) that differ by less, in some light between these, are of one garment, or of one skin.
LIKE, LIGHT = 45.0, (0.5, 1.6)
# Of what is seen of trunk and thighs, the share that is lower than where legs begin to be guessed.
LOWEST = 0.02

Colours = npt.NDArray[np.float32]
Chosen = npt.NDArray[np.bool_]


def with_legs(hidden: Colours, colours: Colours, known: Chosen) -> Colours:
    """`hidden`, the body's colours (V, 3) 0-255 where nothing is known, with legs below all that `colours` (V, 3) tell
    where they are `known` (V,); unchanged where shins or feet are seen.

    Of skirts and shorts the skin goes on. What covers trunk and thighs alike ends where the picture does.
    """
    model = BodyModel.load()
    trunk, thighs, lower = model.of_parts("torso"), model.of_parts("thigh"), model.of_parts("shin", "foot")
    above = (trunk | thighs) & known
    if np.count_nonzero(lower & known) > UNSEEN * np.count_nonzero(lower) or np.count_nonzero(above) < LEAST:
        return hidden
    height = model.mean_vertices[:, 1]
    hem = float(np.quantile(height[above], LOWEST))
    leg, foot = np.array(TROUSERS, np.float32), np.array(SHOES, np.float32)
    end = _median(colours[thighs & known & (height < hem + ABOVE)])
    worn, top, skin = (_median(colours[part & known]) for part in (thighs, trunk, model.of_parts("head", "hand")))
    if end is not None and skin is not None and _alike(end, skin):
        leg = foot = end
    elif worn is not None and top is not None and not _alike(worn, top):
        leg = worn
    elif top is not None and top.mean() < leg.mean():
        leg = top
    result = hidden.copy()
    below = (thighs | lower) & (height < hem) & ~known
    result[below] = leg
    result[below & model.of_parts("foot")] = foot
    return result


def _median(colours: Colours) -> Colours | None:
    """(3,) of colours (N, 3); None of too few."""
    return np.median(colours, axis=0).astype(np.float32) if len(colours) >= LEAST else None


def _alike(colour: Colours, other: Colours) -> bool:
    """Whether colours (3,) may be the same in another light."""
    light = np.clip(colour @ other / max(float(other @ other), 1.0), *LIGHT)
    return float(np.linalg.norm(colour - light * other)) < LIKE
