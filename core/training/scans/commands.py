"""The commands `dataset scan` and `dataset fit`."""

import argparse
from pathlib import Path
from typing import Any

from ...errors import ExitCode, RestageError
from ...events import Events
from ..arguments import check_numbers

MOST_VIEWS = 9999


def add_scan(actions: "argparse._SubParsersAction[Any]") -> None:
    """`dataset scan`: what PaMIR's networks are trained with, from scans of people; `dataset fit`: a body in one."""
    command = actions.add_parser("scan", help="film and label scans of people; goes on where it stopped")
    command.add_argument("--scans", type=Path, required=True, metavar="DIR", help="OBJ, PLY or GLB, one person each")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="a scan's files go to DIR/NAME")
    command.add_argument("--views", type=int, default=360, metavar="N", help="pictures of each (default: %(default)s)")
    _add_common(command)
    command.set_defaults(run=_scan)
    command = actions.add_parser("fit", help="fit a body into one scan of a person")
    command.add_argument("--scan", type=Path, required=True, metavar="FILE", help="OBJ, PLY or GLB")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="body.npz and body.ply go there")
    _add_common(command)
    command.set_defaults(run=_fit)


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--body", default="open", choices=["open", "smpl"], help="what is fitted (default: %(default)s)"
    )
    command.add_argument("--smpl", type=Path, metavar="FILE", help="the SMPL model; non-commercial use only")
    command.add_argument("--up", default="y", choices=["y", "z"], help="the scans' upward axis (default: %(default)s)")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--json", action="store_true")


def _scan(options: argparse.Namespace, events: Events) -> int:
    import torch

    from .dataset import ScanSet

    _check_common(options)
    if not 1 <= options.views <= MOST_VIEWS:
        raise RestageError("bad_arguments", f"--views goes from 1 to {MOST_VIEWS}.", ExitCode.BAD_ARGUMENTS)
    # Several of these run side by side on different folders.
    torch.set_num_threads(1)
    scans = ScanSet.open(options.scans, options.output, options.views, options.up, options.smpl, options.seed)
    failed = scans.make(events)
    events.emit("done", files={"scans": str(options.output)})
    return ExitCode.PARTIAL if failed else ExitCode.OK


def _fit(options: argparse.Namespace, events: Events) -> int:
    from .fitted import fit_file, new_body

    _check_common(options)
    if not options.scan.is_file():
        raise RestageError("scan_unreadable", f"There is no {options.scan}. Give the file of a scan (OBJ, PLY or GLB).")
    files = fit_file(options.scan, options.output, new_body(options.smpl), options.up, options.seed, events)
    events.emit("done", files={name: str(path) for name, path in files.items()})
    return ExitCode.OK


def _check_common(options: argparse.Namespace) -> None:
    if (options.body == "smpl") != (options.smpl is not None):
        raise RestageError("bad_arguments", "--body smpl and --smpl FILE need each other.", ExitCode.BAD_ARGUMENTS)
    check_numbers(options, {"seed": 0})
    if options.smpl is not None and not options.smpl.is_file():
        raise RestageError("weights_missing", f"There is no {options.smpl}. Choose the file of the SMPL model.")
