"""Batches for Restage's own network, made on the device that trains from samples that its memory holds."""

import time
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ..errors import RestageError
from ..open.inputs import columns_shown, filled
from ..open.network import COLUMNS, MAP
from .degrade import degraded

# Share of the samples that get the body as a fit might err, and that are mirrored.
NOISY, MIRRORED = 0.5, 0.5
# A batch is chosen from so many times as many samples.
DRAWN = 4
# Samples that are held, of 2.2 MB each; of more, the ones that were read first are read again when they are needed.
HELD = 4000
# Seconds after which the folder is looked through for new samples.
LOOK_EVERY = 10.0
# Channels that change their sign in a mirror: x of normals and of ways.
MIRRORED_SIGNS = {"picture": (), "maps": (2, 6, 9), "sides": (1, 5), "known": (), "details": (0, 3)}
MIRRORED_POINTS = {"points": (0,), "body": (1, 4, 8)}


class Samples:
    """The samples of a folder, which may get more meanwhile. Safe to be asked by several threads."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        self._folder, self._device = folder, device
        self._paths: list[Path] = []
        self._looked = -np.inf
        self._held: dict[Path, dict[str, Tensor]] = {}

    @property
    def paths(self) -> list[Path]:
        """All that there are, sorted. Raises RestageError `dataset_empty`."""
        if time.monotonic() - self._looked > LOOK_EVERY:
            self._paths = sorted(self._folder.glob("*.npz"))
            self._looked = time.monotonic()
        if not self._paths:
            self._looked = -np.inf
            raise RestageError("dataset_empty", f"{self._folder} holds no sample. Make some with `dataset make` first.")
        return self._paths

    def sample(self, path: Path) -> dict[str, Tensor]:
        """`read_sample`, from memory if it is held."""
        sample = self._held.get(path)
        if sample is None:
            # Single numbers are for this side.
            sample = {
                name: value.to(self._device) if value.dim() else value for name, value in read_sample(path).items()
            }
            while len(self._held) >= HELD:
                self._held.pop(next(iter(self._held)), None)
            self._held[path] = sample
        return sample

    def batch(self, step: int, size: int, count: int) -> dict[str, Tensor]:
        """`size` random samples with `count` points each; depends on the step's number and the samples alone. People
        who need about as many columns come together, which saves a quarter of the work."""
        paths, rng = self.paths, np.random.default_rng([1, step])
        drawn = sorted((paths[int(index)] for index in rng.integers(len(paths), size=DRAWN * size)), key=_width)
        first = int(rng.integers(len(drawn) - size + 1))
        return batch_of([self.sample(path) for path in drawn[first : first + size]], count, rng)


def read_sample(path: Path) -> dict[str, Tensor]:
    """What is held of a sample. Of picture, normals and behind: (4, 6 and 3, 256, 256) bytes; known (128, 128) bytes.
    Of the true body and the erring one: maps (2, 12, 128, 128), filled; depths (2, 2, 128, 128) front and back; points
    (2, N, 3); body (2, N, 11), halves. inside (N,) bytes; shown () columns that hold the person."""
    with np.load(path, allow_pickle=False) as values:
        picture = values["picture"].transpose(2, 0, 1)
        step = picture.shape[1] // MAP
        normals = np.concatenate([values["front_normals"], values["back_normals"]], axis=2).transpose(2, 0, 1)
        maps = np.stack([filled(values[f"{body}_maps"].astype(np.float32)) for body in ("body", "noisy")])
        # Every second pixel: normals and depths of neighbours may not be mixed over an edge.
        known = picture[3, ::step, ::step]
        points = np.stack([values["body_places"], values["noisy_places"]])
        sample: dict[str, npt.NDArray[np.generic]] = {
            "picture": picture,
            "normals": normals,
            "behind": values["behind"].transpose(2, 0, 1),
            "known": known,
            "maps": maps.astype(np.float16),
            "depths": np.stack([values["depths"], values["noisy_depths"]])[..., ::step, ::step],
            "points": points,
            "body": np.stack([values["body_points"], values["noisy_points"]]),
            "inside": np.unpackbits(values["inside"])[: points.shape[1]],
            "shown": np.array(columns_shown(known / np.float32(255), maps[:, 0].max(axis=0), COLUMNS)),
        }
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in sample.items()}


def batch_of(
    samples: list[dict[str, Tensor]], count: int | None = None, rng: np.random.Generator | None = None
) -> dict[str, Tensor]:
    """Samples as the network and its losses take them, cut to the W columns of 256 that hold the people: picture (B, 4,
    256, W); maps (B, 12, 128, W / 2); points (B, N, 3), body (B, N, 11), inside (B, N) of `count` points, or all; sides
    (B, 8, 128, W / 2) true front and back, known (B, 1, 128, W / 2) where they exist; details (B, 9, 256, W) true
    normals and colours. With rng they vary: the body errs or not, pictures are degraded, some are mirrored."""
    device, size = samples[0]["picture"].device, len(samples)
    erring = np.zeros(size, bool) if rng is None else rng.random(size) < NOISY

    def stacked(name: str, scale: float = 1.0) -> Tensor:
        return torch.stack([sample[name] for sample in samples]).float() / scale

    def of_body(name: str) -> Tensor:
        return torch.stack([sample[name][int(errs)] for sample, errs in zip(samples, erring, strict=True)]).float()

    picture, behind, normals = stacked("picture", 255), stacked("behind", 255), stacked("normals", 127)
    points, body, inside, depths = of_body("points"), of_body("body"), stacked("inside"), of_body("depths")
    step = picture.shape[-1] // MAP
    coarse = normals[..., ::step, ::step]
    if rng is None:
        picture = torch.cat([picture[:, :3] * picture[:, 3:], picture[:, 3:]], dim=1)
    else:
        noise = torch.Generator(device).manual_seed(int(rng.integers(2**31)))
        picture, gain = degraded(picture, rng, noise)
        behind = (behind * gain).clamp(0, 1)
        if count is not None:
            chosen = torch.rand(inside.shape, generator=noise, device=device).argsort(dim=1)[:, :count]
            rows = torch.arange(size, device=device)[:, None]
            points, body, inside = points[rows, chosen], body[rows, chosen], inside[rows, chosen]
    batch = {
        "picture": picture, "maps": of_body("maps"), "points": points, "body": body, "inside": inside,
        "sides": torch.cat([depths[:, :1], coarse[:, :3], depths[:, 1:], coarse[:, 3:]], dim=1),
        "known": stacked("known", 255)[:, None], "details": torch.cat([normals, behind], dim=1),
    }  # fmt: skip
    if rng is not None:
        batch = mirrored(batch, torch.from_numpy(rng.random(size) < MIRRORED).to(device))
    return _cut(batch, max(int(sample["shown"]) for sample in samples))


def mirrored(batch: dict[str, Tensor], chosen: Tensor) -> dict[str, Tensor]:
    """The same people in a mirror, where chosen (B,)."""
    result = dict(batch)
    for name, channels in MIRRORED_SIGNS.items():
        signs = batch[name].new_ones(batch[name].shape[1], 1, 1)
        signs[list(channels)] = -1
        result[name] = torch.where(chosen[:, None, None, None], batch[name].flip(-1) * signs, batch[name])
    for name, channels in MIRRORED_POINTS.items():
        signs = batch[name].new_ones(batch[name].shape[2])
        signs[list(channels)] = -1
        result[name] = torch.where(chosen[:, None, None], batch[name] * signs, batch[name])
    return result


def _cut(batch: dict[str, Tensor], shown: int) -> dict[str, Tensor]:
    """Pictures cut to the `shown` middle columns of MAP, in the layout that devices convolve fastest."""
    result = dict(batch)
    for name in MIRRORED_SIGNS:
        wide = batch[name].shape[-1]
        kept = shown * wide // MAP
        cut = batch[name][..., (wide - kept) // 2 : (wide + kept) // 2]
        result[name] = cut.contiguous(memory_format=torch.channels_last)
    return result


@cache
def _width(path: Path) -> int:
    """Of a sample's person, from the crop's middle, pixels."""
    with np.load(path, allow_pickle=False) as values:
        columns = np.flatnonzero(values["picture"][..., 3].any(axis=0)) - values["picture"].shape[1] // 2
    return int(np.abs(columns).max(initial=0))
