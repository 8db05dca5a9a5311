"""What lies in a new file before anybody has made anything, and is in the person's way."""

import bpy
from mathutils import Matrix

CORNERS = {(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)}


def hide_startup_cube(scene: bpy.types.Scene) -> bool:
    """Hide the cube of Blender's startup file, in which a person would stand up to the waist; returns whether it did.

    Only as long as it is as Blender made it, in a file that has no name yet.
    """
    item = scene.objects.get("Cube")
    if bpy.data.filepath or item is None or item.type != "MESH" or not _is_untouched(item):
        return False
    item.hide_render = True
    for layer in scene.view_layers:
        if item.name in layer.objects:
            item.hide_set(True, view_layer=layer)
    return True


def _is_untouched(item: bpy.types.Object) -> bool:
    made = item.modifiers or item.constraints or item.animation_data or item.parent or item.children
    corners = [tuple(vertex.co) for vertex in item.data.vertices]
    placed = item.matrix_world == Matrix()
    return not made and placed and len(corners) == len(CORNERS) and set(corners) == CORNERS
