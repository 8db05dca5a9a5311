"""A look at how far a training is: figures for the log, and a picture of what the network sees in a few people."""

import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from ..errors import RestageError
from ..open.network import OpenNet
from ..picture import write_png
from .batches import batch_of, read_sample
from .training import Training

Float = npt.NDArray[np.float32]

SAMPLES, SHOWN = 16, 5
# Pixels of the line above a picture's rows.
CAPTION = 32
LATEST = "latest.png"


@dataclass(frozen=True)
class Validation:
    """samples: the folder whose first samples are looked at; held_out: whether nothing of them is trained with."""

    samples: Path
    held_out: bool

    @classmethod
    def of(cls, samples: Path, held_out: Path | None) -> "Validation":
        """With held-out samples if there are any, else with those of the training, which tell less.

        Raises RestageError `dataset_empty` for a folder of held-out samples that holds none.
        """
        if held_out is None:
            return cls(samples, False)
        if not any(held_out.glob("*.npz")):
            raise RestageError(
                "dataset_empty",
                f"{held_out} holds no sample. Make some with `dataset make --split held_out`, or leave --held-out out.",
            )
        return cls(held_out, True)

    @property
    def kind(self) -> str:
        """How the log names its figures."""
        return "held_out" if self.held_out else "trained"

    def show(self, training: Training[OpenNet]) -> None:
        """Write `latest.png`, of SHOWN people: what the checkpoint sees."""
        validate(training.mean, self.samples, training.folder / LATEST, self._caption(training), SHOWN)

    def measure(self, training: Training[OpenNet]) -> None:
        """The same, figures of SAMPLES people for the log, and the picture once more, to be kept: `STEP.png`."""
        started = time.perf_counter()
        figures = validate(training.mean, self.samples, training.folder / LATEST, self._caption(training))
        kept = training.folder / f"{training.step:06d}.png"
        kept.write_bytes((training.folder / LATEST).read_bytes())
        spent = round(time.perf_counter() - started, 1)
        training.log({f"{self.kind}_{name}": value for name, value in figures.items()} | {"look_seconds": spent})

    def _caption(self, training: Training[OpenNet]) -> str:
        who = "held-out people" if self.held_out else "PEOPLE OF THE TRAINING, nobody is held out"
        return f"step {training.step}, {who}: picture; normals in front, behind, colours behind: found, true"


def validate(
    network: OpenNet, samples: Path, picture: Path, caption: str = "", count: int = SAMPLES
) -> dict[str, float]:
    """Share of points on the wrong side, of the network and of the body alone, over the first `count` samples, with
    true bodies; and a PNG, a row for each of SHOWN people below the caption: picture; front normals, predicted and
    true; back normals; colours of the back."""
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
    wide = max(row.shape[1] for row in rows)
    top = np.full((CAPTION, wide, 3), 255, np.uint8)
    cv2.putText(top, caption, (8, 21), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
    padded = [np.pad(row, ((0, 0), (0, wide - row.shape[1]), (0, 0))) for row in rows]
    write_png(picture, np.concatenate([top, *padded]))
    return {"error": round(float(np.mean(wrong)), 4), "body": round(float(np.mean(body)), 4)}


def _row(picture: torch.Tensor, predicted: torch.Tensor, true: torch.Tensor) -> npt.NDArray[np.uint8]:
    known = picture[3] > 0.5
    pairs = torch.stack([predicted, true])
    # Normals as colours.
    pairs[:, :6] = (pairs[:, :6] + 1) / 2
    parts = [pair[first : first + 3] * known for first in (0, 3, 6) for pair in pairs]
    row = torch.cat([picture[:3], *parts], dim=2).permute(1, 2, 0).clamp(0, 1) * 255
    return row.byte().cpu().numpy()
