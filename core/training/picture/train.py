"""Trains the network that sees depth in pictures; can be stopped at any moment and gone on with."""

from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from ...body.model import BodyModel
from ...events import Events
from ...lifting import LOOKER
from ...lifting.picture_network import SURFACE, UNIT, PictureNet, Points
from ...weights_file import read_weights
from ..dataset import DataSet
from ..lifting.moves import load_moves
from ..training import CHECKPOINT_EVERY, LossLog, Training, weighted
from .album import Album
from .clouds import Clouds
from .degrade import degraded
from .draws import Draws
from .film import shoot
from .stances import Stances

BATCH, RATE = 256, 6e-4
LAYOUT = torch.channels_last
# MediaPipe's features have seen more of the world than our avatars show: they change slowly.
BACKBONE_SHARE = 0.25
WEIGHTS = {"depth": 1.0, "image": 1.0, "depth_spread": 0.5, "image_spread": 0.5, "early": 0.5}
# Pictures that are kept to be seen again, differently degraded; how many new ones come at a time, and how many steps
# these times are apart: filming few takes hardly less time than many.
KEPT, NEW, FILM_EVERY = 8192, 128, 2
# Ways through a layer that are tried: all of them take half a minute.
WAYS = 3
VALIDATE_EVERY, VALIDATED, FIRST_VALIDATED = 500, 512, 10**6
# Frames of a motion that stances are apart.
EVERY = 2
# Metres that a side of the picture has where somebody of 1.7 m stands.
SIDE = 1.7 / 0.8 * 1.06


def train_picture(
    known: tuple[Clouds, Stances],
    unseen: tuple[Clouds, Stances],
    start: Path,
    folder: Path,
    seconds: float,
    events: Events,
) -> Training[PictureNet]:
    """Train until the run has lasted `seconds` in all, in which the rate falls to its least.

    known, unseen: people and stances to train with, and held-out ones, all on the device; start: weights with which a
    new run begins: the ones at hand, or MediaPipe's (mediapipe_graph.py). Raises RestageError `weights_unreadable`.
    """
    torch.manual_seed(0)
    device = known[0].places.device
    network = PictureNet()
    read_weights(network, start)
    network = network.to(device, memory_format=LAYOUT)  # pyright: ignore[reportCallIssue]
    training = Training.open(folder, LOOKER.stem, network, RATE, {"backbone.": BACKBONE_SHARE})
    log, album = LossLog(training, seconds, events), Album(KEPT, device)
    network.train()
    # The shapes are the same in every step: the fastest way through them is worth looking for.
    torch.backends.cudnn.benchmark, torch.backends.cudnn.benchmark_limit = True, WAYS
    while training.seconds < seconds:
        with training.timed():
            draws = Draws.of(BATCH, 2 * training.step, device)
            with torch.no_grad():
                if training.step % FILM_EVERY == 0 or not len(album):
                    album.add(shoot(*known, Draws.of(NEW, 2 * training.step + 1, device)))
                shots = album.draw(draws)
                pictures = degraded(shots, draws).contiguous(memory_format=LAYOUT)
            with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
                stages = network.stages(pictures)
            losses = losses_of(stages, shots.points)
            training.advance(weighted(losses, WEIGHTS), seconds)
            # The card is waited for here.
            log.add(losses)
        if training.step % CHECKPOINT_EVERY == 0:
            training.save()
        if training.step % VALIDATE_EVERY == 0:
            training.log(validate(training.mean, unseen))
    training.log(validate(training.mean, unseen))
    training.save()
    return training


def people_of(dataset: DataSet, motions: Path, split: str, device: torch.device) -> tuple[Clouds, Stances]:
    """Everything that pictures of a split are drawn from."""
    clouds = Clouds.load(dataset.avatars, dataset.folder.parent / "bodies")
    return clouds.to(device), Stances.of(load_moves(motions, split), EVERY, device)


def losses_of(stages: list[Points], truth: Tensor) -> dict[str, Tensor]:
    """Mean absolute errors in depth and in the picture, and the likelihoods of both under Laplace distributions whose
    spreads the network says, all in UNITs; `early`: the weighted sum of those of the stages before the last."""
    known = _known(truth.device)
    *early, last = [_losses(found, truth, known) for found in stages]
    weights = {name: WEIGHTS[name] for name in last}
    return last | {"early": torch.stack([weighted(losses, weights) for losses in early]).mean()}


def _losses(found: Points, truth: Tensor, known: Tensor) -> dict[str, Tensor]:
    image = (found.image.float() - truth[..., :2]).abs().sum(dim=2)[:, known] / UNIT
    depth = (found.depth.float() - truth[..., 2]).abs()[:, known] / UNIT
    spreads = found.spreads.float()[:, known]
    return {
        "depth": depth.mean(),
        "image": image.mean(),
        "depth_spread": (depth * torch.exp(-spreads[..., 1]) + spreads[..., 1]).mean(),
        "image_spread": (image * torch.exp(-spreads[..., 0]) + spreads[..., 0]).mean(),
    }


def validate(network: PictureNet, unseen: tuple[Clouds, Stances]) -> dict[str, float]:
    """Centimetres that points of held-out people in held-out motions are off, of landmarks and of the surface."""
    device = unseen[0].places.device
    errors = []
    for part in range(VALIDATED // NEW):
        draws = Draws.of(NEW, FIRST_VALIDATED + part, device)
        with torch.no_grad(), torch.backends.cudnn.flags(benchmark=False):
            shots = shoot(*unseen, draws, varied=False)
            found = network(degraded(shots, draws))
        errors.append(torch.cat([found.image, found.depth[..., None]], dim=2) - shots.points)
    error = 100 * SIDE * torch.cat(errors).abs()[:, _known(device)].mean(dim=0)
    return {
        "landmarks_depth": float(error[:-SURFACE, 2].mean()),
        "surface_depth": float(error[-SURFACE:, 2].mean()),
        "landmarks_image": float(error[:-SURFACE, :2].norm(dim=1).mean()),
        "surface_image": float(error[-SURFACE:, :2].norm(dim=1).mean()),
    }


@lru_cache(maxsize=1)
def _known(device: torch.device) -> Tensor:
    """(Q,) which points the body model has."""
    exists = torch.from_numpy(BodyModel.load().landmark_exists)
    return torch.cat([exists, torch.ones(SURFACE, dtype=torch.bool)]).to(device)
