"""How far a job is, from its folder alone."""

import pytest


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
