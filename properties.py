"""The settings of a reconstruction and of its results, saved with the scene."""

import bpy

from .choices import (
    BACKGROUNDS,
    BONE_NAMES,
    DEVICES,
    ENGINES,
    GAPS,
    LIGHTS,
    METHODS,
    MODES,
    MOTIONS,
    OUTPUTS,
    PRESETS,
    TEXTURE_SIZES,
)
from .core.settings import Settings
from .scene import formats, paths, probe, session
from .scene.bone_names import name_bones
from .scene.compat import BLEND_RELATIVE


def _clip_chosen(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """A clip was chosen: have the engine look at it. Who was chosen in another one means nobody here, its masks and its
    rate are not this one's, and how the run of another one ended does not belong beside it."""
    if paths.moving:
        return
    settings.person, settings.masks, settings.rate = "", "", 0.0
    if not session.current.worker:
        session.forget()
    _look(settings, context)


def _look(settings: bpy.types.PropertyGroup, context: bpy.types.Context) -> None:
    """Have the engine look at the clip."""
    if settings.clip:
        probe.ask(paths.resolved_path(settings.clip), settings.rate)


def _bone_names_chosen(record: bpy.types.PropertyGroup, _context: bpy.types.Context) -> None:
    name_bones(record.id_data, record.bone_names)


class RESTAGE_PG_scene(bpy.types.PropertyGroup):
    """One reconstruction: what goes in, where it goes, how it comes back."""

    clip: bpy.props.StringProperty(
        name="Clip",
        description="Video of a person, or of several to choose from, whole body in the picture; or a folder of"
        " numbered pictures. The camera may stand still, turn, or travel before things near and far",
        subtype="FILE_PATH",
        options=BLEND_RELATIVE,
        update=_clip_chosen,
    )
    person: bpy.props.StringProperty(
        name="Person", description="Who of the clip is reconstructed: a number, or all. Empty: the most prominent"
    )
    preview_frame: bpy.props.IntProperty(
        name="Frame", description="Frame of the clip that Preview Frame reconstructs, counted from 0", min=0
    )
    output: bpy.props.StringProperty(
        name="Output",
        description="Folder that receives the job folder. Empty: beside the clip",
        subtype="DIR_PATH",
        options=BLEND_RELATIVE,
    )
    job: bpy.props.StringProperty(
        name="Job Folder",
        description="Job folder of the last reconstruction that was imported into this scene",
        subtype="DIR_PATH",
        options=BLEND_RELATIVE,
    )

    rate: bpy.props.FloatProperty(
        name="Frame Rate",
        description="Frames a second of a folder of pictures, which needs it; for a video it replaces the video's own"
        " times, which 0 takes",
        min=0.0,
        max=1000.0,
        update=_look,
    )
    masks: bpy.props.StringProperty(
        name="Masks",
        description="Folder of masks, one a frame, white where the person is, to use instead of Restage's own. Empty:"
        " none",
        subtype="DIR_PATH",
        options=BLEND_RELATIVE,
    )
    frame_start: bpy.props.IntProperty(
        name="Start", description="First frame of the clip to reconstruct, counted from 0", min=0
    )
    frame_end: bpy.props.IntProperty(
        name="End", description="Frame of the clip to stop before; 0 goes on to the clip's end", min=0
    )
    frame_step: bpy.props.IntProperty(
        name="Step", description="Reconstruct every n-th frame: 2 halves the time", min=1, default=1
    )

    method: bpy.props.EnumProperty(name="Method", description="How the surface is found", items=METHODS)
    preset: bpy.props.EnumProperty(
        name="Preset", description="Detail of the surface against time", items=PRESETS, default="standard"
    )
    device: bpy.props.EnumProperty(name="Device", description="What the engine computes on", items=DEVICES)
    workers: bpy.props.IntProperty(
        name="Workers",
        description="How many frames are made at a time, each by a process of its own; 0 takes as many as the"
        " processor's cores and the memory allow. Fewer leave more of the computer to other work",
        min=0,
        max=60,
    )
    height: bpy.props.FloatProperty(
        name="Person Height",
        description="The person's height, which sets the scale; 0 lets the fit decide",
        subtype="DISTANCE",
        min=0.0,
        max=3.0,
    )
    focal: bpy.props.FloatProperty(
        name="Focal Ratio",
        description="Focal length of the clip's camera, divided by the picture's longer side; 0 lets the fit decide",
        min=0.0,
        max=20.0,
    )
    use_character: bpy.props.BoolProperty(
        name="Character",
        description="Also make one mesh that moves, with a texture: takes longer, needed for the Character modes",
        default=True,
    )

    use_moving_texture: bpy.props.BoolProperty(
        name="Moving Texture",
        description="Also make a texture of the character for every frame, with what the clip shows in it: faces that"
        " speak, moving folds and light. For a Character",
    )
    texture_size: bpy.props.EnumProperty(
        name="Texture Size",
        description="Pixels along one side of the character's texture. For a Character",
        items=TEXTURE_SIZES,
        default=str(Settings.texture_size),
    )
    steadiness: bpy.props.FloatProperty(
        name="Steadiness",
        description="How firmly motion is smoothed over time. 1 is right for most clips; 0.5 keeps more of kicks and"
        " punches, 2 calms slow motion that trembles, 0 hardly smooths at all",
        min=0.0,
        max=3.0,
        step=10,
        precision=2,
        default=Settings.steadiness,
    )

    use_video: bpy.props.BoolProperty(
        name="Side-by-Side Video",
        description="Also make a video that sets the clip, the frames' meshes and the character side by side, in the"
        " job folder's preview. For a Character",
        default=Settings.video,
    )
    mode: bpy.props.EnumProperty(name="Mode", description="How the frames come into the scene", items=MODES)
    gaps: bpy.props.EnumProperty(
        name="Missing Frames", description="What to show where the clip has no person", items=GAPS
    )
    bone_names: bpy.props.EnumProperty(
        name="Bone Names", description="By which names retargeting finds the armature's bones", items=BONE_NAMES
    )
    use_camera: bpy.props.BoolProperty(
        name="Camera and Clip",
        description="Add the clip's camera with the clip behind the person, so that the mesh falls on the video",
        default=True,
    )
    use_ground: bpy.props.BoolProperty(
        name="Ground", description="Add the floor that the person stands on, as a catcher of shadows in Cycles"
    )
    use_pictures: bpy.props.BoolProperty(
        name="Clip's Pictures",
        description="Lay each frame's picture over the colours where the camera sees the person, in Packed, Objects and"
        " on a character with a Moving Texture. Sharper in Material Preview and renders",
        default=True,
    )
    use_timeline: bpy.props.BoolProperty(
        name="Match Timeline",
        description="Set the scene's frame range, frame rate and resolution from the clip",
        default=True,
    )

    export_format: bpy.props.EnumProperty(
        name="Format", description="What is written", items=formats.items(), default=formats.default()
    )

    turntable_frames: bpy.props.IntProperty(
        name="Frames", description="Frames of one full turn", min=2, max=10000, default=48
    )
    turntable_size: bpy.props.IntProperty(
        name="Size",
        description="Width and height of the picture",
        subtype="PIXEL",
        min=64,
        max=4096,
        step=2,
        default=512,
    )
    turntable_motion: bpy.props.EnumProperty(
        name="Motion", description="Whether the person moves during the turn", items=MOTIONS
    )
    turntable_light: bpy.props.EnumProperty(name="Light", description="Light of the turntable", items=LIGHTS)
    turntable_engine: bpy.props.EnumProperty(name="Engine", description="What renders the turntable", items=ENGINES)
    turntable_background: bpy.props.EnumProperty(
        name="Background", description="What is behind the person", items=BACKGROUNDS
    )
    turntable_colour: bpy.props.FloatVectorProperty(
        name="Colour", description="Colour behind the person", subtype="COLOR", default=(0.05, 0.05, 0.05), min=0, max=1
    )
    turntable_shadow: bpy.props.BoolProperty(
        name="Shadow", description="Catch the person's shadow on the ground; in Cycles"
    )
    turntable_output: bpy.props.EnumProperty(name="Output", description="What is written", items=OUTPUTS)

    @property
    def frames(self) -> str:
        """The frame range as the engine reads it: start:end:step, or nothing for all."""
        if (self.frame_start, self.frame_end, self.frame_step) == (0, 0, 1):
            return ""
        return f"{self.frame_start}:{self.frame_end or ''}:{self.frame_step}"


class RESTAGE_PG_object(bpy.types.PropertyGroup):
    """What Restage keeps with its objects; scene/record.py writes it and brings older files up to date."""

    schema: bpy.props.IntProperty(options={"HIDDEN"})
    job: bpy.props.StringProperty(name="Job Folder", subtype="DIR_PATH", options={"HIDDEN"} | BLEND_RELATIVE)
    mode: bpy.props.StringProperty(name="Mode", options={"HIDDEN"})
    gaps: bpy.props.StringProperty(name="Missing Frames", options={"HIDDEN"})
    frame: bpy.props.IntProperty(name="Frame of the Clip", default=-1, options={"HIDDEN"})
    pictures: bpy.props.BoolProperty(name="Clip's Pictures", options={"HIDDEN"})
    bone_names: bpy.props.EnumProperty(
        name="Bone Names",
        description="By which names retargeting finds the armature's bones; keys and skin follow",
        items=BONE_NAMES,
        # A name cannot be keyed.
        options=set(),
        update=_bone_names_chosen,
    )


CLASSES = (RESTAGE_PG_scene, RESTAGE_PG_object)
