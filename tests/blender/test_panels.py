"""What the panels show in each state, drawn into a recorder; how it looks is seen in a real window only."""

import time
from types import SimpleNamespace

import bpy
import pytest

from tests.blender.arm import add_arm
from tests.blender.recorder import Recorder


@pytest.fixture
def ready(extension, monkeypatch: pytest.MonkeyPatch):
    """An engine that passes for ready."""
    monkeypatch.setattr(extension.scene.engine, "is_ready", lambda groups=("worker",): True)


def test_without_engine_the_panel_offers_the_set_up(draw) -> None:
    drawn = draw("RESTAGE_PT_main")
    assert drawn[0].startswith("Set-up needed, once")
    assert [text.split()[0] for text in drawn if text.startswith(("restage.", "clip", "preset"))] == [
        "restage.setup_engine",
        "restage.engine_from_folder",
        "restage.use_python",
        "clip",
        "preset",
        "restage.reconstruct",
        "restage.preview_frame",
    ]


def test_while_running_there_is_progress_and_only_cancel(draw, ready, extension) -> None:
    session = extension.scene.session
    now = time.monotonic()
    progress = extension.scene.worker.Progress("surface", 3, 4, 10, 40, started=now - 20, updated=now)
    session.current.worker = SimpleNamespace(progress=progress, cancelled=False, stop=lambda: None)
    try:
        drawn = draw("RESTAGE_PT_main")
    finally:
        session.current.worker = None
    assert drawn[0] == "clip" and " ".join(drawn[1:3]) == "The clip stays as it is while the engine works"
    assert drawn[3:] == [
        "Surface 3 of 4",
        "0.56 10 / 40",
        "About 60 s left in this stage",
        "restage.cancel",
        "restage.show_log",
    ]


def test_during_the_set_up_a_clip_can_be_chosen(record, extension, tmp_path) -> None:
    clip, session = tmp_path / "walk.mp4", extension.scene.session
    clip.write_bytes(b"film")
    session.current.worker = SimpleNamespace(
        progress=extension.scene.worker.Progress("Downloading 452 MB", 1, 1, 37, 100),
        cancelled=False,
        stop=lambda: None,
    )
    drawn = record("RESTAGE_PT_main")
    assert not [control.name for control in drawn.memory.controls if control.grey]
    assert drawn.drawn[:2] == ["clip", "Downloading 452 MB"]
    # Dropped, it is taken as well.
    assert bpy.ops.restage.open_clip(filepath=str(clip)) == {"FINISHED"}
    assert bpy.context.scene.restage.clip == str(clip)


def test_a_result_and_an_error_are_shown_in_lines(draw, extension, make_job) -> None:
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    extension.scene.session.finish("No person found in frames 0-2. Choose other frames and run it again.", failed=True)
    drawn = draw("RESTAGE_PT_main")
    extension.scene.session.finish("")
    buttons = ["restage.import_job Import Again", "restage.open_folder", "restage.character_video"]
    assert drawn[-4:] == ["3 of 3 frames", *buttons]
    lines = drawn[drawn.index("preview_frame") + 1 : -4]
    assert len(lines) > 1
    assert " ".join(lines) == "No person found in frames 0-2. Choose other frames and run it again."


def test_a_result_is_named_where_another_clip_is_chosen(draw, make_job, tmp_path) -> None:
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"))
    settings = bpy.context.scene.restage
    settings.clip = str(tmp_path / "talk.mp4")
    assert "walk: 3 of 3 frames" in draw("RESTAGE_PT_main")
    settings.clip = str(tmp_path / "walk.mp4")
    assert "3 of 3 frames" in draw("RESTAGE_PT_main")


@pytest.mark.parametrize("panel", ["RESTAGE_PT_frames", "RESTAGE_PT_quality", "RESTAGE_PT_result"])
def test_settings_panels_are_closed_and_draw_real_properties(draw, panel: str) -> None:
    assert getattr(bpy.types, panel).bl_options == {"DEFAULT_CLOSED"}
    assert len(draw(panel)) >= 3


def test_what_needs_a_character_says_so(draw) -> None:
    bpy.context.scene.restage.use_character = False
    lines = ("Moving Texture needs Character", "Texture Size needs Character")
    assert [text for text in draw("RESTAGE_PT_quality") if " needs " in text] == list(lines)
    assert "Side-by-Side Video needs" in " ".join(draw("RESTAGE_PT_result"))
    bpy.context.scene.restage.use_character = True
    assert not [text for text in draw("RESTAGE_PT_quality") + draw("RESTAGE_PT_result") if " needs " in text]


