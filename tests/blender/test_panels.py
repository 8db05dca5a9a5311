"""What the panels show in each state, drawn into a recorder; how it looks is seen in a real window only."""

from types import SimpleNamespace

import bpy
import pytest


def test_without_engine_the_panel_offers_the_set_up(draw) -> None:
    drawn = ["The engine is not set up", "restage.setup_engine", "clip", "restage.reconstruct"]
    assert draw("RESTAGE_PT_main") == drawn


def test_while_running_there_is_progress_and_only_cancel(draw, extension) -> None:
    session = extension.scene.session
    progress = extension.scene.worker.Progress("surface", 3, 4, 10, 40)
    session.current.worker = SimpleNamespace(progress=progress, cancelled=False, stop=lambda: None)
    try:
        drawn = draw("RESTAGE_PT_main")
    finally:
        session.current.worker = None
    assert drawn[:3] == ["clip", "Surface 3 of 4", "0.56 10 / 40"]
    assert drawn[3].endswith("left in this stage") and drawn[4:] == ["restage.cancel"]


def test_a_result_and_an_error_are_shown_in_lines(draw, extension, make_job) -> None:
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    extension.scene.session.finish("No person found in frames 0-2. Choose other frames and run it again.", failed=True)
    drawn = draw("RESTAGE_PT_main")
    extension.scene.session.finish("")
    assert drawn[-2:] == ["restage.import_job", "restage.open_folder"]
    lines = drawn[drawn.index("restage.reconstruct") + 1 : -2]
    assert len(lines) > 1
    assert " ".join(lines) == "No person found in frames 0-2. Choose other frames and run it again."


@pytest.mark.parametrize("panel", ["RESTAGE_PT_frames", "RESTAGE_PT_quality", "RESTAGE_PT_result"])
def test_settings_panels_are_closed_and_draw_real_properties(draw, panel: str) -> None:
    assert getattr(bpy.types, panel).bl_options == {"DEFAULT_CLOSED"}
    assert len(draw(panel)) >= 3
