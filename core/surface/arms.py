"""Keeps arms out of clothes: a hand beside a naked hip lies inside the coat that the person wears."""

from functools import cache

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from .sampling import crop_pixels
from .silhouette import depth_range

Array = npt.NDArray[np.float32]

# Pixels of the crop in which depths are compared.
SIZE = 256
TRUNK = ("torso", "thigh")
# Along the forearm, from the elbow at 0 to the wrist at 1: what is nearer to the elbow stays where it is.
STAYS = 0.3
# Shares of an arm inside the clothes: with the first it stays, with the second it is moved all the way.
INSIDE = (0.3, 0.6)
# Of the arm's vertices, so many are to be outside in the end.
OUTSIDE = 0.97
# Metres: up to the first an arm is moved all the way, beyond the second not: then the pose is wrong.
FARTHEST = (0.20, 0.26)
# Metres that the way to the side on which the picture has no hand counts as longer.
UNLIKELY = 0.15


def clear_arms(
    vertices: Array, clothed: Array, metres_per_unit: float, shown: tuple[bool, bool] | None = None
) -> Array:
    """(V, 3) canonical, each forearm and hand that lies inside the clothed trunk turned about the elbow until it is in
    front of the clothes or behind them: in the picture they stay where they are.

    vertices: (V, 3) canonical, the posed body's; clothed: (V, 3) the same with clothes; shown: whether the picture
    shows the left and the right hand, on whose side of the clothes they then come out, unless the way is far.
    """
    front, back = depth_range(clothed, SIZE, _trunk())
    rows, columns = crop_pixels(vertices, SIZE)
    moved = vertices.copy()
    for side, along in enumerate(_arms()):
        arm = np.flatnonzero((along > STAYS) & np.isfinite(front[rows, columns]))
        if not len(arm):
            continue
        depth = clothed[arm, 2]
        forwards, backwards = front[rows, columns][arm] - depth, depth - back[rows, columns][arm]
        inside = (forwards > 0) & (backwards > 0)
        needed = np.array([np.quantile(way / along[arm], OUTSIDE) for way in (forwards, backwards)]) * metres_per_unit
        longer = np.zeros(2) if shown is None else UNLIKELY * np.array([not shown[side], shown[side]])
        way = int(np.argmin(needed + longer))
        # From frame to frame an arm must not jump.
        share = np.interp(inside.sum() / (along > STAYS).sum(), INSIDE, (0.0, 1.0))
        share *= np.interp(needed[way], FARTHEST, (1.0, 0.0))
        moved[:, 2] += np.float32(share * max(needed[way], 0.0) * (1.0, -1.0)[way] / metres_per_unit) * along
    return moved


@cache
def _trunk() -> npt.NDArray[np.int32]:
    """(T, 3) triangles of the trunk."""
    model = BodyModel.load()
    return model.triangles[model.of_parts(*TRUNK)[model.triangles].all(axis=1)]


@cache
def _arms() -> tuple[Array, Array]:
    """(V,) for the left and the right arm: how far along the forearm each vertex lies, 0 (elbow) to 1 (wrist and
    hand); 0 elsewhere."""
    model = BodyModel.load()
    limb = model.of_parts("forearm", "hand")
    arms = []
    for side in ("L", "R"):
        elbow, wrist = (model.mean_heads[model.bone(f"{name}.{side}")] for name in ("lowerarm01", "wrist"))
        along = (model.mean_vertices - elbow) @ (wrist - elbow) / ((wrist - elbow) ** 2).sum()
        own = limb & (np.sign(model.mean_vertices[:, 0]) == np.sign(wrist[0]))
        arms.append((np.clip(along, 0.0, 1.0) * own).astype(np.float32))
    return arms[0], arms[1]
