"""The command `evaluate-people`."""

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ExitCode, RestageError
from ..events import Events, progress
from ..job import atomic_write
from ..parallel import worker_count
from .dataset_options import add_dataset_options, open_dataset
from .people_settings import SETTINGS, SHOWN, row_name
from .shape import SAMPLES

if TYPE_CHECKING:
    from .people import PeopleEvaluation

SHEET_PEOPLE = 8


def add_evaluate_people(commands: "argparse._SubParsersAction[Any]") -> None:
    """`evaluate-people`: reconstructions of synthetic people against their truth."""
    command = commands.add_parser(
        "evaluate-people", help="compare reconstructions of synthetic people with their truth; goes on where it stopped"
    )
    add_dataset_options(command)
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="results.json, estimates, pictures")
    command.add_argument("--start", type=int, default=0, metavar="N", help="number of the first sample")
    command.add_argument("--count", type=int, default=60, metavar="N")
    command.add_argument("--network", action="append", default=[], metavar="NAME=FILE", help="weights or a checkpoint")
    command.add_argument("--settings", nargs="+", default=list(SETTINGS), choices=list(SETTINGS), metavar="BODY",
                         help=f"which body is given: {', '.join(SETTINGS)} (default: all)")  # fmt: skip
    command.add_argument("--resolution", type=int, default=256, metavar="N", help="of the grids (default: %(default)s)")
    command.add_argument("--points", type=int, default=SAMPLES, metavar="N", help="on each mesh (default: %(default)s)")
    command.add_argument("--table", type=Path, metavar="FILE", help="write the means as Markdown")
    command.add_argument("--sheet", type=Path, metavar="FILE", help=f"pictures of {SHEET_PEOPLE} people, PNG or JPEG")
    command.add_argument(
        "--body-errors", action="store_true", help="instead: how far estimated bodies are from the true ones"
    )
    command.add_argument("--workers", type=int, default=0, metavar="N", help="people at a time; 0: automatic")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace, events: Events) -> int:
    import torch

    from .people import PeopleEvaluation

    torch.set_num_threads(1)
    dataset = open_dataset(options)
    evaluation = PeopleEvaluation(options.output, dataset, options.points)
    numbers = range(options.start, options.start + options.count)
    if options.body_errors:
        return _body_errors(evaluation, numbers, events)
    methods = _methods(options.network, options.resolution)
    workers = worker_count(options.workers, len(numbers))
    evaluation.run(numbers, methods, [SETTINGS[name] for name in options.settings], events, workers)
    files = {"results": evaluation.folder / "results.json"}
    if options.table:
        files["table"] = _write_table(evaluation, options)
    if options.sheet:
        files["sheet"] = _write_sheet(evaluation, numbers, [method.name for method in methods], options.sheet)
    events.emit("done", files={name: str(path) for name, path in files.items()})
    return ExitCode.OK


def _methods(networks: list[str], resolution: int) -> list[Any]:
    from .network import OpenNetwork
    from .reconstructor import MaskRefit, NakedBody

    methods: list[Any] = [NakedBody(), MaskRefit(resolution)]
    for text in networks:
        name, separator, path = text.partition("=")
        if not (name and separator and path):
            raise RestageError(
                "bad_arguments", f"--network {text} is not NAME=FILE. Name each network.", ExitCode.BAD_ARGUMENTS
            )
        methods.append(OpenNetwork.load(name, Path(path), resolution))
    return methods


def _body_errors(evaluation: "PeopleEvaluation", numbers: range, events: Events) -> int:
    from .body_errors import summary

    errors = [evaluation.person(number).body_error() for number in progress(numbers, events, "bodies")]
    found = [error for error in errors if error is not None]
    if not found:
        raise RestageError("no_person", "In none of the pictures was the person found. Evaluate more samples.")
    path = evaluation.folder / "body_errors.json"
    with atomic_write(path) as stream:
        stream.write((json.dumps(summary(found, len(errors)), indent=1) + "\n").encode())
    events.emit("done", files={"body errors": str(path)})
    return ExitCode.OK


def _write_table(evaluation: "PeopleEvaluation", options: argparse.Namespace) -> Path:
    from .people_table import markdown, notes_of

    description = (
        f"Samples of the split `{options.split}`, seed {options.seed}: avatars and motions of the data set,"
        f" posed, lit and filmed at random. {options.points} points on each mesh; grids of {options.resolution} nodes."
    )
    sheet = os.path.relpath(options.sheet, options.table.parent) if options.sheet else ""
    notes = notes_of(options.table.read_text("utf-8")) if options.table.exists() else ""
    with atomic_write(options.table) as stream:
        stream.write(markdown(evaluation.results, description, sheet, notes).encode())
    return options.table


def _write_sheet(evaluation: "PeopleEvaluation", numbers: range, methods: list[str], path: Path) -> Path:
    from ..picture import read_picture, write_picture
    from .people_sheet import sheet

    blocks = []
    for number in numbers:
        entry = evaluation.results[f"{number:06d}"]
        rows = {method: entry["rows"].get(row_name(method, SHOWN)) for method in methods}
        if all(rows.values()):
            radii = {"truth": entry["frame_radius"]} | {name: row["frame_radius"] for name, row in rows.items()}
            blocks.append([(n, read_picture(evaluation.strip_path(number, n)), r) for n, r in radii.items()])
        if len(blocks) == SHEET_PEOPLE:
            break
    write_picture(path, sheet(blocks))
    return path
