"""The command line: `python -m core COMMAND`. Everything a button does, a command does."""

import argparse
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import NoReturn

from .character.bone_names import BONE_NAMES, DEFAULT
from .errors import Cancelled, ExitCode, RestageError
from .evaluation.character_command import add_evaluate_character
from .evaluation.people_command import add_evaluate_people
from .events import Events, JsonEvents, TextEvents, Unheard
from .failures import explain
from .settings import RESOLUTIONS, Settings
from .training.commands import add_dataset, add_train


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code (core.errors.ExitCode)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Known before the arguments are understood, so that a program hears of a mistake in them too.
    events: Events = JsonEvents() if "--json" in arguments else TextEvents()
    try:
        try:
            options = _parser().parse_args(arguments)
            code = options.run(options, events)
            sys.stdout.flush()
            return code
        except (Unheard, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            error: RestageError = Cancelled()
        except RestageError as known:
            error = known
        except Exception as unknown:  # noqa: BLE001 - nothing is swallowed: it is told, and its trace is in the log
            traceback.print_exc()
            error = explain(unknown)
        events.emit("error", code=error.code, message=str(error))
        return error.exit_code
    except (Unheard, BrokenPipeError):
        # Python would complain at its end about what could not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """Reports bad arguments like every other error: a RestageError with exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise RestageError(
            "bad_arguments", f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.", ExitCode.BAD_ARGUMENTS
        )


def _stop_on_request() -> None:
    """Let SIGINT, SIGTERM and Windows' Ctrl-Break end the process at once.

    An exception in the middle of native code may crash it, and waiting for the end of a frame takes seconds. The job
    folder is made for being left at any moment, so leaving is the safest way to stop.
    """
    message = str(Cancelled())
    as_json = json.dumps({"event": "error", "code": Cancelled().code, "message": message})
    line = as_json if "--json" in sys.argv else f"\nerror: {message}"

    def stop(_signal: int, _frame: object) -> None:
        try:
            # Past Python's own buffer, which may be in the middle of a write.
            os.write(sys.stdout.fileno(), f"{line}\n".encode())
        finally:
            os._exit(ExitCode.INTERRUPTED)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="A clip of a person becomes a 3D person.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("reconstruct", help="turn a clip into a job folder of textured meshes")
    command.add_argument("clip", type=Path, metavar="CLIP", help="a video, or a folder of pictures")
    command.add_argument("--output", type=Path, required=True, metavar="DIR", help="where NAME.restage is made")
    command.add_argument("--method", default=Settings.method, help="open, pamir or body (default: %(default)s)")
    command.add_argument("--preset", default=Settings.preset, help=f"{', '.join(RESOLUTIONS)} (default: %(default)s)")
    command.add_argument("--frames", default="", metavar="START:END:STEP", help="end excluded; default: all")
    command.add_argument("--rate", type=float, default=0.0, help="frames a second; needed for a folder of pictures")
    command.add_argument("--person", default="", metavar="ID|X,Y|all", help="whom; default: the most prominent person")
    command.add_argument("--device", default=Settings.device, help="for methods with a network: auto, cuda, mps, cpu")
    command.add_argument(
        "--workers", type=int, default=0, metavar="N", help="frames at a time; 0: as the machine allows"
    )
    command.add_argument("--focal", type=float, default=0.0, help="focal length / picture's longer side; 0: fitted")
    command.add_argument("--height", type=float, default=0.0, help="the person's height in metres; 0: fitted")
    command.add_argument("--keypoints", default="", metavar="DIR", help="OpenPose files …NUMBER_keypoints.json to use")
    command.add_argument(
        "--texture-size",
        type=int,
        default=Settings.texture_size,
        help="texels along one side of the character's texture: 512 to 4096 (%(default)s)",
    )
    command.add_argument(
        "--steadiness",
        type=float,
        default=Settings.steadiness,
        help="how firmly motion is smoothed (%(default)g); 0: hardly; 0.5: for kicks and punches; 2: for slow motion",
    )
    command.add_argument("--no-character", action="store_true", help="only a mesh a frame, no mesh that moves")
    command.add_argument(
        "--moving-texture", action="store_true", help="also a texture of the character for every frame: faces, light"
    )
    command.add_argument(
        "--video",
        action=argparse.BooleanOptionalAction,
        default=Settings.video,
        help="preview/character.mp4: input, the frame's mesh, character, its other sides (default: made)",
    )
    command.add_argument("--masks", default="", metavar="DIR", help="masks …NUMBER.png to use instead of Restage's own")
    command.add_argument("--refine-masks", action="store_true", help="fit the masks to the colours (GrabCut)")
    pamir = command.add_argument_group("for --method pamir; its models are for non-commercial use")
    pamir.add_argument("--weights", default="", metavar="DIR", help="folder that holds PaMIR's files")
    pamir.add_argument("--smpl", default="", metavar="FILE", help="the SMPL neutral model; default: found in --weights")
    pamir.add_argument("--body-params", default="", metavar="DIR", help="bodies NAME_smplparams.npz, .json or .pkl")
    pamir.add_argument("--texture", default=Settings.texture, help="seen side: network or picture (%(default)s)")
    pamir.add_argument("--reference-quirks", action="store_true", help="as the published code, its faults included")
    pamir.add_argument("--pamir-files", type=Path, metavar="DIR", help="also write the files of PaMIR's demo there")
    again = command.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on with an existing job (this is the default)")
    again.add_argument("--restart", action="store_true", help="do all stages again")
    command.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.set_defaults(run=_reconstruct)

    command = commands.add_parser("probe", help="what a clip is, who is in it, and whether it will work")
    command.add_argument("clip", type=Path, metavar="CLIP")
    command.add_argument("--rate", type=float, default=0.0, help="frames a second; needed for a folder of pictures")
    command.add_argument("--frames", default="", metavar="START:END:STEP", help="end excluded; default: all")
    command.set_defaults(run=_probe)

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

    command = commands.add_parser("self-test", help="one picture through every stage; says what networks run on")
    command.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.set_defaults(run=_self_test)

    add_evaluate_people(commands)
    add_evaluate_character(commands)
    add_dataset(commands)
    add_train(commands)

    command = commands.add_parser("view", help="write a job's result page again")
    command.add_argument("job", type=Path, metavar="JOB")
    command.set_defaults(run=_view)
    return parser


