"""The command `weights`: what of PaMIR's files is there, and where files that were downloaded belong."""

import argparse
from pathlib import Path
from typing import Any

from ..errors import ExitCode
from ..events import Events


def add_weights(commands: "argparse._SubParsersAction[Any]") -> None:
    """`weights check` and `weights install`."""
    command = commands.add_parser("weights", help="what PaMIR files a folder holds, and what is missing")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    command = actions.add_parser("check", help="recognise every file and say what is missing")
    command.add_argument("folder", type=Path, metavar="DIR")
    command.add_argument("--smpl", type=Path, metavar="FILE", help="the SMPL neutral model, where it lies elsewhere")
    command.set_defaults(run=_check_weights)
    command = actions.add_parser("install", help="recognise files that you downloaded, and copy them to their places")
    command.add_argument("source", type=Path, metavar="FILE", help="a file, a folder or a zip")
    command.add_argument("--into", type=Path, required=True, metavar="DIR", help="the folder for --weights")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_install_weights)


def _check_weights(options: argparse.Namespace, _events: Events) -> int:
    from .weights import PamirFiles

    files = PamirFiles.find(options.folder, options.smpl)
    print("\n".join(files.describe()))
    return ExitCode.ERROR if files.missing() else ExitCode.OK


def _install_weights(options: argparse.Namespace, events: Events) -> int:
    from .install import install, summary
    from .licence import LICENCE

    installed = install(options.source, options.into)
    for name, reason in installed.others.items():
        events.emit("notice", message=f"Not used: {name}: {reason}")
    for text in (summary(installed, options.into), LICENCE):
        events.emit("notice", message=text)
    events.emit("done", summary=summary(installed, options.into), found=installed.found)
    return ExitCode.OK
