"""A look at people who are not trained with: figures for the log, and a picture of what the network sees in them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ..open.network import OpenNet
from ..picture import write_png
from .batches import read_sample

Float = npt.NDArray[np.float32]

SAMPLES, SHOWN, POINTS = 16, 5, 8000


def validate(network: OpenNet, samples: Path, picture: Path) -> dict[str, float]:
    """Share of points on the wrong side, of the network and of the body alone, over the first held-out samples; and a
    PNG, a row for each person: picture; front normals, predicted and true; back normals; colours of the back."""
    wrong, body, rows = [], [], []
    rng = np.random.default_rng(0)
    for path in sorted(samples.glob("*.npz"))[:SAMPLES]:
        sample = read_sample(path, rng, POINTS, augment=False)
        tensors = {name: torch.from_numpy(np.ascontiguousarray(values))[None] for name, values in sample.items()}
        with torch.inference_mode():
            encoded = network.encode(tensors["picture"], tensors["maps"])
            inside = network.decode(encoded, tensors["points"], tensors["body"])[0].numpy() > 0
        wrong.append(float((inside != (sample["inside"] > 0.5)).mean()))
        body.append(float(((sample["body"][:, 0] < 0) != (sample["inside"] > 0.5)).mean()))
        if len(rows) < SHOWN:
            rows.append(_row(sample, encoded.details[0].numpy()))
    if rows:
        write_png(picture, np.concatenate(rows))
    return {"held_out_error": round(float(np.mean(wrong)), 4), "held_out_body": round(float(np.mean(body)), 4)}


def _row(sample: dict[str, Float], predicted: Float) -> npt.NDArray[np.uint8]:
    known = sample["picture"][3] > 0.5
    pairs = np.stack([predicted, sample["details"]])
    # Normals as colours.
    pairs[:, :6] = (pairs[:, :6] + 1) / 2
    parts = [pair[first : first + 3] * known for first in (0, 3, 6) for pair in pairs]
    return np.clip(np.concatenate([sample["picture"][:3], *parts], axis=2).transpose(1, 2, 0) * 255, 0, 255).astype(
        np.uint8
    )
