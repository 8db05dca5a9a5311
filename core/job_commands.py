"""The commands that take a job folder: its pictures, its character, files for other programs."""

import argparse
import json
from pathlib import Path
from typing import Any

from .character.bone_names import BONE_NAMES, DEFAULT
from .errors import ExitCode, RestageError
from .events import Events


def add_job_commands(commands: "argparse._SubParsersAction[Any]") -> None:
    """`sheet`, `character`, `video`, `evaluate`, `export` and `view`."""
    command = commands.add_parser("sheet", help="a contact sheet: picture, mask, body, mesh of some frames")
    command.add_argument("job", type=Path, metavar="JOB")
    command.add_argument("--frames", type=int, nargs="*", metavar="N", help="frame numbers; default: six over the clip")
    command.add_argument("--output", type=Path, metavar="PNG")
    command.set_defaults(run=_sheet)

    command = commands.add_parser("character", help="make the one mesh that moves of a finished job again")
    command.add_argument("job", type=Path, metavar="JOB")
    command.add_argument("--moving-texture", action="store_true", help="also a texture for every frame")
    command.add_argument(
        "--video",
        action=argparse.BooleanOptionalAction,
        help="also preview/character.mp4: input, meshes, character (default: as the reconstruction was told)",
    )
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_character)

    command = commands.add_parser("video", help="clip, meshes and character of a finished job side by side")
    command.add_argument("job", type=Path, metavar="JOB")
    command.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.set_defaults(run=_video)

    command = commands.add_parser("evaluate", help="how well jobs agree with their clips")
    command.add_argument("jobs", type=Path, nargs="+", metavar="JOB")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("export", help="a job as files for other programs")
    command.add_argument("job", type=Path, metavar="JOB")
    command.add_argument(
        "--format",
        required=True,
        choices=["glb", "obj", "ply", "mdd", "pc2", "pamir"],
        help="glb: the character, animated; obj, ply: a file a frame; mdd, pc2: the character's mesh and a point cache"
        " of its motion; pamir: the files of PaMIR's demo",
    )
    command.add_argument("--output", type=Path, required=True, metavar="PATH", help="a folder; for glb also a file")
    command.add_argument("--morph", action="store_true", help="glb: a morph target a frame instead of joints")
    command.add_argument("--bones", choices=BONE_NAMES, help=f"glb: whose names the joints have ({DEFAULT})")
    command.add_argument("--json", action="store_true")
    command.set_defaults(run=_export)

    command = commands.add_parser("view", help="write a job's result page again")
    command.add_argument("job", type=Path, metavar="JOB")
    command.set_defaults(run=_view)


def _sheet(options: argparse.Namespace, _events: Events) -> int:
    from .job import Job
    from .preview.contact_sheet import contact_sheet

    print(contact_sheet(Job.open(options.job), options.frames or None, options.output))
    return ExitCode.OK


def _character(options: argparse.Namespace, events: Events) -> int:
    from .character import make_character
    from .character.moving_texture import run_moving_texture
    from .character.registered import forget_registered
    from .job import Job

    job = Job.open(options.job)
    make_character(job, events)
    forget_registered(job)
    if options.moving_texture or job.record.settings.moving_texture:
        run_moving_texture(job, events)
    files = {"character": job.character_folder}
    if job.record.settings.video if options.video is None else options.video:
        from .preview.character_video import renew_character_video

        files["video"] = renew_character_video(job.folder, events)
    events.emit("done", files={name: str(path) for name, path in files.items()})
    return ExitCode.OK


def _video(options: argparse.Namespace, events: Events) -> int:
    from .preview.character_video import renew_character_video

    events.emit("done", files={"video": str(renew_character_video(options.job, events))})
    return ExitCode.OK


def _evaluate(options: argparse.Namespace, _events: Events) -> int:
    from .evaluation import evaluate_job, format_table
    from .job import Job

    results = [evaluate_job(Job.open(path)) for path in options.jobs]
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        print(format_table(results))
    return ExitCode.OK


def _export(options: argparse.Namespace, events: Events) -> int:
    from .export import export_job
    from .job import Job

    if options.morph and options.format != "glb":
        raise RestageError("bad_arguments", "--morph needs --format glb.", ExitCode.BAD_ARGUMENTS)
    if options.bones and (options.morph or options.format != "glb"):
        raise RestageError("bad_arguments", "--bones needs --format glb without --morph.", ExitCode.BAD_ARGUMENTS)
    job, bones = Job.open(options.job), options.bones or DEFAULT
    path = export_job(job, options.format, options.output, events, morph=options.morph, bones=bones)
    events.emit("done", files={options.format: str(path)})
    return ExitCode.OK


def _view(options: argparse.Namespace, _events: Events) -> int:
    from .job import Job
    from .viewer import write_page

    print(write_page(Job.open(options.job)))
    return ExitCode.OK
