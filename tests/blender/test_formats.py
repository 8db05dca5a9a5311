"""Formats that a Blender was built without are not offered first, and say so."""

from types import SimpleNamespace

import bpy
import pytest


def _build(extension, monkeypatch: pytest.MonkeyPatch, addons: tuple[str, ...] = (), **options: bool) -> None:
    """Let this Blender pass for one with such build options and add-ons."""
    built = dict.fromkeys(("usd", "alembic", "io_wavefront_obj", "io_ply"), True) | options
    app = SimpleNamespace(build_options=SimpleNamespace(**built))
    context = SimpleNamespace(preferences=SimpleNamespace(addons=addons))
    monkeypatch.setattr(extension.scene.formats, "bpy", SimpleNamespace(app=app, context=context))


def test_the_first_format_that_this_blender_has_is_chosen(extension, monkeypatch: pytest.MonkeyPatch) -> None:
    formats = extension.scene.formats
    for options, kind in (({}, "USD"), ({"usd": False}, "ALEMBIC"), ({"usd": False, "alembic": False}, "GLB")):
        _build(extension, monkeypatch, **options)
        assert formats.default() == kind
    names = [name for _, name, _ in formats.items()]
    assert names[:3] == ["USD (not in this Blender)", "Alembic (not in this Blender)", "GLB"]
    assert [kind for kind, _, _ in formats.items()] == list(formats.NEEDS)


def test_the_panel_and_the_export_start_there(extension) -> None:
    default = extension.scene.formats.default()
    assert bpy.context.scene.restage.export_format == default
    assert bpy.ops.restage.export.get_rna_type().properties["format"].default == default


def test_what_is_lacking_is_said_in_the_panel_and_by_the_export(
    extension, monkeypatch: pytest.MonkeyPatch, draw, make_job, tmp_path
) -> None:
    lack, needs_addon = extension.scene.formats.lack, "GLB needs the add-on io_scene_gltf2"
    assert not any(lack(kind) for kind in ("OBJ", "PLY", "MDD", "PC2"))
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    bpy.context.scene.restage.export_format = "USD"
    _build(extension, monkeypatch, usd=False)
    assert lack("GLB").startswith(needs_addon) and not lack("ALEMBIC")
    words = "This Blender was built without an exporter for USD"
    assert words in " ".join(draw("RESTAGE_PT_export"))
    with pytest.raises(RuntimeError, match=f"{words}. Choose another format."):
        bpy.ops.restage.export(filepath=str(tmp_path / "walk"), format="USD")
    _build(extension, monkeypatch, addons=("io_scene_gltf2",))
    assert not lack("GLB") and draw("RESTAGE_PT_export") == ["export_format", "restage.export"]
