"""Which object the user works on."""

import bpy


def activate(context: bpy.types.Context, item: bpy.types.Object) -> None:
    """Select an object alone and make it the active one, so that its panels show; not while the user edits another."""
    layer = context.view_layer
    if context.mode != "OBJECT" or item.name not in layer.objects:
        return
    for other in context.selected_objects:
        other.select_set(False)
    item.select_set(True)
    layer.objects.active = item
