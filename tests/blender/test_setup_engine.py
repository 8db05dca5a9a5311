"""Set Up Engine: when it may be pressed, and what it says when it may not."""

import bpy
import pytest


def test_without_online_access_it_says_how_to_allow_it() -> None:
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match=r"Allow Online Access in Preferences|without --offline-mode"):
        bpy.ops.restage.setup_engine()


def test_every_way_to_an_engine_that_cannot_be_gone_says_why(tmp_path) -> None:
    with pytest.raises(RuntimeError, match=r"lacks torch==.*blender .*--command restage fetch FOLDER --system"):
        bpy.ops.restage.engine_from_folder(directory=str(tmp_path))
    with pytest.raises(RuntimeError, match="does not run as a Python"):
        bpy.ops.restage.use_python(filepath="/bin/true")
    with pytest.raises(RuntimeError, match="The engine is not set up"):
        bpy.ops.restage.verify_engine()
    assert not bpy.ops.restage.reconstruct.poll()


def test_the_folders_tool_is_named_and_waits_for_online_access(extension, tmp_path, capfd) -> None:
    assert "restage fetch FOLDER" in bpy.ops.restage.engine_from_folder.get_rna_type().description
    assert extension._run_command(["fetch", str(tmp_path / "wheels")]) == 1
    assert "blender --online-mode" in capfd.readouterr().err and not (tmp_path / "wheels").exists()
    assert extension._run_command(["fetch", "--help"]) == 0
    assert "--system {linux,macos,windows}" in capfd.readouterr().out


def test_remove_takes_the_engine_and_leaves_the_users_files(engine, extension) -> None:
    folder = engine("work")
    (folder / "notes.txt").write_text("mine")
    assert extension.scene.engine.describe()
    assert bpy.ops.restage.remove_engine() == {"FINISHED"}
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert not extension.scene.engine.is_ready() and extension.scene.engine.describe() == []


def test_leaving_the_dialog_touches_nothing(extension) -> None:
    extension.scene.session.finish("Stopped", failed=True)
    extension.operators.modal.WorkerModal().cancel(bpy.context)
    assert extension.scene.session.current.message == "Stopped"


def test_the_dialog_knows_size_folder_and_device_beforehand(extension) -> None:
    plan = extension.scene.engine.plan(("worker",))
    assert plan.download > 100e6 and plan.disk > 2 * plan.download
    assert plan.folder == extension.scene.engine.engine_folder() and not plan.folder.exists()
    assert plan.accelerator.kind in ("cpu", "cuda", "mps")