def test_an_interrupted_run_is_known_again_and_the_button_resumes_it(draw, ready, make_job, tmp_path) -> None:
    job = make_job({0: "ok", 1: "ok", 2: "ok", 3: "no_person"})
    job.mesh_path(2).unlink()
    (tmp_path / "walk.mp4").write_bytes(b"film")
    settings = bpy.context.scene.restage
    settings.clip, settings.output = str(tmp_path / "walk.mp4"), str(job.folder.parent)
    drawn = draw("RESTAGE_PT_main")
    assert "Interrupted: 2 of 3 frames are done" in drawn and "restage.reconstruct Resume" in drawn


def test_the_clip_is_described_and_people_are_offered(draw, ready, extension, tmp_path) -> None:
    clip = tmp_path / "walk.mp4"
    clip.write_bytes(b"film")
    bpy.context.scene.restage.clip = str(clip)
    probe = extension.scene.probe
    people = [
        {"id": 1, "box": [0.1, 0.1, 0.2, 0.8], "first": 0, "last": 311},
        {"id": 2, "box": [0.7, 0.1, 0.2, 0.8], "first": 12, "last": 91},
    ]
    values = {"width": 1280, "height": 720, "frame_rate": 30000 / 1001, "frame_count": 312, "duration": 10.4}
    probe._answers[probe._key(clip)] = probe.Answer(values=values | {"people": people})
    drawn = draw("RESTAGE_PT_main")
    assert "1280×720   29.97 fps   312 frames   10.4 s" in drawn
    assert "restage.choose_person Person 1: left, frames 0-311" in drawn
    assert "restage.choose_person Person 2: right, frames 12-91" in drawn
    assert "restage.choose_person All People" in drawn
    probe._answers[probe._key(clip)] = probe.Answer(values=values | {"people": people[:1]})
    assert not bpy.types.Operator.bl_rna_get_subclass_py("RESTAGE_OT_choose_person").description(bpy.context, None)
    assert not [text for text in draw("RESTAGE_PT_main") if "choose_person" in text]
    problem = "What walk.mp4 shows was not taken for a person."
    probe._answers[probe._key(clip)] = probe.Answer(values=values | {"suspects": people[:1]}, problem=problem)
    drawn = " ".join(draw("RESTAGE_PT_main"))
    assert "was not taken for a person" in drawn and "restage.choose_person It Is a Person" in drawn
    tooltip = bpy.types.Operator.bl_rna_get_subclass_py("RESTAGE_OT_choose_person").description
    assert "all the same" in tooltip(bpy.context, None)
    bpy.context.scene.restage.person = "1"
    assert "was not taken for a person" not in " ".join(draw("RESTAGE_PT_main"))
    bpy.context.scene.restage.person = ""
    probe._answers[probe._key(clip)] = probe.Answer(problem="It is no video.")
    assert "It is no video." in draw("RESTAGE_PT_main")
    bpy.ops.restage.choose_person(person="2")
    assert bpy.context.scene.restage.person == "2"
    bpy.context.scene.restage.clip = str(tmp_path / "other.mp4")
    assert bpy.context.scene.restage.person == ""


def test_a_clip_that_the_engine_refused_greys_reconstruct_and_says_why(draw, ready, extension, tmp_path) -> None:
    clip, probe, settings = tmp_path / "cat.mp4", extension.scene.probe, bpy.context.scene.restage
    clip.write_bytes(b"film")
    settings.clip = str(clip)
    assert bpy.ops.restage.reconstruct.poll()
    words = "What cat.mp4 shows was not taken for a person."
    suspects = [{"id": 1, "box": [0.1, 0.1, 0.2, 0.8], "first": 0, "last": 9}]
    values = {"width": 640, "height": 360, "frame_rate": 30.0, "suspects": suspects}
    probe._answers[probe._key(clip)] = probe.Answer(values=values, problem=words, refused=True)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.restage.reconstruct()
    # Said once; and one frame, or a part of the clip, may show somebody all the same.
    assert " ".join(draw("RESTAGE_PT_main")).count("not taken for a person") == 1
    assert bpy.ops.restage.preview_frame.poll()
    settings.frame_end = 5
    assert bpy.ops.restage.reconstruct.poll()
    settings.frame_end = 0
    bpy.ops.restage.choose_person(person="1")
    assert bpy.ops.restage.reconstruct.poll()
    bpy.ops.restage.choose_person(person="")
    assert not bpy.ops.restage.reconstruct.poll()
    # That the engine could not look says nothing of the clip.
    probe._answers[probe._key(clip)] = probe.Answer(problem="The clip could not be looked at")
    assert bpy.ops.restage.reconstruct.poll()


