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
    assert draw("RESTAGE_PT_pamir")[-4:-1] == ["restage.setup_pamir", "pamir_dir", "smpl_file"]


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
