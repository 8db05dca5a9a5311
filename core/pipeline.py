"""The stages in order: what turns a clip into a job folder."""

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__
from .events import Events
from .expected import expected
from .job import FAILED, HELD, NO_PERSON, OK, SUFFIX, Job, fingerprint
from .job_opening import check_source, make_folder, open_job
from .lock import LOCK_NAME, locked
from .open import weights_fingerprint
from .settings import Settings
from .source import holds_single_pictures, job_name
from .stages import FRAMES_BEGUN, LEAVES, STAGE_SETTINGS, Timings, is_complete, route, stage_inputs
from .workers import kept

if TYPE_CHECKING:
    from .pamir.models import PamirModels
    from .person.watch import Watched


@dataclass
class SharedWatch:
    """What the person stage of one job saw of the clip, for the jobs of the other people in it."""

    watched: "Watched | None" = None

    def close(self) -> None:
        """Remove what is kept of the clip for a next person."""
        if self.watched is not None:
            self.watched.between.close()
        self.watched = None


def reconstruct_people(
    clip: Path, output: Path, settings: Settings, events: Events, restart: bool = False
) -> list[Job]:
    """The jobs of the people that settings.person names: one, or with "all" one for each person of the clip.

    Of all, each is reconstructed as `reconstruct` does it; the clip is decoded once, and the lens that the first one's
    body was fitted with is everybody's, so that all fit into one scene.
    """
    if settings.person != "all" or holds_single_pictures(clip, settings):
        return [reconstruct(clip, output, settings, events, restart)]
    from .person.people_file import read_people

    with closing(SharedWatch()) as shared:
        jobs = [reconstruct(clip, output, replace(settings, person=""), events, restart, shared)]
        ids = [int(person["id"]) for person in read_people(jobs[0])["people"]]
        for number in ids[1:]:
            events.emit("notice", message=f"Person {number} of {len(ids)}.")
            one = replace(settings, person=str(number), focal=settings.focal or _focal_ratio(jobs[0]))
            jobs.append(reconstruct(clip, output, one, events, restart, shared))
        return jobs


def _focal_ratio(job: Job) -> float:
    camera = job.camera()
    return camera.focal / max(camera.width, camera.height)


def reconstruct(
    clip: Path,
    output: Path,
    settings: Settings,
    events: Events,
    restart: bool = False,
    shared: SharedWatch | None = None,
) -> Job:
    """Run every stage that is not done yet and return the job.

    clip: a video, or a folder of pictures (core.source); output: the folder in which `NAME.restage` is made, or that of
    another person than the most prominent one (core.source.job_name). A job of the same clip and settings goes on where
    it stopped, unless `restart`. Raises RestageError for whatever the user can mend, OSError when files cannot be
    written, KeyboardInterrupt or Cancelled when stopped; all finished work stays in the job.
    """
    # Before anything is made: a file that is no video, or missing weights, leave no folder behind.
    check_source(clip, settings)
    models = None
    if settings.method == "pamir":
        from .pamir.models import PamirModels

        models = PamirModels.load(settings, events)
    folder = output / (job_name(clip, settings.person) + SUFFIX)
    make_folder(folder)
    with locked(folder / LOCK_NAME):
        job = open_job(clip, folder, settings, restart)
        run = _Run(job, clip, events, models, shared)
        with kept():
            for stage in route(settings):
                run.stage(stage)
    return job


def frame_counts(job: Job) -> dict[str, int]:
    """How many frames ended how: {ok, held, no_person, failed}."""
    counts: dict[str, int] = {OK: 0, HELD: 0, NO_PERSON: 0, FAILED: 0}
    for record in job.record.frames.values():
        counts[record.status] += 1
    return counts


