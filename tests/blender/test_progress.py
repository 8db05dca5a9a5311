"""How far a run is, and how long it still takes."""

import pytest

from core.expected import expected

STAGES = ("person", "body", "frames", "character")


@pytest.fixture
def progress():
    from bl_ext.user_default.restage.scene.progress import Progress

    return Progress()


def _stage(progress, now: float, index: int, **more) -> None:
    progress.update({"event": "stage", "stage": STAGES[index - 1], "index": index, "count": 4, **more}, now)


def _count(progress, now: float, done: int, count: int = 40, what: str = "frames") -> None:
    progress.update({"event": "frame", "stage": what, "done": done, "count": count}, now)


def _told(before: float, seconds: float, after: float) -> dict[str, float]:
    return {"before": before, "seconds": seconds, "after": after}


def test_where_nothing_is_expected_stages_count_alike_and_a_counter_by_itself(progress) -> None:
    assert (progress.fraction, progress.seconds_left(5.0)) == (0.0, None)
    _stage(progress, 100.0, 3)
    for done in range(1, 11):
        _count(progress, 100.0 + 2 * done, done)
    assert progress.fraction == pytest.approx(0.5 + 0.25 / 4)
    assert progress.seconds_left(120.0) == pytest.approx(60.0)
    # Between two frames it counts down, and says nothing where it was wrong.
    assert progress.seconds_left(150.0) == pytest.approx(30.0)
    assert progress.seconds_left(190.0) is None
    _count(progress, 200.0, 40)
    assert progress.seconds_left(201.0) is None


def test_a_machine_half_as_fast_takes_twice_as_long(progress) -> None:
    _stage(progress, 0.0, 2, **_told(10, 10, 140))
    _stage(progress, 20.0, 3, **_told(20, 100, 40))
    assert progress.fraction == pytest.approx(20 / 160)
    assert progress.seconds_left(20.0) == pytest.approx(280.0)
    for done in range(1, 11):
        _count(progress, 20.0 + 5 * done, done)
    assert progress.fraction == pytest.approx(45 / 160)
    assert progress.seconds_left(70.0) == pytest.approx(150.0 + 40 * 70 / 35)


def test_what_was_done_before_tells_nothing_of_the_speed(progress) -> None:
    _stage(progress, 0.0, 2, skipped=True, **_told(10, 10, 140))
    _stage(progress, 0.1, 3, **_told(20, 100, 40))
    assert progress.seconds_left(0.1) == pytest.approx(140.0)
    # A counter that goes on at 20 of 40 has made none of those.
    for done in range(21, 31):
        _count(progress, 2.0 * (done - 20), done)
    assert progress.seconds_left(20.0) == pytest.approx(10 * 2.0 + 40 * 18 / 22.5)


def test_the_bar_never_goes_back(progress) -> None:
    _stage(progress, 0.0, 3, **_told(20, 100, 40))
    _count(progress, 50.0, 20)
    half = progress.fraction
    _count(progress, 51.0, 1, 400, "what is counted besides")
    assert progress.fraction == half
    _stage(progress, 60.0, 1)
    assert progress.fraction == 0.0


def test_the_engine_tells_what_to_expect() -> None:
    before, seconds, after = expected(STAGES, "frames", 100)
    assert before + seconds + after == pytest.approx(sum(expected(STAGES, STAGES[0], 100)))
    assert seconds > before and expected(STAGES, "frames", 200).seconds == pytest.approx(2 * seconds, rel=0.05)
    assert expected(STAGES, "character", 100).after == 0
