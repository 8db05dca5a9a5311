"""MDD and PC2 caches, read by what their formats say, and the mesh that they belong to as trimesh reads it."""

import dataclasses
import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from core.__main__ import main
from core.character.files import Character, write_character
from core.errors import RestageError
from core.events import SilentEvents
from core.export import export_job
from core.job import FrameRecord, Job
from tests.core.export.moving_person import TIMES, make_job, people, turns, ways
from tests.core.export.quad_reader import ordered, read_quads

NAME = "Anna & Ben"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return make_job(tmp_path_factory.mktemp("cache") / "person.restage")


def read_mdd(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Seconds (N,) and places (N, V, 3)."""
    content = path.read_bytes()
    frames, points = struct.unpack(">2i", content[:8])
    values = np.array(struct.unpack(f">{(len(content) - 8) // 4}f", content[8:]))
    return values[:frames], values[frames:].reshape(frames, points, 3)


def read_pc2(path: Path) -> tuple[float, np.ndarray]:
    """The first frame and places (N, V, 3)."""
    content = path.read_bytes()
    signature, version, points, start, rate, frames = struct.unpack("<12s2i2fi", content[:32])
    assert (signature, version, rate) == (b"POINTCACHE2\0", 1, 1.0)
    return start, np.frombuffer(content, "<f4", offset=32).reshape(frames, points, 3)


def places(job: Job, kind: str, folder: Path) -> np.ndarray:
    """(N, V, 3) what the command writes."""
    assert main(["export", str(job.folder), "--format", kind, "--output", str(folder)]) == 0
    path = folder / f"{job.record.name}.{kind}"
    return read_mdd(path)[1] if kind == "mdd" else read_pc2(path)[1]


@pytest.mark.parametrize("kind", ["mdd", "pc2"])
def test_every_frame_of_the_clip_has_a_sample(job: Job, kind: str, tmp_path: Path) -> None:
    """Frame 6 shows nobody: it holds frame 5."""
    vertices = Character.load(job).vertices
    assert np.array_equal(places(job, kind, tmp_path), vertices[np.array([0, 1, 1, 2, 3])])


def test_samples_are_at_the_times_of_the_frames(job: Job, tmp_path: Path) -> None:
    events = SilentEvents()
    export_job(job, "mdd", tmp_path, events)
    times, _ = read_mdd(tmp_path / f"{NAME}.mdd")
    assert np.abs(times - [TIMES[number] - TIMES[4] for number in range(4, 9)]).max() < 1e-6
    assert events.events[-1] == {"event": "frame", "stage": "export", "done": 5, "count": 5}
    export_job(job, "pc2", tmp_path, events)
    assert read_pc2(tmp_path / f"{NAME}.pc2")[0] == 4


@pytest.mark.parametrize("kind", ["mdd", "pc2"])
def test_the_mesh_beside_is_the_rest_pose_with_its_texture(job: Job, kind: str, tmp_path: Path) -> None:
    count = places(job, kind, tmp_path).shape[1]
    character = Character.load(job)
    made = read_quads(tmp_path / f"{NAME}.obj")
    assert len(made.vertices) == count and np.abs(made.vertices - character.positions).max() < 1e-5
    wanted = np.stack([character.triangles, character.uv_triangles], axis=2)
    np.testing.assert_array_equal(ordered(made.triangles), ordered(wanted))
    person = trimesh.load(tmp_path / f"{NAME}.obj", process=False)
    assert person.visual.material.image.size == (64, 64)


@pytest.mark.parametrize("kind", ["mdd", "pc2"])
@pytest.mark.parametrize("way", [None, ways()], ids=["turning", "carried"])
def test_the_world_stands_still(kind: str, way: np.ndarray | None, tmp_path: Path) -> None:
    job = make_job(tmp_path / "person.restage", turn=turns(), way=way)
    found = places(job, kind, tmp_path)[[0, 1, 3, 4]]
    assert np.abs(found - np.stack([person.vertices for person in people()])).max() < 1e-5


def test_between_the_frames_of_a_step_there_is_what_lies_between(job: Job, tmp_path: Path) -> None:
    character = Character.load(job)
    frames = np.array([4, 6, 8, 12], np.int32)
    stepped = Job(tmp_path / "stepped.restage", dataclasses.replace(job.record))
    stepped.record.frames = {number: FrameRecord(number / 10) for number in (4, 6, 8, 10, 12)}
    stepped.record.frames[10].status = "no_person"
    stepped.body_path.parent.mkdir(parents=True)
    stepped.body_path.write_bytes(job.body_path.read_bytes())
    template = {"positions": character.positions, "triangles": character.triangles}
    write_character(stepped, template, frames, character.vertices, character.skeleton)
    stepped.save()
    found, vertices = places(stepped, "mdd", tmp_path / "out"), character.vertices
    times, _ = read_mdd(tmp_path / "out" / f"{NAME}.mdd")
    assert np.abs(times - np.arange(9) / 10).max() < 1e-6
    assert np.abs(found[1] - (vertices[0] + vertices[1]) / 2).max() < 1e-6
    for frame, row in ((0, 0), (2, 1), (4, 2), (5, 2), (6, 2), (7, 2), (8, 3)):
        assert np.array_equal(found[frame], vertices[row])
    assert [path.name for path in (tmp_path / "out").iterdir() if path.suffix == ".png"] == []


def test_a_job_without_a_character_says_so(job: Job, tmp_path: Path) -> None:
    with pytest.raises(RestageError) as caught:
        export_job(Job(tmp_path / "empty.restage", job.record), "mdd", tmp_path, SilentEvents())
    assert caught.value.code == "character_missing"
