"""Which of the export's formats this Blender can write: distributions build it without some."""

import bpy

from ..choices import FORMATS

# What each format needs, as `bpy.app.build_options` or the add-ons name it.
NEEDS = {
    "USD": "usd",
    "ALEMBIC": "alembic",
    "GLB": "io_scene_gltf2",
    "OBJ": "io_wavefront_obj",
    "PLY": "io_ply",
    "MDD": "io_wavefront_obj",
    "PC2": "io_wavefront_obj",
}
# Each by identifier.
NAMES = {kind: name for kind, name, _ in FORMATS}


def items() -> tuple[tuple[str, str, str], ...]:
    """The formats as a menu offers them: those that this Blender was built without say so."""
    return tuple(
        (kind, name if _is_built(kind) else f"{name} (not in this Blender)", description)
        for kind, name, description in FORMATS
    )


def default() -> str:
    """The first format that this Blender was built with."""
    return next(kind for kind in NAMES if _is_built(kind))


def lack(kind: str) -> str:
    """Why this Blender cannot write a format now; empty when it can."""
    if not _is_built(kind):
        return f"This Blender was built without an exporter for {NAMES[kind]}"
    needs_addon = not hasattr(bpy.app.build_options, NEEDS[kind])
    if needs_addon and NEEDS[kind] not in bpy.context.preferences.addons:
        return f"{NAMES[kind]} needs the add-on {NEEDS[kind]}, which is switched off in the preferences"
    return ""


def _is_built(kind: str) -> bool:
    """Whether this Blender has what a format needs; add-ons are there, and may be switched on and off at any time."""
    return getattr(bpy.app.build_options, NEEDS[kind], True)
