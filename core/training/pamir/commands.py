"""The commands `train pamir-geometry` and `train pamir-texture`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import ExitCode
from ...events import Events
from ..arguments import check_numbers

if TYPE_CHECKING:
    from .run import Limits, Run
    from .train_geometry import Models


def add_pamir(commands: "argparse._SubParsersAction[Any]") -> None:
    """Both networks of PaMIR, below `train`."""
    command = commands.add_parser("pamir-geometry", help="PaMIR's geometry network; goes on where it stopped")
    _add_common(command, epochs=10)
    command.add_argument("--true-bodies", action="store_true", help="never GraphCMR's estimate of the body")
    command.set_defaults(run=_train_geometry)
    command = commands.add_parser("pamir-texture", help="PaMIR's texture network; goes on where it stopped")
    _add_common(command, epochs=2)
    command.add_argument("--geometry", type=Path, required=True, metavar="FILE", help="the geometry's checkpoint")
    command.set_defaults(run=_train_texture)


def _add_common(command: argparse.ArgumentParser, epochs: int) -> None:
    command.add_argument("--scans", type=Path, required=True, metavar="DIR", help="a folder for each scan in it")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="checkpoints, log and pictures")
    command.add_argument("--epochs", type=int, default=epochs, help="of the run in all (default: %(default)s)")
    command.add_argument("--steps", type=int, metavar="N", help="stop after this many steps of the run in all")
    command.add_argument("--minutes", type=float, metavar="N", help="stop after this many minutes from now")
    command.add_argument("--batch", type=int, default=3, metavar="N", help="views a step (default: %(default)s)")
    command.add_argument("--stamp-every", type=int, default=20_000, metavar="N", help="steps between kept checkpoints")
    command.add_argument("--workers", type=int, default=2, metavar="N", help="threads that read ahead")
    command.add_argument("--device", default="auto", choices=["auto", "cuda", "mps", "cpu"])
    smpl = command.add_argument_group("for scans labelled with SMPL; what they train is for non-commercial use")
    smpl.add_argument("--weights", type=Path, metavar="DIR", help="folder of SMPL, PaMIR's data files and GraphCMR")
    smpl.add_argument("--smpl", type=Path, metavar="FILE", help="the SMPL neutral model; default: found in --weights")
    command.add_argument("--json", action="store_true")


def _train_geometry(options: argparse.Namespace, events: Events) -> int:
    from ...device import choose_device
    from .sizes import Sizes
    from .train_geometry import train_geometry

    return _done(
        train_geometry(
            options.scans,
            options.output,
            _limits(options),
            events,
            _models(options),
            choose_device(options.device),
            Sizes(batch=options.batch),
            options.workers,
        ),
        events,
    )


def _train_texture(options: argparse.Namespace, events: Events) -> int:
    from ...device import choose_device
    from .sizes import Sizes
    from .train_texture import train_texture

    return _done(
        train_texture(
            options.scans,
            options.output,
            options.geometry,
            _limits(options),
            events,
            _models(options),
            choose_device(options.device),
            Sizes(batch=options.batch),
            options.workers,
        ),
        events,
    )


def _limits(options: argparse.Namespace) -> "Limits":
    from .run import Limits

    check_numbers(options, {"epochs": 1, "steps": 1, "batch": 1, "stamp_every": 1, "workers": 0}, ("minutes",))
    seconds = None if options.minutes is None else options.minutes * 60
    return Limits(options.epochs, options.steps, seconds, options.stamp_every)


def _models(options: argparse.Namespace) -> "Models":
    from .train_geometry import Models

    return Models(options.weights, options.smpl, getattr(options, "true_bodies", False))


def _done(run: "Run", events: Events) -> int:
    files = {"checkpoint": run.latest, "log": run.folder / "log.jsonl", "picture": run.folder / "validation/latest.png"}
    events.emit("done", files={name: str(path) for name, path in files.items()})
    return ExitCode.OK
