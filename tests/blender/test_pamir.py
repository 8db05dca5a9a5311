"""The PaMIR route in Blender: licences first, then the user's files."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest

from core.pamir.licence import LICENCE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in engine is a shell script")


@pytest.fixture(autouse=True)
def preferences(empty_scene, extension) -> Iterator["bpy.types.AddonPreferences"]:
    """The extension's preferences, as new before and after the test; the scene's method is PaMIR."""
    preferences = bpy.context.preferences.addons[extension.__name__].preferences
    bpy.context.scene.restage.method = "pamir"
    yield preferences
    for name in ("pamir_accepted", "pamir_dir", "smpl_file"):
        preferences.property_unset(name)


def test_the_panel_is_there_for_this_method_only() -> None:
    panel = bpy.types.RESTAGE_PT_pamir
    assert panel.poll(bpy.context)
    bpy.context.scene.restage.method = "body"
    assert not panel.poll(bpy.context)


def test_licences_come_before_everything_else(draw, preferences) -> None:
    drawn = draw("RESTAGE_PT_pamir")
    assert drawn[-1] == "restage.accept_pamir"
    assert " ".join(drawn[:-1]) == " ".join(LICENCE.split())
    assert bpy.ops.restage.accept_pamir() == {"FINISHED"}
    assert preferences.pamir_accepted
    drawn = draw("RESTAGE_PT_pamir")
    assert drawn[0] == "restage.setup_pamir"
    assert drawn[-4:-1] == ["restage.install_model", "pamir_dir", "smpl_file"]
    lacking = " ".join(drawn[1:-4])
    assert "Missing from PaMIR's results.zip: checkpoint of the geometry network" in lacking
    assert "from smpl.is.tue.mpg.de: neutral SMPL model" in lacking
    preferences.pamir_dir = "/somewhere"
    assert not [line for line in draw("RESTAGE_PT_pamir") if line.startswith("Missing")]


def test_every_refusal_says_why(engine, preferences) -> None:
    engine("work")
    with pytest.raises(RuntimeError, match="accept the licences"):
        bpy.ops.restage.reconstruct()
    with pytest.raises(RuntimeError, match="accept the licences"):
        bpy.ops.restage.setup_pamir()
    preferences.pamir_accepted = True
    with pytest.raises(RuntimeError, match="Add PaMIR to the engine"):
        bpy.ops.restage.reconstruct()


def test_a_run_gets_the_users_files(engine, preferences, tmp_path: Path) -> None:
    engine("work", ("worker", "pamir"))
    preferences.pamir_accepted = True
    with pytest.raises(RuntimeError, match="Choose the folder of PaMIR's files"):
        bpy.ops.restage.reconstruct()
    preferences.pamir_dir, preferences.smpl_file = str(tmp_path / "pamir"), str(tmp_path / "neutral.pkl")
    bpy.context.scene.restage.output = str(tmp_path / "out")
    assert bpy.ops.restage.reconstruct() == {"FINISHED"}
    arguments = json.loads((tmp_path / "out" / "walk.restage" / "arguments.json").read_text())
    assert arguments[arguments.index("--method") + 1] == "pamir"
    assert arguments[arguments.index("--weights") + 1] == str(tmp_path / "pamir")
    assert arguments[arguments.index("--smpl") + 1] == str(tmp_path / "neutral.pkl")


def test_a_model_file_goes_through_the_engine_to_its_place(engine, extension, preferences, tmp_path: Path) -> None:
    engine("work", ("worker", "pamir"))
    with pytest.raises(RuntimeError, match="accept the licences"):
        bpy.ops.restage.install_model(filepath=str(tmp_path / "faces.txt"))
    preferences.pamir_accepted = True
    folder = extension.scene.pamir.models_folder()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "data" / "faces.txt").write_text("1 2 3")
    assert "triangles of the SMPL body" not in " ".join(extension.scene.pamir.missing_files())
    assert "rest vertices" in " ".join(extension.scene.pamir.missing_files())
