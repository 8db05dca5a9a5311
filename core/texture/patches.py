"""Texture by example: patches of a picture laid beside each other in random order, so that no borders show and nothing
repeats."""

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]

# Patches lie in what the picture shows, but for the rest of them.
WHOLE = 0.9
# Of the patches, from weak to strong, those from the first share to the second: no logo, and nothing blurred. So many
# at most; and what is mostly stronger than PRINT, 0-255, is a print, which has an order.
TYPICAL, MOST, PRINT = (0.2, 0.6), 64, 30.0


def middles_of(shown: Mask, reach: int) -> Indices:
    """(P, 2) row and column of the middles of patches that lie almost wholly in what a picture has `shown` (S, S)."""
    import cv2

    # What is beyond the picture is not shown.
    share = cv2.blur(shown.astype(np.float32), (2 * reach + 1, 2 * reach + 1), borderType=cv2.BORDER_CONSTANT)
    step = max(1, reach // 4)
    middles = np.argwhere(share[::step, ::step] > WHOLE) * step
    return middles[((middles >= reach) & (middles < len(shown) - reach)).all(axis=1)]


def without_light(picture: Float, shown: Mask, width: float) -> Float:
    """(S, S, C) a picture's values (S, S, C), where it is `shown` (S, S), against those around, `width` pixels wide."""
    import cv2

    share = shown.astype(np.float32)[..., None]
    total = np.concatenate([picture * share, share], axis=2)
    soft = np.asarray(cv2.GaussianBlur(total, (0, 0), width), np.float32)
    return share * (picture - soft[..., :-1] / np.maximum(soft[..., -1:], 1e-6))


def typical(source: Float, middles: Indices, reach: int) -> Indices:
    """At most MOST of the patches (P, 2), row and column of their middles, none much weaker or stronger than the others
    in colours `source` (S, S, 3), 0-255."""
    import cv2

    side = 2 * reach + 1
    strength = np.sqrt(cv2.blur((source**2).mean(axis=2), (side, side))[middles[:, 0], middles[:, 1]])
    if np.median(strength) > PRINT:
        return middles[:0]
    low, high = np.quantile(strength, TYPICAL)
    ordinary = middles[(strength >= low) & (strength <= high)]
    return np.random.default_rng(len(ordinary)).permutation(ordinary)[:MOST]


def laid(source: Float, patches: Indices, reach: int, places: Indices) -> Float:
    """(M, C) at places (M, 2), row and column, the `patches` (P, 2) of `source` (S, S, C) on a lattice of triangles, as
    strong everywhere as one alone (variance-preserving blending: Heitz and Neyret, High-Performance By-Example Noise
    using a Histogram-Preserving Blending Operator, HPG 2018, section 3)."""
    up, left = np.sqrt(0.75) * reach, reach / 2
    row = places[:, 0] / up
    lattice = np.stack([row, (places[:, 1] - left * row) / reach], axis=1)
    first = np.floor(lattice).astype(int)
    within = lattice - first
    # A rhombus is two triangles, of which one is the other turned over.
    over = within.sum(axis=1, keepdims=True) > 1.0
    within = np.where(over, 1.0 - within, within)
    weights = np.column_stack([1.0 - within.sum(axis=1), within]).astype(np.float32)
    chosen = np.random.default_rng(len(patches)).integers(len(patches), size=(2 * len(source) // reach + 4,) * 2)
    total = np.zeros((len(places), source.shape[2]), np.float32)
    for weight, corner in zip(weights.T, ((0, 0), (1, 0), (0, 1)), strict=True):
        node = first + np.where(over, np.subtract(1, corner), corner)
        middle = np.stack([up * node[:, 0], reach * node[:, 1] + left * node[:, 0]], axis=1)
        taken = patches[chosen[node[:, 0], node[:, 1]]] + np.clip(np.round(places - middle), -reach, reach).astype(int)
        total += weight[:, None] * source[taken[:, 0], taken[:, 1]]
    return total / np.linalg.norm(weights, axis=1, keepdims=True)
