"""What the pipeline does when something is in the way; the stages themselves are tested in their own folders."""

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Cancelled, RestageError
from core.events import SilentEvents
from core.job import FAILED, HELD, OK, FrameRecord, Job
from core.lock import LOCK_NAME, locked
from core.pipeline import frame_counts, reconstruct, reconstruct_people
from core.ply import write_ply
from core.preview.character_video import renew_character_video
from core.settings import Settings

TRIANGLE = (np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32), np.full((3, 3), 200, np.uint8))
NUMBERS = [0, 1, 2, 3]
STAGES = ["person", "body", "clothing", "props", "colours", "frames", "character", "page"]


class Seen:
    """Stands in for what was seen of a clip; notes whether its pictures between the chosen ones were closed."""

    closed = False

    @property
    def between(self) -> "Seen":
        return self

    def close(self) -> None:
        self.closed = True


class Stages:
    """Stands in for the stages, which take minutes; notes what is called and fails where it is told to."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.problems: dict[str, BaseException] = {}
        self.watched: list[object] = []
        self.seen = Seen()

    def note(self, name: str) -> None:
        self.calls.append(name)
        if name in self.problems:
            raise self.problems[name]

    def person(self, job: Job, _clip: Path, _events: object, watched: object) -> object:
        self.note(f"person {job.record.settings.person}".strip())
        self.watched.append(watched)
        job.record.frames = {number: FrameRecord(number / 30) for number in NUMBERS}
        job.record.frames[1] = FrameRecord(1 / 30, HELD, "not seen; filled from the frames around it")
        job.record.clip = {"width": 4, "height": 3, "frame_rate": 30.0, "frame_count": len(NUMBERS)}
        for number in NUMBERS:
            for path in (job.picture_path(number), job.mask_path(number)):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"picture")
        job.crops_path.write_text("{}")
        np.savez(job.landmarks_path, frames=np.array(NUMBERS), held=np.array(NUMBERS) == 1)
        job.people_path.write_text(json.dumps({"chosen": 1, "cuts": [], "people": [{"id": 1}, {"id": 2}]}))
        self.seen = Seen() if watched is None else self.seen
        assert not self.seen.closed, "somebody still needs the pictures"
        return self.seen

    def arrays(self, name: str, path: Path) -> None:
        self.note(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, values=np.arange(100))

    def body(self, job: Job, _events: object) -> None:
        self.note(f"body {job.record.settings.focal:.4g}" if job.record.settings.focal else "body")
        job.body_path.parent.mkdir(parents=True, exist_ok=True)
        lens = {"focal": 6.0, "centre": np.array([2.0, 1.5]), "image_size": np.array([4, 3], np.int32)}
        np.savez(job.body_path, camera_to_world=np.eye(4), **lens)

    def character(self, job: Job, _events: object) -> None:
        self.arrays("character", job.skeleton_path)
        np.savez(job.template_path, values=np.arange(100))
        for path in (job.character_frames_path, job.character_vertices_path):
            np.save(path, np.arange(100))

    def texture(self, job: Job, _events: object, _draft: object) -> None:
        job.character_texture_path.write_bytes(b"picture")

    def moving_texture(self, job: Job, _events: object) -> None:
        self.note("textures")
        for number in np.load(job.character_frames_path):
            path = job.moving_texture_path(int(number))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"picture")

    def video(self, job: Job, _events: object) -> None:
        self.note("video")
        job.character_video_path.write_bytes(b"video")

    def page(self, job: Job) -> None:
        job.page_path.write_text("page")


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    stages = Stages()

    class Maker:
        """Writes one triangle for a frame."""

        def __init__(self, job: Job) -> None:
            self.job = job

        def make(self, number: int) -> dict[str, float]:
            stages.note(f"frame {number}")
            write_ply(self.job.mesh_path(number), *TRIANGLE)
            return {"surface": 0.1, "texture": 0.1}

    def sheet(job: Job) -> None:
        stages.note("page")
        job.preview_folder.mkdir(exist_ok=True)
        (job.preview_folder / "contact_sheet.png").write_bytes(b"sheet")

    monkeypatch.setattr("core.person.stage.run_person", stages.person)
    monkeypatch.setattr("core.character.stage.run_character", stages.character)
    monkeypatch.setattr("core.character.texture.make_texture", stages.texture)
    monkeypatch.setattr("core.character.moving_texture.run_moving_texture", stages.moving_texture)
    monkeypatch.setattr("core.preview.character_video.character_video", stages.video)
    monkeypatch.setattr("core.body.stage.run_body", stages.body)
    monkeypatch.setattr("core.surface.stage.run_clothing", lambda job, _: stages.arrays("clothing", job.clothing_path))
    monkeypatch.setattr("core.texture.stage.run_colours", lambda job, _: stages.arrays("colours", job.colours_path))
    monkeypatch.setattr("core.props.stage.run_props", lambda job, _: stages.arrays("props", job.props_path))
    monkeypatch.setattr("core.reconstruction.BodyFrameMaker", Maker)
    monkeypatch.setattr("core.preview.contact_sheet", sheet)
    monkeypatch.setattr("core.viewer.write_page", stages.page)
    return stages


def run(clip: Path, output: Path, restart: bool = False, **settings: Any) -> tuple[Job, SilentEvents]:
    events = SilentEvents()
    return reconstruct(
        clip, output, Settings(**{"method": "body", "texture_size": 512, "video": False} | settings), events, restart
    ), events


def done_again(stages: Stages) -> list[str]:
    calls, stages.calls = stages.calls, []
    return calls


FRAMES = [f"frame {number}" for number in NUMBERS]


def test_a_second_run_does_nothing(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    job, _ = run(demo_clip, tmp_path)
    assert done_again(stages) == ["person", "body", "clothing", "props", "colours", *FRAMES, "character", "page"]
    assert job.finished_frames() == NUMBERS
    _, events = run(demo_clip, tmp_path)
    assert done_again(stages) == []
    assert [event["skipped"] for event in events.events if event["event"] == "stage"] == [True] * len(STAGES)


def test_another_preset_repeats_only_the_frames_and_what_follows(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    run(demo_clip, tmp_path)
    done_again(stages)
    job, _ = run(demo_clip, tmp_path, preset="draft")
    assert done_again(stages) == [*FRAMES, "character", "page"]
    assert Job.open(job.folder).record.settings.preset == "draft"
    run(demo_clip, tmp_path, frames="0:4")
    assert done_again(stages)[0] == "person"
    run(demo_clip, tmp_path, restart=True, frames="0:4")
    assert done_again(stages) == ["person", "body", "clothing", "props", "colours", *FRAMES, "character", "page"]


def test_a_texture_of_every_frame_is_made_when_it_is_wished_and_again_with_the_character(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    run(demo_clip, tmp_path, moving_texture=True, character=False)
    assert done_again(stages)[-2:] == [FRAMES[-1], "page"]
    run(demo_clip, tmp_path)
    done_again(stages)
    job, _ = run(demo_clip, tmp_path, moving_texture=True)
    assert done_again(stages) == ["textures", "page"]
    job.moving_texture_path(2).unlink()
    run(demo_clip, tmp_path, moving_texture=True)
    assert done_again(stages)[0] == "textures"
    job.moving_texture_path(2).write_bytes(b"of the character before")
    run(demo_clip, tmp_path, moving_texture=True, steadiness=0.5)
    assert done_again(stages)[-3:] == ["character", "textures", "page"]
    assert job.moving_texture_path(2).read_bytes() == b"picture"


def test_the_video_is_made_again_with_what_it_shows_and_only_then(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    job, _ = run(demo_clip, tmp_path, video=True, character=False)
    assert done_again(stages)[-2:] == [FRAMES[-1], "page"]
    run(demo_clip, tmp_path, video=True)
    assert done_again(stages) == ["character", "page", "video"]
    run(demo_clip, tmp_path, video=True)
    renew_character_video(job.folder, SilentEvents())
    assert done_again(stages) == []
    for lost, again in ((job.page_path, ["page"]), (job.character_video_path, ["video"])):
        lost.unlink()
        run(demo_clip, tmp_path, video=True)
        assert done_again(stages) == again
    run(demo_clip, tmp_path, video=True, moving_texture=True)
    assert done_again(stages) == ["textures", "page", "video"]
    # A run that makes none leaves none of another character.
    run(demo_clip, tmp_path, steadiness=0.5)
    done_again(stages)
    assert not job.character_video_path.exists()
    for _ in range(2):
        assert renew_character_video(job.folder, SilentEvents()).exists()
    assert done_again(stages) == ["video"]
    run(demo_clip, tmp_path, video=True, steadiness=0.5)
    assert done_again(stages) == []


def test_a_video_that_cannot_be_encoded_costs_nothing_but_itself(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    stages.problems["video"] = RestageError("encoder_missing", "No encoder.")
    job, events = run(demo_clip, tmp_path, video=True)
    assert [event["code"] for event in events.events if event["event"] == "warning"] == ["encoder_missing"]
    assert done_again(stages)[-2:] == ["page", "video"]
    with pytest.raises(RestageError, match="No encoder"):
        renew_character_video(job.folder, SilentEvents())
    stages.problems.clear()
    done_again(stages)
    run(demo_clip, tmp_path, video=True)
    assert done_again(stages) == ["video"]


def test_a_failed_frame_is_marked_and_the_run_goes_on(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    stages.problems["frame 1"] = RestageError("surface_empty", "Nothing there.")
    stages.problems["frame 3"] = Cancelled()
    with pytest.raises(Cancelled):
        run(demo_clip, tmp_path)
    assert Job.open(tmp_path / "balance.restage").record.frames[1] == FrameRecord(1 / 30, FAILED, "Nothing there.")
    done_again(stages)
    del stages.problems["frame 3"]
    job, _ = run(demo_clip, tmp_path)
    assert done_again(stages) == ["frame 3", "character", "page"]
    assert frame_counts(job) == {"ok": 3, "held": 0, "no_person": 0, "failed": 1}
    # Other settings are another chance, and a frame that was held before is held again.
    stages.problems.clear()
    job, _ = run(demo_clip, tmp_path, preset="draft")
    assert frame_counts(job) == {"ok": 3, "held": 1, "no_person": 0, "failed": 0}
    assert Job.open(job.folder).record.frames[1].reason.startswith("not seen")


def test_when_every_frame_fails_the_run_fails(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    stages.problems |= {name: RestageError("surface_empty", "Nothing there.") for name in FRAMES}
    with pytest.raises(RestageError, match="No frame could be reconstructed") as caught:
        run(demo_clip, tmp_path)
    assert caught.value.code == "no_surface"


def test_a_full_disk_is_no_fault_of_the_frame(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    stages.problems["frame 2"] = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="No space"):
        run(demo_clip, tmp_path)
    done_again(stages)
    stages.problems.clear()
    job, _ = run(demo_clip, tmp_path)
    assert done_again(stages) == ["frame 2", "frame 3", "character", "page"]
    assert [entry.status for entry in job.record.frames.values()] == [OK, HELD, OK, OK]


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("person/landmarks.npz", ["person", "body", "clothing", "props", "colours", *FRAMES, "character", "page"]),
        ("person/masks/000002.png", ["person", "body", "clothing", "props", "colours", *FRAMES, "character", "page"]),
        ("body/body.npz", ["body", "clothing", "props", "colours", *FRAMES, "character", "page"]),
        ("body/colours.npz", ["colours", *FRAMES, "character", "page"]),
        ("frames/000002.ply", ["frame 2", "character", "page"]),
        ("character/template.npz", ["character", "page"]),
        ("character/texture.png", ["character", "page"]),
        ("index.html", ["page"]),
    ],
)
def test_what_was_lost_is_made_again(
    demo_clip: Path, tmp_path: Path, stages: Stages, name: str, again: list[str]
) -> None:
    job, _ = run(demo_clip, tmp_path)
    done_again(stages)
    (job.folder / name).unlink()
    run(demo_clip, tmp_path)
    assert done_again(stages) == again


def test_damaged_arrays_are_made_again(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    job, _ = run(demo_clip, tmp_path)
    content = bytearray(job.body_path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    job.body_path.write_bytes(content)
    done_again(stages)
    run(demo_clip, tmp_path)
    assert done_again(stages)[0] == "body"


@pytest.mark.parametrize("name", ["light", "grain", "relief"])
def test_damaged_light_grain_and_relief_are_made_again_with_the_colours(
    demo_clip: Path, tmp_path: Path, stages: Stages, name: str
) -> None:
    job, _ = run(demo_clip, tmp_path)
    (job.folder / "body" / f"{name}.npz").write_bytes(job.colours_path.read_bytes()[:-30])
    done_again(stages)
    run(demo_clip, tmp_path)
    assert done_again(stages)[0] == "colours"


@pytest.mark.parametrize("name", ["face", "heads", "shoes"])
def test_damaged_ways_are_made_again_with_the_body(demo_clip: Path, tmp_path: Path, stages: Stages, name: str) -> None:
    job, _ = run(demo_clip, tmp_path)
    (job.folder / "body" / f"{name}.npz").write_bytes(job.body_path.read_bytes()[:-30])
    done_again(stages)
    run(demo_clip, tmp_path)
    assert done_again(stages)[0] == "body"


def test_meshes_of_other_settings_do_not_stay(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    job, _ = run(demo_clip, tmp_path)
    write_ply(job.mesh_path(77), *TRIANGLE)
    run(demo_clip, tmp_path, preset="draft")
    assert not job.mesh_path(77).exists()


def test_a_run_with_other_settings_that_fails_leaves_the_job_as_it_was(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    job, _ = run(demo_clip, tmp_path)
    before = (job.folder / "job.json").read_bytes()
    stages.problems["person"] = RestageError("no_frames", "Outside the clip.")
    with pytest.raises(RestageError, match="Outside"):
        run(demo_clip, tmp_path, frames="900:")
    assert (job.folder / "job.json").read_bytes() == before
    done_again(stages)
    run(demo_clip, tmp_path)
    assert done_again(stages) == []


def test_a_stage_that_was_stopped_with_other_settings_is_not_done(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    run(demo_clip, tmp_path)
    stages.problems["body"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(demo_clip, tmp_path, height=1.8)
    stages.problems.clear()
    done_again(stages)
    run(demo_clip, tmp_path)
    assert done_again(stages) == ["body", "clothing", "props", "colours", *FRAMES, "character", "page"]


def test_another_clip_of_the_same_name_is_refused(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    job, _ = run(demo_clip, tmp_path / "out")
    other = tmp_path / demo_clip.name
    other.write_bytes(demo_clip.read_bytes() + b"\0")
    before = (job.folder / "job.json").read_bytes()
    for restart in (False, True):
        with pytest.raises(RestageError, match="another clip") as caught:
            run(other, tmp_path / "out", restart)
        assert caught.value.code == "job_other_clip"
    assert (job.folder / "job.json").read_bytes() == before


def test_a_newer_job_is_refused_and_a_damaged_one_only_without_restart(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    job, _ = run(demo_clip, tmp_path)
    path = job.folder / "job.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(values | {"schema": 99}))
    for restart in (False, True):
        with pytest.raises(RestageError, match="newer Restage"):
            run(demo_clip, tmp_path, restart)
    path.write_text("{")
    with pytest.raises(RestageError, match="--restart") as caught:
        run(demo_clip, tmp_path)
    assert caught.value.code == "job_unreadable"
    job, _ = run(demo_clip, tmp_path, restart=True)
    assert Job.open(job.folder).finished_frames() == NUMBERS


def test_one_run_at_a_time(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    folder = tmp_path / "balance.restage"
    folder.mkdir()
    with locked(folder / LOCK_NAME), pytest.raises(RestageError, match="Another run") as caught:
        run(demo_clip, tmp_path)
    assert caught.value.code == "job_busy"
    assert done_again(stages) == []
    # The lock file is still there, as after a kill.
    assert (folder / LOCK_NAME).exists()
    run(demo_clip, tmp_path)


def test_what_is_no_video_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    for name, code in (("text.mp4", "video_unreadable"), ("missing.mp4", "clip_missing")):
        with pytest.raises(RestageError) as caught:
            run(tmp_path / name, tmp_path / "out")
        assert caught.value.code == code
    assert not (tmp_path / "out").exists()


def test_an_output_that_is_a_file_is_refused(demo_clip: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(RestageError, match="Choose a folder") as caught:
        run(demo_clip, tmp_path / "out")
    assert caught.value.code == "output_unwritable"


def test_all_people_get_a_job_each_and_share_one_look_at_the_clip(
    demo_clip: Path, tmp_path: Path, stages: Stages
) -> None:
    settings = Settings(method="body", person="all")
    jobs = reconstruct_people(demo_clip, tmp_path, settings, SilentEvents())
    assert [job.folder.name for job in jobs] == ["balance.restage", "balance_2.restage"]
    assert [job.record.name for job in jobs] == ["balance", "balance_2"]
    # The first is whoever is most prominent, not somebody who is insisted on.
    assert [name for name in stages.calls if name.startswith("person")] == ["person", "person 2"]
    assert stages.watched == [None, stages.seen] and stages.seen.closed
    stages.calls.clear()
    reconstruct_people(demo_clip, tmp_path, settings, SilentEvents())
    assert not stages.calls


def test_all_people_are_seen_through_one_lens(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    reconstruct_people(demo_clip, tmp_path, Settings(method="body", person="all"), SilentEvents())
    assert [name for name in stages.calls if name.startswith("body")] == ["body", "body 1.5"]


def test_nobody_s_job_is_lost_to_another_person_s(demo_clip: Path, tmp_path: Path, stages: Stages) -> None:
    folders = {person: run(demo_clip, tmp_path, person=person)[0].folder.name for person in ("", "2", "0.5,0.25")}
    assert folders == {"": "balance.restage", "2": "balance_2.restage", "0.5,0.25": "balance_0.5_0.25.restage"}
    stages.calls.clear()
    # The most prominent person is the first one, chosen or not.
    for person in folders:
        run(demo_clip, tmp_path, person=person or "1")
    assert not stages.calls


def test_a_card_without_memory_leaves_the_work_to_the_processor_and_says_so_once(
    demo_clip: Path, tmp_path: Path, stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    made: list[tuple[str, int]] = []

    class Maker:
        """Its card fails from the third frame on."""

        def __init__(self, job: Job, device: torch.device) -> None:
            self.job, self.device = job, device

        def make(self, number: int) -> dict[str, float]:
            if self.device.type == "cuda" and number >= NUMBERS[2]:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
            made.append((self.device.type, number))
            write_ply(self.job.mesh_path(number), *TRIANGLE)
            return {"surface": 0.1, "texture": 0.1}

    monkeypatch.setattr("core.open.stage.OpenFrameMaker", Maker)
    monkeypatch.setattr(
        "core.device.choose_device", lambda wanted: torch.device("cuda" if wanted == "auto" else wanted)
    )
    job, events = run(demo_clip, tmp_path, method="open")
    assert made == [("cuda", 0), ("cuda", 1), ("cpu", 2), ("cpu", 3)]
    assert job.finished_frames() == NUMBERS
    told = [event for event in events.events if event["event"] == "warning"]
    assert [event["code"] for event in told] == ["out_of_memory"]


def test_a_processor_without_memory_is_an_error(
    demo_clip: Path, tmp_path: Path, stages: Stages, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    class Maker:
        def __init__(self, job: Job, device: torch.device) -> None:
            pass

        def make(self, number: int) -> None:
            raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr("core.open.stage.OpenFrameMaker", Maker)
    with pytest.raises(torch.OutOfMemoryError):
        run(demo_clip, tmp_path, method="open", device="cpu")