def _reconstruct(options: argparse.Namespace, events: Events) -> int:
    from .pipeline import frame_counts, reconstruct_people
    from .stages import route

    settings = Settings(
        method=options.method,
        preset=options.preset,
        frames=options.frames,
        rate=options.rate,
        person=options.person,
        device=options.device,
        workers=options.workers,
        focal=options.focal,
        height=options.height,
        keypoints=options.keypoints,
        masks=options.masks,
        refine_masks=options.refine_masks,
        character=not options.no_character,
        steadiness=options.steadiness,
        texture_size=options.texture_size,
        moving_texture=options.moving_texture,
        video=options.video,
        weights=options.weights,
        smpl=options.smpl,
        body_params=options.body_params,
        texture=options.texture,
        reference_quirks=options.reference_quirks,
    )
    if options.pamir_files and settings.method != "pamir":
        raise RestageError("bad_arguments", "--pamir-files needs --method pamir.", ExitCode.BAD_ARGUMENTS)
    if options.pamir_files and settings.person == "all":
        raise RestageError("bad_arguments", "--pamir-files needs one person.", ExitCode.BAD_ARGUMENTS)
    jobs = reconstruct_people(options.clip, options.output, settings, events, restart=options.restart)
    files: dict[str, Path] = {}
    for job in jobs:
        mark = f" of {job.record.name}" if len(jobs) > 1 else ""
        files[f"job{mark}"], files[f"page{mark}"] = job.folder, job.page_path
        files[f"sheet{mark}"] = job.preview_folder / "contact_sheet.png"
        if "video" in route(settings) and job.character_video_path.exists():
            files[f"video{mark}"] = job.character_video_path
    if options.pamir_files:
        from .export.pamir_files import export_pamir_files

        files["pamir"] = export_pamir_files(jobs[0], options.pamir_files, events)
    counts = {status: sum(frame_counts(job)[status] for job in jobs) for status in frame_counts(jobs[0])}
    events.emit(
        "done",
        job=str(jobs[0].folder),
        jobs=[str(job.folder) for job in jobs],
        files={name: str(path) for name, path in files.items()},
        frames=counts,
    )
    return ExitCode.PARTIAL if counts["no_person"] or counts["failed"] else ExitCode.OK


def _probe(options: argparse.Namespace, _events: Events) -> int:
    from .clip import describe_clip
    from .person.verdict import describe_people
    from .person.watch import survey_clip

    clip = describe_clip(options.clip, Settings(rate=options.rate).rate)
    people = survey_clip(options.clip, Settings(rate=options.rate, frames=options.frames))
    print(json.dumps(clip | describe_people(options.clip.name, people), indent=1))
    return ExitCode.OK


def _self_test(options: argparse.Namespace, events: Events) -> int:
    from .self_test import self_test

    found = self_test(events)
    events.emit("notice", message=f"The engine works, on: {found['device_name']}")
    events.emit("done", **found)
    return ExitCode.OK


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


def _check_weights(options: argparse.Namespace, _events: Events) -> int:
    from .pamir.weights import PamirFiles

    files = PamirFiles.find(options.folder, options.smpl)
    print("\n".join(files.describe()))
    return ExitCode.ERROR if files.missing() else ExitCode.OK


def _install_weights(options: argparse.Namespace, events: Events) -> int:
    from .pamir.install import install, summary
    from .pamir.licence import LICENCE

    installed = install(options.source, options.into)
    for name, reason in installed.others.items():
        events.emit("notice", message=f"Not used: {name}: {reason}")
    for text in (summary(installed, options.into), LICENCE):
        events.emit("notice", message=text)
    events.emit("done", summary=summary(installed, options.into), found=installed.found)
    return ExitCode.OK


def _view(options: argparse.Namespace, _events: Events) -> int:
    from .job import Job
    from .viewer import write_page

    print(write_page(Job.open(options.job)))
    return ExitCode.OK


if __name__ == "__main__":
    _stop_on_request()
    sys.exit(main())
