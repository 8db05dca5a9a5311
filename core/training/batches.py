"""Batches for Restage's own network, from the samples on disk."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..open.inputs import filled, masked_picture
from ..open.network import MAP

Float = npt.NDArray[np.float32]

# Share of the samples that get the body as a fit might err, and that are mirrored.
NOISY, MIRRORED = 0.5, 0.5
# Channels that change their sign in a mirror: x of normals and of ways.
MIRRORED_MAPS, MIRRORED_POINTS, MIRRORED_SIDES = (2, 6), (1, 4), (1, 5)


def read_sample(path: Path, rng: np.random.Generator, count: int, augment: bool = True) -> dict[str, Float]:
    """picture (4, 256, 256), maps (9, 128, 128), points (count, 3), body (count, 8), inside (count,), sides (8, 128,
    128) true front and back, known (128, 128) where these exist."""
    with np.load(path, allow_pickle=False) as values:
        variant = "noisy" if augment and rng.random() < NOISY else "body"
        picture, mask = values["picture"][..., :3], values["picture"][..., 3].astype(np.float32) / 255
        maps = filled(values[f"{variant}_maps"].astype(np.float32))
        chosen = rng.choice(len(values["points"]), count, replace=False)
        points = values["points"][chosen].astype(np.float32)
        body = values[f"{variant}_points"][chosen].astype(np.float32)
        inside = np.unpackbits(values["inside"])[: len(values["points"])][chosen].astype(np.float32)
        front, back, depths = values["front_normals"], values["back_normals"], values["depths"].astype(np.float32)
    # Every second pixel: normals of neighbours may not be mixed over an edge.
    step = front.shape[0] // MAP
    sides = np.concatenate([depths[:1], front.transpose(2, 0, 1) / 127, depths[1:], back.transpose(2, 0, 1) / 127])[
        :, ::step, ::step
    ].astype(np.float32)
    known = mask[::step, ::step].copy()
    if augment:
        picture, mask = degraded(picture, mask, rng)
    sample = {
        "picture": masked_picture(picture, mask), "maps": maps, "points": points, "body": body, "inside": inside,
        "sides": sides, "known": known,
    }  # fmt: skip
    return mirrored(sample) if augment and rng.random() < MIRRORED else sample


def degraded(
    picture: npt.NDArray[np.uint8], mask: Float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], Float]:
    """As cameras and estimated masks are: other exposure and colours, blur, noise; an edge that is off by a pixel."""
    values = picture.astype(np.float32) * rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3) + rng.uniform(-12, 12)
    if rng.random() < 0.5:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.3, 1.2))
    values = values + rng.normal(0, rng.uniform(0, 8), values.shape)
    size = int(rng.integers(-1, 2))
    kernel = np.ones((3, 3), np.uint8)
    edge = cv2.dilate(mask, kernel) if size > 0 else cv2.erode(mask, kernel) if size < 0 else mask
    soft = cv2.GaussianBlur(edge, (0, 0), rng.uniform(0.3, 1.5))
    return np.clip(values, 0, 255).astype(np.uint8), soft.astype(np.float32)


def mirrored(sample: dict[str, Float]) -> dict[str, Float]:
    """The same person in a mirror."""
    result = {name: value.copy() for name, value in sample.items()}
    for name, signs in (("picture", ()), ("maps", MIRRORED_MAPS), ("sides", MIRRORED_SIDES), ("known", ())):
        result[name] = np.ascontiguousarray(result[name][..., ::-1])
        for channel in signs:
            result[name][channel] *= -1
    result["points"][:, 0] *= -1
    for channel in MIRRORED_POINTS:
        result["body"][:, channel] *= -1
    return result


def read_batch(paths: list[Path], rng: np.random.Generator, size: int, count: int) -> dict[str, Tensor]:
    """`size` random samples with `count` points each, stacked."""
    chosen = [paths[int(index)] for index in rng.integers(len(paths), size=size)]
    samples = [read_sample(path, rng, count) for path in chosen]
    return {name: torch.from_numpy(np.stack([sample[name] for sample in samples])) for name in samples[0]}
