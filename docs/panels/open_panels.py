"""Panels that are closed at first, shown open for a picture."""

import bpy

opened: list[type] = []


def open_panels(*names: str) -> None:
    """Show panels open that are closed at first: under another name, since Blender keeps which ones are open."""
    for name in names:
        owner = getattr(bpy.types, name)
        bpy.utils.unregister_class(owner)
        twin = type(f"{name}_open", (owner,), {"bl_idname": f"{name}_open", "bl_options": set()})
        bpy.utils.register_class(twin)
        opened.append(twin)


def close_panels() -> None:
    """Undo open_panels."""
    for twin in opened:
        bpy.utils.unregister_class(twin)
        bpy.utils.register_class(twin.__base__)
    opened.clear()