class _Run:
    """One pass over the stages: skips what is done, times and records what it does."""

    def __init__(
        self, job: Job, clip: Path, events: Events, models: "PamirModels | None", shared: SharedWatch | None
    ) -> None:
        self.job, self._clip, self._events, self._models, self._shared = job, clip, events, models, shared
        self._route = route(job.record.settings)
        self._work: dict[str, Callable[[], None]] = {
            "person": self._person,
            "body": self._body,
            "clothing": self._clothing,
            "props": self._props,
            "colours": self._colours,
            "frames": self._frames,
            "character": self._character,
            "textures": self._textures,
            "page": self._page,
            "video": self._video,
        }
        self._fingerprint = fingerprint(job.record.source["sha256"], __version__)
        self._timings = Timings.read(job)

    def stage(self, name: str) -> None:
        """Do a stage, unless it was done with the same inputs before and its files are still there."""
        inputs = stage_inputs(self.job.record.settings, name)
        if name == "frames" and self._models is not None:
            inputs |= {"models": self._models.fingerprint}
        if name == "frames" and self.job.record.settings.method == "open":
            inputs |= {"weights": weights_fingerprint()}
        made_from = fingerprint(self._fingerprint, name, inputs)
        if name not in LEAVES:
            self._fingerprint = made_from
        index = self._route.index(name) + 1
        done = self.job.record.stages.get(name) == made_from and is_complete(self.job, name)
        frames = len(self.job.record.frames)
        # How many there are is what the stage person finds out.
        times = expected(self._route, name, frames)._asdict() if frames else {}
        self._events.emit("stage", stage=name, index=index, count=len(self._route), skipped=done, **times)
        if done:
            return
        # Not before the stage person, which keeps an earlier result until it has a new one: bad settings lose nothing.
        if name != "person":
            self._forget_from(name)
        started = time.perf_counter()
        self._work[name]()
        self._timings.stages[name] = round(time.perf_counter() - started, 3)
        self._timings.write(self.job)
        self.job.record.stages[name] = made_from
        self.job.save()

    def _forget_from(self, name: str) -> None:
        """This stage and those that need it count as not done from now on, also if this run is killed within it."""
        names = list(STAGE_SETTINGS)
        forgotten = [name] if name in LEAVES else names[names.index(name) :]
        for later in forgotten:
            self.job.record.stages.pop(later, None)
            self._timings.stages.pop(later, None)
        if "video" in forgotten:
            # Whether or not this run makes another one: it shows what is gone.
            self.job.character_video_path.unlink(missing_ok=True)
        if name in names[: names.index("frames")]:
            self.job.record.stages.pop(FRAMES_BEGUN, None)
        self.job.save()

    def _person(self) -> None:
        from .person.stage import run_person

        shared = self._shared or SharedWatch()
        shared.watched = run_person(self.job, self._clip, self._events, shared.watched)
        if self._shared is None:
            shared.close()
        self._forget_from("person")

    def _body(self) -> None:
        if holds_single_pictures(self._clip, self.job.record.settings):
            from .pamir.camera import run_camera

            run_camera(self.job)
        else:
            from .body.stage import run_body

            run_body(self.job, self._events)

    def _clothing(self) -> None:
        from .surface.stage import run_clothing

        run_clothing(self.job, self._events)

    def _props(self) -> None:
        from .props.stage import run_props

        run_props(self.job, self._events)

    def _colours(self) -> None:
        from .texture.stage import run_colours

        run_colours(self.job, self._events)

    def _frames(self) -> None:
        from .frames import begin_frames, run_frames

        record = self.job.record
        if record.stages.get(FRAMES_BEGUN) != self._fingerprint:
            begin_frames(self.job)
            record.stages[FRAMES_BEGUN] = self._fingerprint
            self.job.save()
        resumed = bool(self.job.finished_frames())
        for name, seconds in run_frames(self.job, self._models, self._events).items():
            self._timings.stages[name] = round(seconds, 3)
        self._timings.resumed = resumed

    def _character(self) -> None:
        from .character import make_character

        make_character(self.job, self._events)

    def _textures(self) -> None:
        from .character.moving_texture import run_moving_texture

        run_moving_texture(self.job, self._events)

    def _page(self) -> None:
        from .character.registered import forget_registered
        from .preview import contact_sheet
        from .viewer import write_page

        # By now job.json says that the character is done; sooner, a kill in between would cost all of it.
        forget_registered(self.job)
        contact_sheet(self.job)
        write_page(self.job)

    def _video(self) -> None:
        from .preview.character_video import run_character_video

        run_character_video(self.job, self._events)
