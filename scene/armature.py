"""A character on an armature: the rest pose skinned to bones, and a key for every bone at every frame."""

import bpy
import numpy as np
import numpy.typing as npt

from ..core.character.bone_names import DEFAULT, bone_name
from ..core.character.files import Character, Skeleton
from .axes import TO_BLENDER, points_to_blender
from .curves import write_curve

# Metres; Blender removes shorter bones.
SHORTEST = 0.005


def add_motion(
    character: Character, item: bpy.types.Object, times: npt.NDArray, samples: npt.NDArray
) -> bpy.types.Object:
    """Skin a mesh object in the rest pose to an armature that moves as the character does; returns the armature.

    The bones carry the motion of the body; what cloth and muscles do besides is in the other modes only.
    """
    skeleton = character.skeleton
    names = [bone_name(str(name), DEFAULT) for name in skeleton.names]
    name = item.name
    item.name = f"{name} Skin"
    rig = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    item.users_collection[0].objects.link(rig)
    _add_bones(rig, skeleton, names)
    _skin(item, rig, skeleton, names)
    _key_bones(rig, skeleton, names, times, samples)
    return rig


def _add_bones(rig: bpy.types.Object, skeleton: Skeleton, names: list[str]) -> None:
    """Bones exist only in edit mode, which needs an object of the open scene."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    active = layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    scene.collection.objects.link(rig)
    layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    heads, tails = points_to_blender(skeleton.heads), points_to_blender(skeleton.tails)
    for name, parent, head, tail in zip(names, skeleton.parents.tolist(), heads, tails, strict=True):
        bone = rig.data.edit_bones.new(name)
        length = float(np.linalg.norm(tail - head))
        bone.head, bone.tail = head, tail if length > SHORTEST else head + np.array([0, 0, SHORTEST])
        if parent >= 0:
            bone.parent = rig.data.edit_bones[names[parent]]
    bpy.ops.object.mode_set(mode="OBJECT")
    scene.collection.objects.unlink(rig)
    layer.objects.active = active
    rig.data.display_type = "STICK"
    rig.show_in_front = True


def _skin(item: bpy.types.Object, rig: bpy.types.Object, skeleton: Skeleton, names: list[str]) -> None:
    groups = [item.vertex_groups.new(name=name) for name in names]
    for vertex, (bones, shares) in enumerate(
        zip(skeleton.weights_index.tolist(), skeleton.weights.tolist(), strict=True)
    ):
        for bone, share in zip(bones, shares, strict=True):
            if share:
                groups[bone].add([vertex], share, "ADD")
    item.modifiers.new("Armature", "ARMATURE").object = rig
    item.parent = rig


def _key_bones(
    rig: bpy.types.Object, skeleton: Skeleton, names: list[str], times: npt.NDArray, samples: npt.NDArray
) -> None:
    """Key the rotation of every bone and the place of the root, in the bones' own axes.

    The skeleton's rotations are in the world axes of the rest pose, so that only axes change, not angles: with B the
    bone's rest axes and T from the job's axes to Blender's, a rotation vector r becomes Bᵀ T r.
    """
    for bone, name in enumerate(names):
        axes = np.array(rig.data.bones[name].matrix_local)[:3, :3]
        vectors = skeleton.rotations[:, bone] @ TO_BLENDER.T @ axes
        quaternions = _quaternions(vectors)[samples]
        rig.pose.bones[name].rotation_mode = "QUATERNION"
        path = f'pose.bones["{name}"].rotation_quaternion'
        for index in range(4):
            write_curve(rig, path, index, times, quaternions[:, index])
        if skeleton.parents[bone] < 0:
            moved = points_to_blender(skeleton.translation) - points_to_blender(skeleton.heads[bone])
            for index, values in enumerate((moved @ axes)[samples].T):
                write_curve(rig, f'pose.bones["{name}"].location', index, times, values)


def _quaternions(vectors: npt.NDArray) -> npt.NDArray[np.float64]:
    """Axis-angle (F, 3) -> quaternions (F, 4), w first, of which neighbours have the same sign, as curves need it."""
    angles = np.linalg.norm(vectors, axis=1, keepdims=True)
    # sin(a/2)/a, which is 1/2 at no angle.
    half = np.sinc(angles / 2 / np.pi) / 2
    quaternions = np.concatenate([np.cos(angles / 2), vectors * half], axis=1)
    flips = np.cumprod(np.where((quaternions[1:] * quaternions[:-1]).sum(axis=1) < 0, -1.0, 1.0))
    quaternions[1:] *= flips[:, None]
    return quaternions