def test_an_interrupted_run_of_all_people_is_known_again(draw, ready, extension, make_job, tmp_path) -> None:
    make_job()
    job = make_job(name="walk_2")
    job.mesh_path(2).unlink()
    clip = tmp_path / "walk.mp4"
    clip.write_bytes(b"film")
    settings = bpy.context.scene.restage
    settings.clip, settings.output, settings.person = str(clip), str(job.folder.parent), "all"
    people = [{"id": number, "box": [0.1, 0.1, 0.2, 0.8], "first": 0, "last": 311} for number in (1, 2, 3)]
    values = {"width": 1280, "height": 720, "frame_rate": 30.0, "people": people}
    probe = extension.scene.probe
    probe._answers[probe._key(clip)] = probe.Answer(values=values)
    drawn = " ".join(draw("RESTAGE_PT_main"))
    assert "walk_2: Interrupted: 2 of 3 frames are" in drawn and "restage.reconstruct Resume" in drawn
    settings.person = "1"
    assert "restage.reconstruct Reconstruct" in draw("RESTAGE_PT_main")


def test_the_clip_s_tooltip_says_what_restage_can_do() -> None:
    words = bpy.context.scene.restage.bl_rna.properties["clip"].description
    assert "several to choose from" in words and "turn, or travel" in words and "stands still" not in words


def test_past_jobs_are_listed_until_they_are_taken_off(draw, make_job) -> None:
    job = make_job({0: "ok", 1: "no_person", 2: "failed"})
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"))
    drawn = draw("RESTAGE_PT_jobs")
    assert drawn[:2] == ["walk", "restage.forget_job"]
    assert drawn[2:5] == ["1 of 3 frames", "Without a person: 1", "Failed: 2"]
    assert drawn[5:] == ["restage.open_folder Open", "restage.import_job Import"]
    bpy.ops.restage.forget_job(folder=str(job.folder))
    assert " ".join(draw("RESTAGE_PT_jobs")) == "What you reconstruct or import is listed here"
    assert job.folder.exists()


def test_a_failure_leaves_a_report_to_copy(draw, extension) -> None:
    session = extension.scene.session
    session.current.worker = SimpleNamespace(warnings=[], log_tail=lambda: "the log's end")
    session.finish("It broke. Try again.", failed=True)
    try:
        drawn = draw("RESTAGE_PT_main")
        assert drawn[-2:] == ["restage.copy_report", "restage.show_log"]
        assert session.current.report == "It broke. Try again.\nthe log's end"
    finally:
        session.current.report = ""
        session.finish("")


def test_another_clip_begins_anew_and_one_that_is_gone_is_said(draw, ready, extension, tmp_path) -> None:
    (tmp_path / "walk.mp4").write_bytes(b"film")
    extension.scene.session.finish("No person found in talk.mp4. Choose another clip.", failed=True)
    assert "No person found in" in " ".join(draw("RESTAGE_PT_main"))
    bpy.context.scene.restage.clip = str(tmp_path / "walk.mp4")
    assert "No person" not in " ".join(draw("RESTAGE_PT_main"))
    assert bpy.ops.restage.reconstruct.poll()
    (tmp_path / "walk.mp4").unlink()
    assert "There is no file walk.mp4; choose the clip again" in " ".join(draw("RESTAGE_PT_main"))
    with pytest.raises(RuntimeError, match="There is no file walk.mp4"):
        bpy.ops.restage.reconstruct()


