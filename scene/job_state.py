"""How far a job folder is, from what is on disk: a run that Blender's end interrupted is known again."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ..core.errors import RestageError
from ..core.job import FAILED, NO_PERSON, Job
from ..core.stages import route
from .wording import panel_words

# EMPTY: begun, with nothing that could be gone on with; whether it was stopped, or nobody was found, it does not say.
NONE, EMPTY, INTERRUPTED, DONE, UNREADABLE = "none", "empty", "interrupted", "done", "unreadable"
# What was made when a run was cut off after its last frame.
AFTER_FRAMES = {"character": "character", "textures": "moving texture", "page": "result page"}


@dataclass(frozen=True)
class JobState:
    """`kind`: one of the names above; `text`: what a user reads, a line each."""

    kind: str
    text: tuple[str, ...] = ()


_known: dict[Path, tuple[tuple[int, int], JobState]] = {}


def state_of(folder: Path) -> JobState:
    """The state of a job folder. Read again only when its files changed, so it is cheap enough to draw with."""
    stamp = (_changed(folder / "job.json"), _changed(folder / "frames"))
    known = _known.get(folder)
    if known is None or known[0] != stamp:
        _known[folder] = known = (stamp, _read(folder) if stamp[0] else JobState(NONE))
    return known[1]


def describe_missing(job: Job) -> tuple[str, ...]:
    """Which frames have no mesh and why, a line for each reason: `Without a person: 12-15, 40`."""
    lines = []
    for status, words in ((NO_PERSON, "Without a person"), (FAILED, "Failed")):
        numbers = [number for number, entry in job.record.frames.items() if entry.status == status]
        if numbers:
            lines.append(f"{words}: {ranges(numbers, _step(job.record.frames))}")
    return tuple(lines)


def ranges(numbers: Iterable[int], step: int = 1) -> str:
    """Numbers as ranges, `12-15, 40`; those a step apart belong together."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number - spans[-1][1] <= step:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _step(numbers: Iterable[int]) -> int:
    ordered = sorted(numbers)
    return min((b - a for a, b in pairwise(ordered)), default=1)


def _read(folder: Path) -> JobState:
    try:
        job = Job.open(folder)
    except RestageError as error:
        return JobState(UNREADABLE, (panel_words(str(error)),))
    wanted, finished = job.person_frames(), job.finished_frames()
    if not wanted:
        return JobState(EMPTY, describe_missing(job) or ("Nothing is finished yet",))
    if not finished:
        return JobState(INTERRUPTED, ("Interrupted before the first frame was done",))
    stages = route(job.record.settings)
    # A stage that begins takes the marks of all later ones away, so the last one stands for all.
    if stages[-1] in job.record.stages and len(finished) == len(wanted):
        return JobState(DONE, (f"{len(finished)} of {len(job.record.frames)} frames", *describe_missing(job)))
    stopped = next((stage for stage in stages if stage not in job.record.stages), "")
    if stopped in AFTER_FRAMES and len(finished) == len(wanted):
        return JobState(INTERRUPTED, (f"Interrupted in the {AFTER_FRAMES[stopped]}; all frames are done",))
    return JobState(INTERRUPTED, (f"Interrupted: {len(finished)} of {len(wanted)} frames are done",))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
