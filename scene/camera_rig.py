"""A camera that moved: camera and person move together on the timeline, so that the person's ground stands still."""

import bpy
from mathutils import Matrix, Vector

from ..core.spaces import StillWorld
from .axes import TO_BLENDER, points_to_blender
from .drivers import follow_curves
from .sequence import blender_frame


def add_camera_rig(
    name: str,
    world: StillWorld,
    collection: bpy.types.Collection,
    standing: bpy.types.Object | None,
    person: bpy.types.Object,
) -> bpy.types.Object | None:
    """An empty at the camera's place that carries everything in the collection but what stands still, and turns and
    goes as the camera did at the frame which the person shows; None where the camera stood still."""
    if not world.moves:
        return None
    rig = bpy.data.objects.new(f"{name} Turn", None)
    rig.location = Vector(points_to_blender(world.camera.camera_to_world[:3, 3]).tolist())
    rig.rotation_mode = "QUATERNION"
    rig.empty_display_size = 0.2
    for item in collection.all_objects:
        if item.parent is None and item is not standing:
            item.parent = rig
            item.matrix_parent_inverse = Matrix.Translation(-rig.location)
    collection.objects.link(rig)
    before = None
    for number, turn, place in zip(world.frames, world.turns, world.places, strict=True):
        rig.location = Vector(points_to_blender(place).tolist())
        rig.keyframe_insert("location", frame=blender_frame(number))
        quaternion = Matrix((TO_BLENDER @ turn @ TO_BLENDER.T).tolist()).to_quaternion()
        # The two quaternions of a rotation are the same, but the way between two keys is not.
        if before is not None:
            quaternion.make_compatible(before)
        rig.rotation_quaternion = before = quaternion
        rig.keyframe_insert("rotation_quaternion", frame=blender_frame(number))
    follow_curves(rig, person, lambda path: True)
    return rig
