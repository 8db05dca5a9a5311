"""The command `evaluate-character`."""

import argparse
from pathlib import Path
from typing import Any

from ..errors import ExitCode, RestageError
from ..events import Events
from ..job import atomic_write
from .dataset_options import add_dataset_options, open_dataset

# The filter of the motion needs that many, and so do differences of third order.
LEAST_FRAMES = 12
# Title, part of a clip's entry, key, decimals; the goal is told in the title.
COLUMNS = (
    ("acceleration error, mm/frame² (≤ 7)", "character", "acceleration_error", 2),
    ("of the fitted body alone", "fitted body", "acceleration_error", 2),
    ("acceleration of the truth", "truth", "acceleration", 2),
    ("jitter / the truth's (≤ 1.3)", "", "jitter", 2),
    ("template's surface to the frame's mesh that it is laid onto, mm (≤ 3)", "to_mesh", "surface", 2),
    ("mean of its vertices", "to_mesh", "registered", 2),
    ("character, fused over the clip, to the frame's mesh, mm", "to_mesh", "all", 2),
    ("where the camera sees it", "to_mesh", "seen", 2),
    ("its normals to the frame's mesh's, degrees", "normals", "smooth", 1),
    ("with its normal map", "normals", "mapped", 1),
    ("seconds a frame (≤ 1.5)", "", "seconds_a_frame", 2),
)
SHAPES = (
    ("Chamfer, mm: mesh of the frame", "mesh of the frame", "chamfer", 1),
    ("character", "character", "chamfer", 1),
    ("fitted body", "fitted body", "chamfer", 1),
    ("side not seen: mesh of the frame", "mesh of the frame", "chamfer_hidden", 1),
    ("character", "character", "chamfer_hidden", 1),
    ("fitted body", "fitted body", "chamfer_hidden", 1),
)
COLOURS = (
    ("sides and back, PSNR in dB: frame alone", "other_sides", "frame alone psnr", 1),
    ("mesh of the frame", "other_sides", "mesh of the frame psnr", 1),
    ("character", "other_sides", "character psnr", 1),
    ("detail, the truth's = 1: frame alone", "other_sides", "frame alone detail", 2),
    ("mesh of the frame", "other_sides", "mesh of the frame detail", 2),
    ("character", "other_sides", "character detail", 2),
    ("flicker, 0-255: meshes of the frames", "flicker", "frames", 2),
    ("character", "flicker", "character", 2),
    ("the character's / the meshes' (≤ 0.33)", "", "flicker", 2),
)


def add_evaluate_character(commands: "argparse._SubParsersAction[Any]") -> None:
    """`evaluate-character`: characters of synthetic clips against their truth."""
    command = commands.add_parser(
        "evaluate-character", help="compare the character of synthetic clips with its truth; goes on where it stopped"
    )
    add_dataset_options(command)
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="clips, jobs, results.json")
    command.add_argument("--clips", type=int, nargs="+", default=[2, 4, 5], metavar="N", help="numbers of the clips")
    command.add_argument("--frames", type=int, default=32, metavar="N", help="of every clip (default: %(default)s)")
    command.add_argument("--size", type=int, default=448, metavar="PIXELS", help="of the pictures")
    command.add_argument("--method", default="open")
    command.add_argument("--preset", default="standard")
    command.add_argument("--table", type=Path, metavar="FILE", help="write the figures as Markdown")
    command.add_argument("--sheet", type=Path, metavar="FILE", help="PNG or JPEG of the sides that frames do not show")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace, events: Events) -> int:
    from ..picture import write_picture
    from ..settings import Settings
    from .character import CharacterEvaluation
    from .character_clip import TrueClip

    if options.frames < LEAST_FRAMES:
        raise RestageError(
            "bad_arguments",
            f"--frames is {options.frames}; motion cannot be judged in fewer than {LEAST_FRAMES} frames.",
            ExitCode.BAD_ARGUMENTS,
        )
    dataset = open_dataset(options)
    settings = Settings(method=options.method, preset=options.preset, video=False)
    evaluation = CharacterEvaluation(options.output, settings)
    clips = [TrueClip.make(dataset, number, options.frames, options.size) for number in options.clips]
    evaluation.run(clips, events)
    files = {"results": evaluation.folder / "results.json"}
    if options.table:
        files["table"] = options.table
        with atomic_write(options.table) as stream:
            stream.write(markdown(evaluation.results, options).encode())
    if options.sheet:
        files["sheet"] = options.sheet
        write_picture(options.sheet, evaluation.sheet(clips))
    events.emit("done", files={name: str(path) for name, path in files.items()})
    return ExitCode.OK


def markdown(results: dict[str, dict[str, Any]], options: argparse.Namespace) -> str:
    """The figures of all clips, and what they are."""
    parts = [
        "# The character against the truth",
        f"Clips of avatars of the split `{options.split}`, seed {options.seed}, who move as captured people did,"
        f" {options.frames} frames at 30 a second, {options.size} pixels square, filmed by a camera that stands still;"
        f" method `{options.method}`, preset `{options.preset}`. Only the video is given.",
        "## Motion",
        _table(results, COLUMNS),
        "The captured motion is filtered at 6 Hz in both directions first: it trembles by several mm/frame², which no"
        " body does. Accelerations and jitter are of all vertices of the body's topology, compared with the body model"
        " that lies in the avatar, after one rigid transform for the whole clip. Jitter: mean third difference, the"
        " character's over the truth's. Template: the mean over its surface, as surfaces are compared elsewhere, and of"
        " its vertices, of which hands have a quarter and feet a sixth. Normals: where the frame's camera sees both."
        " Seconds: of the stage `character`, on the machine that made this table, whatever else it did.",
        "## Shape",
        _table(results, SHAPES),
        "Every fifth frame. All surfaces of a frame are moved by the one rigid transform that brings its fitted body"
        " onto the true one, so what is left is pose and form. Side not seen: the truth's samples that the camera does"
        " not see, and the prediction's.",
        "## Colours",
        _table(results, COLOURS),
        "Sides and back: views from the left, from behind and from the right of four frames, against the true person in"
        " the clip's light. All colours are drawn on the true body, so that pose and form do not count. Frame alone:"
        " the frame's mesh, painted by nothing but its one picture; mesh of the frame: with what Restage remembers of"
        " the clip, one colour a vertex of the body, the median of its frames; character: its texture. PSNR punishes"
        " detail that is a little off more than no detail; detail: how strong gradients are. Flicker: mean change of"
        " colour from a frame to the next where both show the surface.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(results: dict[str, dict[str, Any]], columns: tuple[tuple[str, str, str, int], ...]) -> str:
    lines = ["| clip | " + " | ".join(column[0] for column in columns) + " |", "|---|" + "--:|" * len(columns)]
    for name, entry in sorted(results.items()):
        cells = [f"{_value(entry, part, key):.{decimals}f}" for _, part, key, decimals in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _value(entry: dict[str, Any], part: str, key: str) -> float:
    if key == "jitter":
        return float(entry["character"]["jerk"] / entry["truth"]["jerk"])
    if part == "other_sides":
        colouring, figure = key.rsplit(" ", 1)
        return float(entry[part][colouring][figure])
    if key == "flicker":
        return float(entry["flicker"]["character"] / entry["flicker"]["frames"])
    return float(entry[part][key] if part else entry[key])
