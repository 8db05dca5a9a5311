"""A character stage that is interrupted goes on where it stopped, and only there."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import core.character.stage as stage
from core.character import make_character
from core.character.registered import forget_registered
from core.errors import Cancelled
from core.events import SilentEvents
from core.job import Job, atomic_write
from core.picture import jpeg_bytes
from core.ply import read_ply, write_ply
from core.settings import Settings
from core.texture.stage import run_colours
from tests.core.character.test_stage import COUNT, make_job
from tests.core.posed_person import HEIGHT, WIDTH


class Stopped(SilentEvents):
    """A user who cancels when so many steps are done."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._left = after

    def emit(self, kind: str, **fields: Any) -> None:
        self._left -= 1
        if self._left == 0:
            raise Cancelled


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job with all that the texture needs, and its whole character."""
    job = make_job(tmp_path_factory.mktemp("filmed") / "person.restage")
    job.record.settings = Settings(method="body", texture_size=512)
    picture = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)
    for number in job.record.frames:
        with atomic_write(job.picture_path(number)) as stream:
            stream.write(jpeg_bytes(picture, HEIGHT))
    run_colours(job, SilentEvents())
    finish(job)
    return job


def finish(job: Job) -> None:
    """As `python -m core character` does it."""
    make_character(job, SilentEvents())
    forget_registered(job)


@pytest.fixture
def again(filmed: Job, tmp_path: Path) -> Job:
    """The same without a character."""
    folder = tmp_path / "again.restage"
    shutil.copytree(filmed.folder, folder)
    other = Job(folder, filmed.record)
    shutil.rmtree(other.character_folder)
    return other


@pytest.fixture
def registrations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with every frame that is registered."""
    made: list[int] = []
    register = stage.register

    def counted(*arguments: Any) -> Any:
        made.append(len(made))
        return register(*arguments)

    monkeypatch.setattr(stage, "register", counted)
    return made


def contents(job: Job) -> dict[str, bytes]:
    files = (path for path in job.character_folder.rglob("*") if path.is_file())
    return {str(path.relative_to(job.character_folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("after", [1, 3, COUNT, 2 * COUNT - 1, 2 * COUNT, 2 * COUNT + 3])
def test_who_cancels_and_resumes_gets_the_same_and_no_frame_is_registered_twice(
    filmed: Job, again: Job, registrations: list[int], after: int
) -> None:
    with pytest.raises(Cancelled):
        make_character(again, Stopped(after))
    # A step is reported when its frame is kept; one frame has no mesh.
    known = min(after, COUNT - 1)
    assert len(list(again.registered_folder.iterdir())) == len(registrations) == known
    finish(again)
    assert len(registrations) == COUNT - 1
    assert contents(again) == contents(filmed)
    assert not again.registered_folder.exists()


def test_what_was_made_from_something_else_does_not_count(again: Job, registrations: list[int]) -> None:
    with pytest.raises(Cancelled):
        make_character(again, Stopped(COUNT + 1))
    vertices, faces, colours = read_ply(again.mesh_path(3))
    write_ply(again.mesh_path(3), vertices + np.float32(0.001), faces, colours)
    with pytest.raises(Cancelled):
        make_character(again, Stopped(COUNT + 1))
    assert len(registrations) == COUNT - 1 + 1, "the frame with another mesh"
    with np.load(again.clothing_path) as values:
        thickness = values["thickness"] + np.float32(0.002)
    with atomic_write(again.clothing_path) as stream:
        np.savez(stream, thickness=thickness)
    with pytest.raises(Cancelled):
        make_character(again, Stopped(COUNT + 1))
    assert len(registrations) == COUNT + COUNT - 1, "all frames in other clothes"
    finish(again)
    assert not again.registered_folder.exists(), "also not what nobody asked for again"


@pytest.mark.parametrize("content", [b"", b"half", None])
def test_a_damaged_file_is_made_anew(filmed: Job, again: Job, registrations: list[int], content: bytes | None) -> None:
    with pytest.raises(Cancelled):
        make_character(again, Stopped(COUNT + 1))
    path = sorted(again.registered_folder.iterdir())[0]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content is None else content)
    finish(again)
    assert len(registrations) == COUNT
    assert contents(again) == contents(filmed)
