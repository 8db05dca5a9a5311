"""Restage: an ordinary video of a person becomes a textured 3D person on the timeline."""

import bpy

from . import operators, panels, preferences, properties
from .scene import paths, probe, record, session, turntable_run

CLASSES = (*preferences.CLASSES, *properties.CLASSES, *operators.CLASSES, *panels.CLASSES)

HANDLERS = (
    (bpy.app.handlers.load_post, record.migrate),
    (bpy.app.handlers.load_post, probe.after_loading),
    (bpy.app.handlers.save_pre, paths.before_saving),
    (bpy.app.handlers.save_post, paths.after_saving),
)

_commands: list[object] = []

_register_classes, _unregister_classes = bpy.utils.register_classes_factory(CLASSES)


def _run_command(arguments: list[str]) -> int:
    """`blender --command restage CLIP… --output DIR`, and `blender --command restage fetch FOLDER`."""
    from .scene import batch, engine

    try:
        if arguments[:1] == ["fetch"]:
            return engine.fetch_wheels(arguments[1:])
        return int(batch.main(arguments, "blender --command restage"))
    except SystemExit as end:  # argparse's way out
        return end.code if isinstance(end.code, int) else 2


def register() -> None:
    _register_classes()
    bpy.types.Scene.restage = bpy.props.PointerProperty(type=properties.RESTAGE_PG_scene)
    bpy.types.Object.restage = bpy.props.PointerProperty(type=properties.RESTAGE_PG_object)
    _commands.append(bpy.utils.register_cli_command("restage", _run_command))
    for handlers, handler in HANDLERS:
        handlers.append(handler)
    bpy.types.TOPBAR_MT_file_import.append(operators.draw_import_menu)
    bpy.types.TOPBAR_MT_file_export.append(operators.draw_export_menu)
    # The file that is open already was loaded without the handlers; its data is out of reach while this runs.
    bpy.app.timers.register(record.migrate)


def unregister() -> None:
    # Blender unregisters its add-ons when it ends, so this also stops a worker that is still running.
    session.stop()
    probe.stop()
    if bpy.app.timers.is_registered(record.migrate):
        bpy.app.timers.unregister(record.migrate)
    turntable_run.end()
    bpy.types.TOPBAR_MT_file_import.remove(operators.draw_import_menu)
    bpy.types.TOPBAR_MT_file_export.remove(operators.draw_export_menu)
    for handlers, handler in HANDLERS:
        handlers.remove(handler)
    bpy.utils.unregister_cli_command(_commands.pop())
    del bpy.types.Scene.restage
    del bpy.types.Object.restage
    _unregister_classes()
