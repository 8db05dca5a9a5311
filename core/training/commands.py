"""The commands `dataset` and `train`."""

import argparse
from pathlib import Path
from typing import Any, get_args

from ..errors import ExitCode
from ..events import Events
from ..lifting import LOOKER
from ..parallel import worker_count
from ..settings import Device
from .arguments import check_numbers
from .pamir.commands import add_pamir
from .scans.commands import add_scan


def add_dataset(commands: "argparse._SubParsersAction[Any]") -> None:
    """`dataset make`, `dress`, `sightings`, `scan`, `fit`: people and samples to train with."""
    actions = commands.add_parser("dataset", help="make what networks are trained with").add_subparsers(
        required=True, metavar="ACTION"
    )
    command = actions.add_parser("make", help="pose, film and label avatars; goes on where it stopped")
    command.add_argument("--avatars", type=Path, required=True, metavar="DIR")
    command.add_argument("--motions", type=Path, required=True, metavar="DIR")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="samples go to DIR/SPLIT")
    command.add_argument("--split", default="train", choices=["train", "held_out"])
    command.add_argument("--count", type=int, default=1000, metavar="N")
    command.add_argument("--start", type=int, default=0, metavar="N", help="number of the first sample")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--workers", type=int, default=0, metavar="N", help="samples at a time; 0: automatic")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_make)
    command = actions.add_parser("dress", help="more avatars: any build, in MakeHuman's clothes")
    command.add_argument(
        "--garments", type=Path, required=True, metavar="DIR", help=".mhclo files, hair below DIR/hair"
    )
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="where avatars are")
    command.add_argument("--count", type=int, default=60, metavar="N", help="people (default: %(default)s)")
    command.add_argument("--outfits", type=int, default=2, metavar="N", help="of each (default: %(default)s)")
    command.add_argument("--start", type=int, default=0, metavar="N", help="number of the first person")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_dress)
    command = actions.add_parser("sightings", help="what MediaPipe finds in pictures of avatars; goes on, too")
    command.add_argument("--avatars", type=Path, required=True, metavar="DIR")
    command.add_argument("--motions", type=Path, required=True, metavar="DIR")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="sightings go to DIR/SPLIT")
    command.add_argument("--split", default="train", choices=["train", "held_out"])
    command.add_argument("--files", type=int, default=50, metavar="N", help="of fifty pictures each")
    command.add_argument("--start", type=int, default=0, metavar="N", help="number of the first file")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_sightings)
    add_scan(actions)


def _sightings(options: argparse.Namespace, events: Events) -> int:
    import torch

    from .dataset import DataSet
    from .lifting.sightings import make_sightings

    check_numbers(options, {"files": 1, "start": 0})
    torch.set_num_threads(1)
    folder = options.output / options.split
    dataset = DataSet.open(options.avatars, options.motions, folder, options.split)
    for _ in make_sightings(dataset, range(options.start, options.start + options.files), events):
        pass
    events.emit("done", files={"sightings": str(folder)})
    return ExitCode.OK


def _dress(options: argparse.Namespace, events: Events) -> int:
    from .wardrobe.pack import make_people

    check_numbers(options, {"count": 1, "outfits": 1, "start": 0, "seed": 0})
    options.output.mkdir(parents=True, exist_ok=True)
    numbers = range(options.start, options.start + options.count)
    make_people(options.garments, options.output, numbers, options.outfits, options.seed, events)
    events.emit("done", files={"avatars": str(options.output)})
    return ExitCode.OK


def _make(options: argparse.Namespace, events: Events) -> int:
    import torch

    from .dataset import DataSet

    check_numbers(options, {"count": 1, "start": 0, "seed": 0, "workers": 0})
    # As many as there are cores are made side by side.
    torch.set_num_threads(1)
    folder = options.output / options.split
    dataset = DataSet.open(options.avatars, options.motions, folder, options.split, options.seed)
    numbers = range(options.start, options.start + options.count)
    for _ in dataset.make(numbers, events, worker_count(options.workers, len(numbers))):
        pass
    events.emit("done", files={"samples": str(folder)})
    return ExitCode.OK


