"""How far a job is, from its folder alone."""

import pytest

from core.settings import Settings
from core.stages import route


def test_a_job_is_known_by_what_is_on_disk(extension, make_job, tmp_path) -> None:
    state_of = extension.scene.job_state.state_of
    assert state_of(tmp_path / "none.restage").kind == "none"
    job = make_job({0: "ok", 2: "ok", 4: "no_person", 6: "no_person", 8: "held", 10: "failed"})
    state = state_of(job.folder)
    assert (state.kind, state.text) == ("done", ("3 of 6 frames", "Without a person: 4-6", "Failed: 10"))
    job.mesh_path(2).unlink()
    assert state_of(job.folder).text == ("Interrupted: 2 of 3 frames are done",)
    for number in (0, 8):
        job.mesh_path(number).unlink()
    assert state_of(job.folder).text == ("Interrupted before the first frame was done",)
    (job.folder / "job.json").write_text("{")
    assert state_of(job.folder).kind == "unreadable"


@pytest.mark.parametrize(
    ("cut_off_in", "settings", "text"),
    [
        ("character", Settings(), "Interrupted in the character; all frames are done"),
        ("page", Settings(), "Interrupted in the result page; all frames are done"),
        ("page", Settings(character=False), "Interrupted in the result page; all frames are done"),
        ("textures", Settings(moving_texture=True), "Interrupted in the moving texture; all frames are done"),
        ("frames", Settings(), "Interrupted: 3 of 3 frames are done"),
    ],
)
def test_a_job_is_done_when_every_stage_is_that_its_settings_ask_for(
    extension, make_job, cut_off_in: str, settings: Settings, text: str
) -> None:
    job, stages = make_job(), route(settings)
    job.record.settings = settings
    job.record.stages = dict.fromkeys(stages, "done")
    job.save()
    assert extension.scene.job_state.state_of(job.folder).kind == "done"
    job.record.stages = dict.fromkeys(stages[: stages.index(cut_off_in)], "done")
    job.save()
    state = extension.scene.job_state.state_of(job.folder)
    assert (state.kind, state.text) == ("interrupted", (text,))


def test_a_job_in_which_nobody_was_found_is_not_interrupted(extension, make_job) -> None:
    job = make_job({0: "no_person", 1: "failed"})
    state = extension.scene.job_state.state_of(job.folder)
    assert (state.kind, state.text) == ("empty", ("Without a person: 0", "Failed: 1"))
    job.record.frames, job.record.stages = {}, {}
    job.save()
    state = extension.scene.job_state.state_of(job.folder)
    assert (state.kind, state.text) == ("empty", ("Nothing is finished yet",))


@pytest.mark.parametrize(
    ("numbers", "step", "text"), [((3,), 1, "3"), ((1, 2, 3, 7), 1, "1-3, 7"), ((0, 2, 4, 9), 2, "0-4, 9")]
)
def test_numbers_are_told_as_ranges(extension, numbers, step: int, text: str) -> None:
    assert extension.scene.job_state.ranges(numbers, step) == text


def test_the_list_of_jobs_outlives_blender_and_bears_damage(extension, make_job) -> None:
    recent = extension.scene.recent
    first, second = make_job(name="first").folder, make_job(name="second").folder
    recent.remember(first)
    recent.remember(second)
    recent.remember(first)
    assert recent.jobs()[:2] == [first, second]
    recent.forget(first)
    assert recent.jobs()[0] == second
    recent._file().write_text("not json")
    assert recent.jobs() == []
