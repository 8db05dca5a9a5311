"""Other names for the bones of a rig that is in the scene already."""

import bpy

from ..core.character.bone_names import BoneNames, body_name, bone_name


def name_bones(item: bpy.types.Object, names: BoneNames) -> None:
    """Give the bones of an armature the names of a rig; bones that were named by hand keep their names, and an object
    that is no armature stays as it is.

    Blender itself carries a bone's new name over to its keys, to constraints and to the vertex groups of the skin.
    """
    if item.type != "ARMATURE":
        return
    for bone in item.data.bones:
        name = bone_name(body_name(bone.name), names)
        if name != bone.name:
            bone.name = name
