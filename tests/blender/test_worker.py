"""The worker's process: events, ends of every kind, and a stop that leaves nothing running."""

import os
import sys
import time
from pathlib import Path

import pytest

FAKE = Path(__file__).with_name("fake_engine.py")


@pytest.fixture
def start(extension, make_job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from bl_ext.user_default.restage.scene.worker import Worker

    monkeypatch.setenv("RESTAGE_TEST_JOB", str(make_job().folder))
    monkeypatch.setenv("PYTHONHOME_OF_SOMEONE", "/elsewhere")
    started = []

    def start(mode: str) -> Worker:
        arguments = ["reconstruct", "walk.mp4", "--output", str(tmp_path / "out")]
        started.append(Worker([sys.executable, str(FAKE), mode, *arguments], tmp_path))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()


def _until_frame(worker) -> None:
    deadline = time.monotonic() + 30
    while not worker.progress.done and time.monotonic() < deadline:
        worker.drain()
        time.sleep(0.02)
    assert worker.progress.done


def _alive(worker) -> bool:
    return worker._process.poll() is None


def test_wait_returns_the_done_event(start, tmp_path: Path) -> None:
    worker = start("work")
    done = worker.wait()
    assert done["job"] == str(tmp_path / "out" / "walk.restage")
    assert worker.warnings == ["One frame was dark."]
    assert (worker.progress.stage, worker.progress.index, worker.progress.stages) == ("person", 2, 2)
    assert worker.progress.fraction == 1.0
    assert "strangers: []" in worker.log_tail()


def test_drain_never_waits_and_gets_everything(start) -> None:
    worker = start("work")
    kinds = []
    deadline = time.monotonic() + 30
    while worker.running and time.monotonic() < deadline:
        kinds += [event["event"] for event in worker.drain()]
        time.sleep(0.02)
    kinds += [event["event"] for event in worker.drain()]
    assert kinds == ["stage", "stage", "frame", "frame", "frame", "warning", "done"]
    assert worker.result()["event"] == "done"


def test_an_error_event_keeps_its_code(start, extension) -> None:
    with pytest.raises(extension.core.errors.RestageError, match="No person found") as caught:
        start("refuse").wait()
    assert caught.value.code == "no_person"


def test_a_death_without_a_word_shows_the_log(start, extension) -> None:
    with pytest.raises(extension.core.errors.RestageError, match="stopped unexpectedly in stage 'person'") as caught:
        start("crash").wait()
    assert caught.value.code == "engine_stopped"
    assert str(caught.value).endswith("Segmentation fault, says the last line")


def test_cancel_is_clean(start, extension) -> None:
    worker = start("slow")
    _until_frame(worker)
    worker.cancel()
    with pytest.raises(extension.core.errors.Cancelled):
        worker.wait()
    assert worker._process.returncode == 130


def test_a_second_cancel_ends_a_deaf_worker(start, extension) -> None:
    worker = start("deaf")
    _until_frame(worker)
    worker.cancel()
    assert _alive(worker)
    worker.cancel()
    assert not _alive(worker)
    with pytest.raises(extension.core.errors.Cancelled):
        worker.wait()


def test_a_missing_interpreter_is_named(extension, tmp_path: Path) -> None:
    from bl_ext.user_default.restage.scene.worker import Worker

    with pytest.raises(extension.core.errors.RestageError, match="does not start") as caught:
        Worker([str(tmp_path / "nowhere" / "python")], tmp_path)
    assert caught.value.code == "engine_broken"


def test_the_environment_is_cleaned(extension) -> None:
    from bl_ext.user_default.restage.scene.worker import clean_environment

    given = {"PATH": "a", "PYTHONPATH": "b", "PythonHome": "c", "BLENDER_USER_RESOURCES": "d", "HOME": "e"}
    assert clean_environment(given) == {"PATH": "a", "HOME": "e"}
    assert os.environ["BLENDER_USER_RESOURCES"]
