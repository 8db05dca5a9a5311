"""Options of the command without a window that say more about the clip, the import and the turntable."""

import argparse
from collections.abc import Callable
from pathlib import Path

from mathutils import Color

from .job_import import ImportOptions
from .turntable import TurntableOptions

TRANSPARENT = "transparent"
# Settings of the engine that are numbers, 0 where it decides itself, and those that are paths.
NUMBERS, PATHS = ("height", "focal", "rate"), ("masks", "weights", "smpl")


def add_clip_options(parser: argparse.ArgumentParser) -> None:
    """What is known of the clip and cannot be seen in it."""
    parser.add_argument("--height", type=float, default=0.0, metavar="METRES", help="the person's height; 0: fitted")
    parser.add_argument("--focal", type=float, default=0.0, help="focal length / picture's longer side; 0: fitted")
    parser.add_argument("--rate", type=float, default=0.0, help="frames a second; needed for a folder of pictures")
    parser.add_argument("--masks", default="", metavar="DIR", help="masks …NUMBER.png to use instead of Restage's own")


def add_scene_options(parser: argparse.ArgumentParser) -> None:
    """What comes into the Blender file besides the person, and how the turntable looks."""
    parser.add_argument("--no-camera", action="store_true", help="without the clip's camera and the clip behind it")
    parser.add_argument("--ground", action=argparse.BooleanOptionalAction, default=False, help="with the floor")
    parser.add_argument(
        "--turntable-frames", type=_from_to(2, 10000), default=48, metavar="N", help="of one full turn (%(default)s)"
    )
    parser.add_argument(
        "--turntable-size", type=_from_to(64, 4096), default=512, metavar="PIXELS", help="of both sides (%(default)s)"
    )
    parser.add_argument(
        "--turntable-background",
        type=_background,
        default=TurntableOptions.colour,
        metavar="COLOUR",
        help=f"#RRGGBB, or {TRANSPARENT}, which makes a folder of PNG pictures instead of an MP4 file",
    )


def engine_settings(options: argparse.Namespace) -> dict[str, str]:
    """Settings of the engine, which runs in a folder of its own, so paths are absolute; what is left to it is empty."""
    settings = {name: str(value) if (value := getattr(options, name)) else "" for name in NUMBERS}
    return settings | {name: str(Path(path).absolute()) if (path := getattr(options, name)) else "" for name in PATHS}


def import_options(options: argparse.Namespace) -> ImportOptions:
    """How jobs come into the Blender file."""
    return ImportOptions(
        options.mode,
        options.gaps,
        camera=not options.no_camera,
        ground=options.ground,
        pictures=not options.no_pictures,
        bone_names=options.bones,
    )


def turntable_options(options: argparse.Namespace) -> TurntableOptions:
    """How the turntable is rendered: without a background as pictures, since MP4 files cannot be transparent."""
    return TurntableOptions(
        frames=options.turntable_frames,
        # H.264 halves both sides for its colours.
        size=options.turntable_size // 2 * 2,
        engine=options.turntable_engine,
        colour=options.turntable_background,
        pictures=options.turntable_background is None,
    )


def _from_to(least: int, most: int) -> Callable[[str], int]:
    """What reads a whole number within limits."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} to {most}")
        return int(text)

    return read


def _background(text: str) -> tuple[float, float, float] | None:
    """A colour as the web writes it, in linear RGB as Blender wants it; None for none."""
    if text.lower() == TRANSPARENT:
        return None
    try:
        levels = bytes.fromhex(text.removeprefix("#"))
        red, green, blue = Color([level / 255 for level in levels]).from_srgb_to_scene_linear()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"'{text}' is neither #RRGGBB nor {TRANSPARENT}") from error
    return red, green, blue
