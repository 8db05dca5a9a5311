"""The extension comes and goes without a trace."""

import sys

import bpy
import pytest

from tests.blender.walk import PACKAGE, ROOT


def _has_command(capfd: pytest.CaptureFixture[str]) -> bool:
    """Whether `blender --command restage` exists: Blender lists its commands nowhere, but warns of a second one."""
    capfd.readouterr()
    bpy.utils.unregister_cli_command(bpy.utils.register_cli_command("restage", lambda _arguments: 0))
    return "duplicate" in "".join(capfd.readouterr())


def _state(capfd: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Everything that an extension could leave behind."""
    types = {name for name in dir(bpy.types) if name.startswith("RESTAGE")}
    handlers = [(name, getattr(bpy.app.handlers, name)) for name in dir(bpy.app.handlers)]
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager, bpy.types.Collection)
    return {
        "types": types,
        "operators": set(dir(bpy.ops.restage)),
        "properties": {owner.__name__: set(owner.bl_rna.properties.keys()) for owner in owners},
        "handlers": {name: len(value) for name, value in handlers if isinstance(value, list)},
        "timer": bpy.app.timers.is_registered(sys.modules[PACKAGE].scene.probe._listen),
        "keymaps": {
            item.idname
            for configuration in bpy.context.window_manager.keyconfigs
            for keymap in configuration.keymaps
            for item in keymap.keymap_items
            if item.idname.startswith("restage.")
        },
        "import menu": len(bpy.types.TOPBAR_MT_file_import._dyn_ui_initialize()),
        "export menu": len(bpy.types.TOPBAR_MT_file_export._dyn_ui_initialize()),
        "command": _has_command(capfd),
        "preferences": set(bpy.context.preferences.addons.keys()),
    }


def test_register_unregister_register_leaves_no_trace(capfd: pytest.CaptureFixture[str]) -> None:
    on = _state(capfd)
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    off = _state(capfd)
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    on_again = _state(capfd)
    bpy.ops.preferences.addon_disable(module=PACKAGE)
    off_again = _state(capfd)
    bpy.ops.preferences.addon_enable(module=PACKAGE)
    assert on == on_again
    assert off == off_again
    assert len(off["handlers"]) > 20
    assert not off["types"] and not off["operators"]
    assert not on["keymaps"] and not off["timer"]
    assert "restage" not in off["properties"]["Scene"]
    assert off["import menu"] == on["import menu"] - 1
    assert off["export menu"] == on["export menu"] - 1
    assert on["command"] and not off["command"]
    assert "RESTAGE_OT_reconstruct" in on["types"] and "restage" in on["properties"]["Scene"]


def test_settings_are_saved_with_the_file(tmp_path) -> None:
    bpy.context.scene.restage.preset = "draft"
    bpy.context.scene.restage.frame_step = 3
    path = str(tmp_path / "settings.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert bpy.context.scene.restage.preset == "draft"
    assert bpy.context.scene.restage.frames == "0::3"


def test_blender_parts_never_import_the_engines_packages() -> None:
    import ast

    heavy = {"torch", "mediapipe", "cv2", "scipy", "skimage", "trimesh", "av"}
    folders = ("operators", "panels", "scene")
    files = [*ROOT.glob("*.py"), *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    assert len(files) > 20
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            assert not heavy & {name.partition(".")[0] for name in names}, path


def test_nothing_of_ours_runs_when_the_frame_changes_or_renders() -> None:
    """Sequences play by geometry nodes and keys: a handler that touches data while rendering is what crashes."""
    render = ("frame_change", "render", "depsgraph", "composite", "object_bake", "animation_playback")
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        if name.startswith(render) and isinstance(handlers, list):
            assert not [handler for handler in handlers if handler.__module__.startswith(PACKAGE)], name


def test_nothing_needs_a_window_to_be_imported() -> None:
    import ast

    drawing = {"gpu", "gpu_extras", "bgl", "blf"}
    for folder in ("operators", "panels", "scene", "."):
        for path in (ROOT / folder).glob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert not drawing & {name.partition(".")[0] for name in names}, path
            # What runs at import: no operator is called, no window, no key map is touched.
            top = "\n".join(
                ast.unparse(node) for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.If))
            )
            assert "bpy.ops" not in top and "bpy.context" not in top and "keyconfigs" not in top, path
