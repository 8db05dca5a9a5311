"""Restage: an ordinary video of a person becomes a textured 3D person on the timeline."""

import bpy

from . import operators, panels, preferences, properties
from .scene import session

CLASSES = (*preferences.CLASSES, *properties.CLASSES, *operators.CLASSES, *panels.CLASSES)

_register_classes, _unregister_classes = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    _register_classes()
    bpy.types.Scene.restage = bpy.props.PointerProperty(type=properties.RESTAGE_PG_scene)
    bpy.types.TOPBAR_MT_file_import.append(operators.draw_import_menu)


def unregister() -> None:
    # Blender unregisters its add-ons when it ends, so this also stops a worker that is still running.
    session.stop()
    bpy.types.TOPBAR_MT_file_import.remove(operators.draw_import_menu)
    del bpy.types.Scene.restage
    _unregister_classes()
