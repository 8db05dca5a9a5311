"""A look at people who are not trained with: figures for the log, and a picture of what the network sees in them."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from ..open.network import OpenNet
from ..picture import write_png
from .batches import batch_of, read_sample

Float = npt.NDArray[np.float32]

SAMPLES, SHOWN = 16, 5


def validate(network: OpenNet, samples: Path, picture: Path, count: int = SAMPLES) -> dict[str, float]:
    """Share of points on the wrong side, of the network and of the body alone, over the first `count` held-out samples,
    with true bodies; and a PNG, a row for each person: picture; front normals, predicted and true; back normals;
    colours of the back."""
    wrong, body, rows = [], [], []
    device = next(network.parameters()).device
    for path in sorted(samples.glob("*.npz"))[:count]:
        batch = {name: value.to(device) for name, value in batch_of([read_sample(path)]).items()}
        with torch.inference_mode():
            encoded = network.encode(batch["picture"], batch["maps"])
            inside = network.decode(encoded, batch["points"], batch["body"]) > 0
        wrong.append(float((inside != (batch["inside"] > 0.5)).float().mean()))
        body.append(float(((batch["body"][..., 0] < 0) != (batch["inside"] > 0.5)).float().mean()))
        if len(rows) < SHOWN:
            rows.append(_row(batch["picture"][0], encoded.details[0], batch["details"][0]))
    if rows:
        wide = max(row.shape[1] for row in rows)
        write_png(picture, np.concatenate([np.pad(row, ((0, 0), (0, wide - row.shape[1]), (0, 0))) for row in rows]))
    return {"held_out_error": round(float(np.mean(wrong)), 4), "held_out_body": round(float(np.mean(body)), 4)}


def _row(picture: torch.Tensor, predicted: torch.Tensor, true: torch.Tensor) -> npt.NDArray[np.uint8]:
    known = picture[3] > 0.5
    pairs = torch.stack([predicted, true])
    # Normals as colours.
    pairs[:, :6] = (pairs[:, :6] + 1) / 2
    parts = [pair[first : first + 3] * known for first in (0, 3, 6) for pair in pairs]
    row = torch.cat([picture[:3], *parts], dim=2).permute(1, 2, 0).clamp(0, 1) * 255
    return row.byte().cpu().numpy()