def test_a_person_that_was_imported_is_selected_and_has_controls(draw, make_job) -> None:
    assert not bpy.types.RESTAGE_PT_sequence.poll(bpy.context)
    bpy.ops.restage.import_job(filepath=str(make_job().folder / "job.json"), mode="packed")
    assert bpy.types.RESTAGE_PT_sequence.poll(bpy.context) and bpy.types.RESTAGE_PT_export.poll(bpy.context)
    drawn = draw("RESTAGE_PT_sequence")
    end = ["Mode", "Packed", "restage.convert_sequence"]
    assert len(drawn) == 11 and drawn[-4:] == ["restage.add_proxies", *end]
    assert bpy.ops.restage.add_proxies() == {"FINISHED"}
    assert len(draw("RESTAGE_PT_sequence")) == 12 and draw("RESTAGE_PT_sequence")[-4:] == [
        "restage.remove_proxies",
        *end,
    ]
    assert draw("RESTAGE_PT_export") == ["export_format", "restage.export"]


def test_every_person_has_the_same_inputs_and_an_armature_when_it_is_wished(draw, make_job) -> None:
    job = make_job()
    add_arm(job, [0, 1, 2])
    names = ("Speed", "Offset", "Loop", "Hide Outside", "Hide Missing", "Retime", "Clip Frame")
    inputs = [f'["{name}"]' for name in names]
    modes = {
        "objects": "Objects",
        "character_shape_keys": "Character: Shape Keys",
        "character_cache": "Character: Cache",
        "character_armature": "Character: Armature",
    }
    for mode, words in modes.items():
        end = ["Mode", words, "restage.convert_sequence"]
        bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode=mode)
        bones = []
        if mode == "character_armature":
            bones = ["bone_names"]
            assert draw("RESTAGE_PT_sequence") == ["restage.retime", *bones, *end]
            assert bpy.ops.restage.retime() == {"FINISHED"}
        assert draw("RESTAGE_PT_sequence") == [*inputs, *bones, *end]
        with pytest.raises(RuntimeError, match="can be retimed already"):
            bpy.ops.restage.retime()


def test_the_turntable_shows_what_its_engine_can_do_and_how_far_it_is(draw, extension) -> None:
    settings = bpy.context.scene.restage
    drawn = draw("RESTAGE_PT_turntable")
    assert "turntable_shadow" not in drawn and "turntable_colour" in drawn
    assert drawn[-1] == "restage.render_turntable"
    settings.turntable_engine, settings.turntable_background = "CYCLES", "TRANSPARENT"
    drawn = draw("RESTAGE_PT_turntable")
    assert "turntable_shadow" in drawn and "turntable_colour" not in drawn
    run = extension.scene.turntable_run
    run.begin(step for step in [(12, 48)]).advance()
    try:
        assert draw("RESTAGE_PT_turntable")[-2:] == ["0.25 12 / 48", "restage.cancel_turntable"]
        assert not bpy.ops.restage.render_turntable.poll() and bpy.ops.restage.cancel_turntable.poll()
        bpy.ops.restage.cancel_turntable()
        assert draw("RESTAGE_PT_turntable")[-1] == "restage.render_turntable"
    finally:
        run.current = None


def test_the_preferences_link_every_licence_and_pamir_s_once_it_is_accepted(draw, extension) -> None:
    licences = extension.scene.licences
    links = [f"wm.url_open {name}" for name, _ in licences.LINKS]
    drawn = draw("preferences")
    assert [text for text in drawn if "url_open" in text] == links
    # Whatever is named before the download is linked.
    for line in (*licences.ENGINE, licences.CUDA):
        for name in line.partition(":")[0].split(", "):
            name = name.removeprefix("NVIDIA's libraries").removesuffix(" and the rest")
            assert any(name in link for link in links), name
    assert all(address.startswith("https://") for _, address in (*licences.LINKS, *licences.PAMIR_LINKS))
    bpy.ops.restage.accept_pamir()
    try:
        assert "wm.url_open SMPL" in draw("preferences")
    finally:
        bpy.context.preferences.addons[extension.__name__].preferences.pamir_accepted = False


def test_a_long_path_is_broken_after_a_folder(extension) -> None:
    recorder = Recorder()
    extension.panels.text.draw_path(recorder, "C:\\Users\\artist\\Blender Foundation\\engine", 20)
    assert recorder.drawn == ["C:\\Users\\artist\\", "Blender Foundation\\", "engine"]
    recorder = Recorder()
    extension.panels.text.draw_path(recorder, "452 MB", 20)
    assert recorder.drawn == ["452 MB"]
