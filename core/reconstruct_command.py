"""The commands that take a clip: `reconstruct`, and `probe`, which looks at it first."""

import argparse
import json
from pathlib import Path
from typing import Any

from .errors import ExitCode, RestageError
from .events import Events
from .settings import RESOLUTIONS, Settings


def add_reconstruct(commands: "argparse._SubParsersAction[Any]") -> None:
    """`reconstruct` and `probe`."""
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
