"""The frames stage: the textured mesh of every frame, several frames at a time."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from .arrays import LANDMARKS, read_arrays
from .device import lacks_device_memory
from .errors import RestageError
from .events import Events, SilentEvents, progress
from .job import FAILED, HELD, OK, Job
from .parallel import MOST, work_through, worker_count
from .settings import Device

if TYPE_CHECKING:
    from .pamir.models import PamirModels
    from .reconstruction import FrameMaker

# So many processes share a graphics card's memory.
MOST_ON_CARD = 4


@dataclass(frozen=True)
class Made:
    """seconds: what making a frame took, by part; short_of_memory: the card's memory did not suffice for this frame."""

    seconds: dict[str, float]
    short_of_memory: bool


class FrameWork:
    """Makes frames of a job; on the processor from the first one on that the card's memory does not suffice for."""

    def __init__(self, job: Job, models: "PamirModels | None" = None) -> None:
        self._job, self._models = job, models
        self._device: Device = job.record.settings.device
        self._maker: FrameMaker | None = None

    def __call__(self, number: int) -> Made:
        """Write a frame's mesh; raises RestageError when the frame fails."""
        short_of_memory = False
        try:
            self._maker = self._maker or self._new_maker()
            seconds = self._maker.make(number)
        except RuntimeError as error:
            if self._device == "cpu" or not lacks_device_memory(error):
                raise
            self._device, short_of_memory = "cpu", True
            self._maker = self._new_maker()
            seconds = self._maker.make(number)
        return Made(seconds, short_of_memory)

    def _new_maker(self) -> "FrameMaker":
        settings = self._job.record.settings
        if self._models is not None:
            from .pamir.models import PamirModels
            from .pamir.stage import PamirFrameMaker

            if self._device != settings.device:
                self._models = PamirModels.load(replace(settings, device=self._device), SilentEvents())
            return PamirFrameMaker(self._job, self._models)
        if settings.method == "open":
            from .device import choose_device
            from .open.stage import OpenFrameMaker

            return OpenFrameMaker(self._job, choose_device(self._device))
        from .reconstruction import BodyFrameMaker

        return BodyFrameMaker(self._job)


def run_frames(job: Job, models: "PamirModels | None", events: Events) -> dict[str, float]:
    """Write `frames/NUMBER.ply` for every frame with a person that has none; failed frames are recorded and told.

    Returns the seconds that it took, by part. Raises RestageError `no_surface` when no frame has a mesh in the end.
    """
    record, seconds, warned = job.record, Counter[str](), False
    numbers = job.person_frames()
    missing = [number for number in numbers if not job.mesh_path(number).exists()]
    workers = _workers(job, models, len(missing))
    work = partial(FrameWork, job, models)
    done = len(numbers) - len(missing)
    for number, made in progress(work_through(work, missing, workers), events, "frames", len(numbers), done):
        if isinstance(made, RestageError):
            record.frames[number].status, record.frames[number].reason = FAILED, str(made)
            job.save()
            events.emit("warning", code=made.code, message=f"Frame {number}: {made}")
            continue
        seconds.update(made.seconds)
        if made.short_of_memory and not warned:
            warned = True
            events.emit(
                "warning",
                code="out_of_memory",
                message=f"The graphics card's memory does not suffice; from frame {number} on the processor does the"
                " work. It takes longer and gives the same.",
            )
    if not job.finished_frames():
        raise RestageError(
            "no_surface",
            "No frame could be reconstructed. Look at person/masks in the job folder for the reason, and run again with"
            " --restart.",
        )
    return {name: value / workers for name, value in seconds.items()}


def begin_frames(job: Job) -> None:
    """Remove the meshes of other settings or another clip range, and give failed frames another chance."""
    from .person.track_files import HELD_REASON

    for mesh in job.mesh_path(0).parent.glob("*.ply"):
        mesh.unlink()
    values = read_arrays(job.landmarks_path, LANDMARKS, "frames", "held")
    held = dict(zip(values["frames"].tolist(), values["held"].tolist(), strict=True))
    for number, frame in job.record.frames.items():
        if frame.status == FAILED:
            frame.status, frame.reason = (HELD, HELD_REASON) if held[number] else (OK, "")


def _workers(job: Job, models: "PamirModels | None", frames: int) -> int:
    """How many processes make frames. PaMIR's networks keep all cores busy by themselves, and are large."""
    settings = job.record.settings
    if models is not None:
        return 1
    most = MOST
    if settings.method == "open":
        from .device import choose_device

        most = MOST if choose_device(settings.device).type == "cpu" else MOST_ON_CARD
    return worker_count(settings.workers, frames, most)
