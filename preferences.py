"""What belongs to this machine and not to a scene: where the engine and the user's own models are."""

import bpy

from .panels.engine import draw_preferences


class RESTAGE_AP_preferences(bpy.types.AddonPreferences):
    """Preferences of the extension."""

    # Blender looks preferences up by the name of the extension's root package, which is this file's package.
    bl_idname = __package__

    engine_dir: bpy.props.StringProperty(
        name="Engine Folder",
        description="Folder of the engine, about 2 GB. Leave empty to keep it in Blender's own folder for extensions",
        subtype="DIR_PATH",
    )

    pamir_accepted: bpy.props.BoolProperty(
        name="PaMIR for Non-Commercial Use",
        description="The licences of PaMIR's and SMPL's models were read; they are used for non-commercial ends only",
    )
    pamir_dir: bpy.props.StringProperty(
        name="PaMIR Files",
        description="Folder that holds PaMIR's checkpoints and data files",
        subtype="DIR_PATH",
    )
    smpl_file: bpy.props.StringProperty(
        name="SMPL Model",
        description="The SMPL neutral model. Leave empty where it lies in the folder of PaMIR's files",
        subtype="FILE_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        draw_preferences(self, context)


CLASSES = (RESTAGE_AP_preferences,)
