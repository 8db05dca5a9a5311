"""The command `dataset scan`."""

import argparse
from pathlib import Path
from typing import Any

from ...errors import ExitCode, RestageError
from ...events import Events

MOST_VIEWS = 9999


def add_scan(actions: "argparse._SubParsersAction[Any]") -> None:
    """`dataset scan`: what PaMIR's networks are trained with, from scans of people."""
    command = actions.add_parser("scan", help="film and label scans of people; goes on where it stopped")
    command.add_argument("--scans", type=Path, required=True, metavar="DIR", help="OBJ, PLY or GLB, one person each")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="a scan's files go to DIR/NAME")
    command.add_argument("--views", type=int, default=360, metavar="N", help="pictures of each (default: %(default)s)")
    command.add_argument(
        "--body", default="open", choices=["open", "smpl"], help="what is fitted (default: %(default)s)"
    )
    command.add_argument("--smpl", type=Path, metavar="FILE", help="the SMPL model; non-commercial use only")
    command.add_argument("--up", default="y", choices=["y", "z"], help="the scans' upward axis (default: %(default)s)")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_scan)


def _scan(options: argparse.Namespace, events: Events) -> int:
    import torch

    from .dataset import ScanSet

    if (options.body == "smpl") != (options.smpl is not None):
        raise RestageError("bad_arguments", "--body smpl and --smpl FILE need each other.", ExitCode.BAD_ARGUMENTS)
    if not 1 <= options.views <= MOST_VIEWS or options.seed < 0:
        raise RestageError(
            "bad_arguments", f"--views goes from 1 to {MOST_VIEWS}, --seed from 0.", ExitCode.BAD_ARGUMENTS
        )
    if options.smpl is not None and not options.smpl.is_file():
        raise RestageError("weights_missing", f"There is no {options.smpl}. Choose the file of the SMPL model.")
    # Several of these run side by side on different folders.
    torch.set_num_threads(1)
    scans = ScanSet.open(options.scans, options.output, options.views, options.up, options.smpl, options.seed)
    failed = scans.make(events)
    events.emit("done", files={"scans": str(options.output)})
    return ExitCode.PARTIAL if failed else ExitCode.OK
