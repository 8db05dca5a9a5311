"""Batches for Restage's own network, from the samples on disk."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..open.inputs import columns_shown, filled, masked_picture
from ..open.network import COLUMNS, MAP

Float = npt.NDArray[np.float32]

# Share of the samples that get the body as a fit might err, and that are mirrored.
NOISY, MIRRORED = 0.5, 0.5
# A batch is chosen from so many times as many samples.
DRAWN = 4
# Channels that change their sign in a mirror: x of normals and of ways.
MIRRORED_SIGNS = {"picture": (), "maps": (2, 6, 9), "sides": (1, 5), "known": (), "details": (0, 3)}
MIRRORED_POINTS = (1, 4, 8)


def read_sample(path: Path, rng: np.random.Generator, count: int, augment: bool = True) -> dict[str, Float]:
    """A sample as the network and its losses take it: picture (4, 256, 256); maps (12, 128, 128); points (N, 3), body
    (N, 11), inside (N,) of `count` points, or all; sides (8, 128, 128) true front and back, known (128, 128) where they
    exist; details (9, 256, 256) true normals and colours."""
    with np.load(path, allow_pickle=False) as values:
        variant = "noisy" if augment and rng.random() < NOISY else "body"
        picture, mask = values["picture"][..., :3], values["picture"][..., 3].astype(np.float32) / 255
        maps = filled(values[f"{variant}_maps"].astype(np.float32))
        places = values[f"{variant}_places"]
        chosen = rng.choice(len(places), min(count, len(places)), replace=False)
        points = places[chosen].astype(np.float32)
        body = values[f"{variant}_points"][chosen].astype(np.float32)
        inside = np.unpackbits(values["inside"])[: len(places)][chosen].astype(np.float32)
        normals = [
            values[name].transpose(2, 0, 1).astype(np.float32) / 127 for name in ("front_normals", "back_normals")
        ]
        behind = values["behind"].transpose(2, 0, 1).astype(np.float32) / 255
        depths = values["depths" if variant == "body" else "noisy_depths"].astype(np.float32)
    # Every second pixel: normals of neighbours may not be mixed over an edge.
    step = mask.shape[0] // MAP
    sides = np.concatenate([depths[:1], normals[0], depths[1:], normals[1]])[:, ::step, ::step]
    known = mask[::step, ::step].copy()
    if augment:
        picture, mask, gain = degraded(picture, mask, rng)
        behind = np.clip(behind * gain[:, None, None], 0, 1)
    sample = {
        "picture": masked_picture(picture, mask), "maps": maps, "points": points, "body": body, "inside": inside,
        "sides": sides.astype(np.float32), "known": known, "details": np.concatenate([*normals, behind]),
    }  # fmt: skip
    return mirrored(sample) if augment and rng.random() < MIRRORED else sample


def degraded(
    picture: npt.NDArray[np.uint8], mask: Float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], Float, Float]:
    """As cameras and estimated masks are: other exposure and colours, blur, noise; an edge that is off by a pixel, with
    something of the background inside it. The third value is the gain (3,) of the colours."""
    gain = rng.uniform(0.7, 1.3) * rng.uniform(0.9, 1.1, 3)
    background = rng.uniform(0, 255, 3) + cv2.resize(rng.normal(0, 30, (6, 6, 3)), mask.shape[::-1])
    values = np.where(mask[..., None] > 0, picture * gain + rng.uniform(-12, 12), background)
    if rng.random() < 0.6:
        values = cv2.GaussianBlur(values, (0, 0), rng.uniform(0.3, 1.3))
    values = values + rng.normal(0, rng.uniform(0, 8), values.shape)
    size = int(rng.integers(-1, 2))
    kernel = np.ones((3, 3), np.uint8)
    edge = cv2.dilate(mask, kernel) if size > 0 else cv2.erode(mask, kernel) if size < 0 else mask
    soft = cv2.GaussianBlur(edge, (0, 0), rng.uniform(0.3, 1.5))
    return np.clip(values, 0, 255).astype(np.uint8), soft.astype(np.float32), gain.astype(np.float32)


def mirrored(sample: dict[str, Float]) -> dict[str, Float]:
    """The same person in a mirror."""
    result = {name: value.copy() for name, value in sample.items()}
    for name, signs in MIRRORED_SIGNS.items():
        result[name] = np.ascontiguousarray(result[name][..., ::-1])
        for channel in signs:
            result[name][channel] *= -1
    result["points"][:, 0] *= -1
    for channel in MIRRORED_POINTS:
        result["body"][:, channel] *= -1
    return result


def read_batch(paths: list[Path], rng: np.random.Generator, size: int, count: int) -> dict[str, Tensor]:
    """`size` random samples with `count` points each, stacked, cut to the columns that hold the people: people who need
    about as many come together, which saves a quarter of the work."""
    drawn = sorted((paths[int(index)] for index in rng.integers(len(paths), size=DRAWN * size)), key=_width)
    first = int(rng.integers(len(drawn) - size + 1))
    samples = [read_sample(path, rng, count) for path in drawn[first : first + size]]
    batch = {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}
    shown = columns_shown(batch["known"].max(axis=0), batch["maps"][:, 0].max(axis=0), COLUMNS)
    for name in MIRRORED_SIGNS:
        wide = batch[name].shape[-1]
        kept = shown * wide // MAP
        batch[name] = batch[name][..., (wide - kept) // 2 : (wide + kept) // 2]
    tensors = {name: torch.from_numpy(np.ascontiguousarray(values)) for name, values in batch.items()}
    return {
        name: value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value
        for name, value in tensors.items()
    }


@cache
def _width(path: Path) -> int:
    """Of a sample's person, from the crop's middle, pixels."""
    with np.load(path, allow_pickle=False) as values:
        columns = np.flatnonzero(values["picture"][..., 3].any(axis=0)) - values["picture"].shape[1] // 2
    return int(np.abs(columns).max(initial=0))