def add_train(commands: "argparse._SubParsersAction[Any]") -> None:
    """`train open`, `train lifter` and `train picture`: Restage's own networks; and PaMIR's two."""
    actions = commands.add_parser("train", help="train a network").add_subparsers(required=True, metavar="NETWORK")
    add_pamir(actions)
    command = actions.add_parser("open", help="Restage's own geometry network; goes on where it stopped")
    command.add_argument("--samples", type=Path, required=True, metavar="DIR", help="made by `dataset make`")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="checkpoint and log")
    command.add_argument(
        "--held-out", type=Path, metavar="DIR", help="samples to validate with; else those of the training"
    )
    command.add_argument("--start", type=Path, metavar="FILE", help="weights to begin with, for a new run")
    command.add_argument("--network", default="open", metavar="NAME", help="another one, to compare (docs/networks.md)")
    command.add_argument("--minutes", type=float, default=60.0, help="of computing, interruptions left out")
    command.add_argument("--batch", type=int, default=8, metavar="N", help="samples a step (default: %(default)s)")
    command.add_argument("--device", default="auto", choices=get_args(Device))
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_train_open)
    command = actions.add_parser("lifter", help="the network that lifts landmarks into space; goes on, too")
    command.add_argument("--avatars", type=Path, required=True, metavar="DIR")
    command.add_argument("--motions", type=Path, required=True, metavar="DIR")
    command.add_argument("--sightings", type=Path, required=True, metavar="DIR", help="made by `dataset sightings`")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="checkpoint and log")
    command.add_argument("--start", type=Path, metavar="FILE", help="weights to begin a new run with")
    command.add_argument("--minutes", type=float, default=30.0, help="of computing, interruptions left out")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_train_lifter)
    command = actions.add_parser("picture", help="the network that sees depth in pictures; goes on, too")
    command.add_argument("--avatars", type=Path, required=True, metavar="DIR")
    command.add_argument("--motions", type=Path, required=True, metavar="DIR")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="checkpoint, log, bodies")
    command.add_argument("--start", type=Path, default=LOOKER, metavar="FILE", help="weights to begin a new run with")
    command.add_argument("--device", default="auto", choices=get_args(Device))
    command.add_argument("--minutes", type=float, default=30.0, help="of computing, interruptions left out")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_train_picture)


def _train_picture(options: argparse.Namespace, events: Events) -> int:
    from ..device import choose_device
    from .dataset import SPLITS, DataSet
    from .picture.train import people_of, train_picture

    check_numbers(options, {}, ("minutes",))
    device = choose_device(options.device)
    known, unseen = (
        people_of(
            DataSet.open(options.avatars, options.motions, options.output / split, split),
            options.motions,
            split,
            device,
        )
        for split in SPLITS
    )
    training = train_picture(known, unseen, options.start, options.output, options.minutes * 60, events)
    events.emit("done", files={"checkpoint": str(training.folder / "checkpoint.pt")})
    return ExitCode.OK


def _train_open(options: argparse.Namespace, events: Events) -> int:
    from ..device import choose_device
    from .train_open import train
    from .validation import LATEST

    check_numbers(options, {"batch": 1}, ("minutes",))
    training = train(
        options.samples,
        options.output,
        options.minutes * 60,
        events,
        options.held_out,
        options.start,
        choose_device(options.device),
        options.network,
        options.batch,
    )
    files = {"checkpoint": "checkpoint.pt", "log": "log.jsonl", "picture": LATEST}
    events.emit("done", files={name: str(training.folder / file) for name, file in files.items()})
    return ExitCode.OK


def _train_lifter(options: argparse.Namespace, events: Events) -> int:
    import torch

    from .dataset import SPLITS, DataSet
    from .lifting.train import train_lifter

    check_numbers(options, {}, ("minutes",))
    # The tensors are small: threads would wait for each other.
    torch.set_num_threads(1)
    known, unseen = (
        DataSet.open(options.avatars, options.motions, options.sightings / split, split) for split in SPLITS
    )
    training = train_lifter(known, unseen, options.motions, options.output, options.minutes * 60, events, options.start)
    events.emit("done", files={"checkpoint": str(training.folder / "checkpoint.pt")})
    return ExitCode.OK
