"""Typed settings of a job, and the presets that fill them. Standard library only: Blender reads this file too."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args, get_origin

from .errors import ExitCode, RestageError

Method = Literal["open", "pamir", "body"]
Preset = Literal["draft", "standard", "high"]
Device = Literal["auto", "cuda", "mps", "cpu"]
Texture = Literal["network", "picture"]
TextureSize = Literal[512, 1024, 2048, 4096]

# Nodes along one side of the canonical volume, in which a standing person is about 0.8 high.
RESOLUTIONS: dict[str, int] = {"draft": 128, "standard": 256, "high": 384}
# The ID of whoever is taken when nobody is chosen.
MOST_PROMINENT = "1"
# More than Windows can wait for.
MOST_WORKERS = 60


@dataclass(frozen=True)
class Settings:
    """Everything that decides what a job's files contain.

    frames: `start:end:step` of the clip's own frame numbers, end excluded, each part optional; "" means all.
    rate: frames a second, for a folder of pictures or a stream without time stamps, and instead of a clip's own times;
    0 takes those.
    device: where networks run; the method "body" has none and runs on the CPU.
    workers: how many processes make frames at a time; 0: as many as cores and memory allow.
    focal: focal length as a multiple of the picture's longer side; 0 lets the fit decide.
    height: the person's height in metres; 0 lets the fit decide.
    person: whom to reconstruct: "" the most prominent, an ID that `probe` lists, "x,y", a point on them (0-1 from the
    picture's top-left corner), or "all". Everybody has a job of their own (core.source.job_name).
    keypoints: folder of OpenPose JSON files to use instead of Restage's own landmarks; "" means none.
    masks: folder of masks to use instead of Restage's own; "" means none.
    refine_masks: whether GrabCut moves the masks' edges to where the picture's colours part.
    character: whether to make one mesh that moves out of the frames' meshes; not for the method "pamir".
    steadiness: how firmly motion is smoothed over time, 1 as is right for most clips, 0 hardly: of landmarks, body,
    head, hands and the character's surface.
    texture_size: texels along one side of the character's texture.
    moving_texture: whether the character also has a texture of every frame, with what that frame shows.
    video: whether a video sets the clip, the frames' meshes and the character side by side.

    Only for the method "pamir" (docs/pamir.md):
    weights, smpl: folder of PaMIR's files, and the SMPL model's file.
    body_params: folder of `NAME_smplparams` files: bodies that are given instead of estimated and fitted.
    texture: what colours the side that the camera sees, the texture network or the picture itself.
    reference_quirks: compute as the published code does, its half-voxel shift and coarse grid included.
    """

    method: Method = "open"
    preset: Preset = "standard"
    frames: str = ""
    rate: float = 0.0
    device: Device = "auto"
    workers: int = 0
    focal: float = 0.0
    height: float = 0.0
    person: str = ""
    keypoints: str = ""
    masks: str = ""
    refine_masks: bool = False
    character: bool = True
    steadiness: float = 1.0
    texture_size: TextureSize = 2048
    moving_texture: bool = False
    video: bool = True
    weights: str = ""
    smpl: str = ""
    body_params: str = ""
    texture: Texture = "network"
    reference_quirks: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if get_origin(field.type) is Literal and value not in get_args(field.type):
                choices = ", ".join(map(str, get_args(field.type)))
                raise _bad(f"The setting {field.name} is '{value}'; choose one of {choices}.")
        for name, most in (("focal", 100), ("height", 100), ("rate", 10_000)):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0.0 <= value < most:
                raise _bad(f"The setting {name} is '{value}'; give a number from 0 (automatic) to {most}.")
        if type(self.workers) is not int or not 0 <= self.workers <= MOST_WORKERS:
            raise _bad(
                f"The setting workers is '{self.workers}'; give a whole number from 0 (automatic) to {MOST_WORKERS}."
            )
        if not isinstance(self.steadiness, (int, float)) or not 0.0 <= self.steadiness <= 10.0:
            raise _bad(f"The setting steadiness is '{self.steadiness}'; give a number from 0 (hardly) to 10.")
        if not isinstance(self.frames, str):
            raise _bad(f"The setting frames is '{self.frames}'; give start:end:step as text, for example 0:120:2.")
        for name in ("keypoints", "masks", "weights", "smpl", "body_params"):
            if not isinstance(getattr(self, name), str):
                raise _bad(f"The setting {name} is '{getattr(self, name)}'; give a path as text.")
        for name in ("refine_masks", "character", "moving_texture", "video", "reference_quirks"):
            if not isinstance(getattr(self, name), bool):
                raise _bad(f"The setting {name} is '{getattr(self, name)}'; give true or false.")
        frame_range(self.frames)
        if not isinstance(self.person, str) or not _names_person(self.person):
            raise _bad(
                f"The setting person is '{self.person}'; give an ID that `probe` lists, a point x,y (0-1 from the"
                " picture's top-left corner), all, or nothing."
            )

    @property
    def resolution(self) -> int:
        """Nodes along one side of the canonical volume."""
        return RESOLUTIONS[self.preset]

    def to_dict(self) -> dict[str, Any]:
        """The settings as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Settings from JSON values; raises RestageError `bad_settings` for unknown names or wrong values."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise _bad(f"Unknown settings: {', '.join(unknown)}; this version knows {', '.join(sorted(known))}.")
        return cls(**values)


def frame_range(text: str) -> slice:
    """`start:end:step` as a slice of frame numbers; raises RestageError `bad_settings`."""
    parts = text.split(":") if text else []
    try:
        numbers = [int(part) if part else None for part in parts]
    except ValueError:
        numbers = [-1]
    if len(numbers) > 3 or any(n is not None and n < 0 for n in numbers) or (len(numbers) == 3 and numbers[2] == 0):
        raise _bad(f"The frame range '{text}' is not start:end:step with whole numbers, for example 0:120:2.")
    if len(numbers) == 1:
        return slice(numbers[0], None if numbers[0] is None else numbers[0] + 1)
    return slice(*numbers) if numbers else slice(None)


def _names_person(text: str) -> bool:
    """Whether a text is "", "all", an ID from 1 on, or a point x,y with both from 0 to 1."""
    if text in ("", "all"):
        return True
    parts = text.split(",")
    if len(parts) == 1:
        return text.isascii() and text.isdigit() and int(text) > 0
    try:
        return len(parts) == 2 and all(0.0 <= float(part) <= 1.0 for part in parts)
    except ValueError:
        return False


def _bad(message: str) -> RestageError:
    return RestageError("bad_settings", message, ExitCode.BAD_ARGUMENTS)
