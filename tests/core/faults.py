"""Kills a reconstruction again and again: `python -m tests.core.faults CLIP OUTPUT [--random N] [--every N]`.

Makes OUTPUT/whole without interruption, then OUTPUT/broken with kills: at N random moments (`--random`), and at every
N-th of the moments before, within and after each write, removal and stage (`--every`); 1 means at all of them. With
`--stage` these moments begin with that stage, and every step that it reports is one as well. After each kill the job
goes on. Prints how many kills there were, by kind, and which files differ; the exit code is 1 then.
Each run is a fork of a process that has loaded everything, so that only the work itself takes time.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import stat
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.events import SilentEvents
from core.job import Job
from core.pipeline import reconstruct
from core.settings import Settings

# What differs between equal runs: how long they took.
MEASURED = ("timings.json",)
# Runs after which something is wrong with going on.
MOST_RUNS = 2000


class Moments(SilentEvents):
    """Counts the moments in which a run may be killed, and kills its process at the chosen one."""

    def __init__(self, fatal: int, report: int, stage: str) -> None:
        super().__init__()
        self.count, self._fatal, self._report = 0, fatal, report
        self._stage, self._begun = stage, not stage
        self._fsync = os.fsync
        os.fsync = self.fsync  # type: ignore[assignment]
        for owner, name in ((pathlib.Path, "replace"), (pathlib.Path, "rename"), (shutil, "rmtree")):
            setattr(owner, name, self._around(name, getattr(owner, name)))

    def emit(self, kind: str, **fields: Any) -> None:
        if kind == "stage":
            self._begun = self._begun or fields["stage"] == self._stage
            self.moment(f"at stage {fields['stage']}")
        elif kind == "frame" and self._stage:
            self.moment("after a step")

    def moment(self, kind: str, before: Callable[[], object] = lambda: None) -> None:
        self.count += self._begun
        if self._begun and self.count == self._fatal:
            before()
            os.write(self._report, kind.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def fsync(self, handle: int) -> None:
        """A kill here leaves a file of which only a part was written."""
        regular = stat.S_ISREG(os.fstat(handle).st_mode)
        size = os.fstat(handle).st_size
        self.moment("within a write", lambda: os.ftruncate(handle, size // 2) if regular else None)
        self._fsync(handle)

    def _around(self, name: str, change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any, **options: Any) -> Any:
            self.moment(f"before {name}")
            result = change(*arguments, **options)
            self.moment(f"after {name}")
            return result

        return changed


def attempt(
    clip: Path, output: Path, settings: Settings, fatal: int = 0, delay: float | None = None, stage: str = ""
) -> tuple[bool, str]:
    """One run in a process of its own, killed at moment `fatal`, counted from a stage on, or after `delay` seconds;
    whether it came to its end, and where it was killed. Raises RuntimeError when it failed."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        try:
            reconstruct(clip, output, settings, Moments(fatal, writer, stage))
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    ended, status = (0, 0) if delay is None else _wait(process, delay)
    if not ended:
        if delay is not None:
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
    with os.fdopen(reader) as said:
        kind = said.read() or "at a random moment"
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False, kind
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"The run failed after {kind}.")
    return True, ""


def _wait(process: int, seconds: float) -> tuple[int, int]:
    """What os.waitpid says of a child as soon as it ended, or when the seconds are over."""
    until = time.perf_counter() + seconds
    while (waited := os.waitpid(process, os.WNOHANG)) == (0, 0) and time.perf_counter() < until:
        time.sleep(0.02)
    return waited


def kill_at_moments(clip: Path, output: Path, settings: Settings, every: int, stage: str) -> Counter[str]:
    """Go on until the job is done, killed at every `every`-th moment of each run; returns the kills by kind."""
    kills: Counter[str] = Counter()
    fatal, state = every, ""
    for _ in range(MOST_RUNS):
        done, kind = attempt(clip, output, settings, fatal, stage=stage)
        if done:
            return kills
        kills[kind] += 1
        reached = _state(output)
        # A run repeats the stage it was killed in, so the next kill must come later, until something was finished.
        fatal = every if reached != state else fatal + every
        state = reached
    raise RuntimeError("The job does not come to an end.")


def kill_at_random(clip: Path, output: Path, settings: Settings, count: int, longest: float, seed: int) -> Counter[str]:
    """Kill runs at `count` random moments of the seconds that one takes, then go on to the end."""
    source = random.Random(seed)
    kills: Counter[str] = Counter()
    for _ in range(MOST_RUNS):
        if kills.total() == count:
            break
        done, kind = attempt(clip, output, settings, delay=source.uniform(0.0, longest))
        kills[kind] += not done
        # What is done cannot be killed: it is begun anew.
        if _finished(output):
            shutil.rmtree(output)
    attempt(clip, output, settings)
    return kills


def differences(whole: Path, broken: Path) -> list[str]:
    """Files that one of two outputs lacks, or that differ."""
    first, second = contents(whole), contents(broken)
    return sorted(name for name in first | second if first.get(name) != second.get(name))


def contents(output: Path) -> dict[str, str]:
    """Hashes of all files below a folder by name, MEASURED left out."""
    files = (path for path in output.rglob("*") if path.is_file() and path.name not in MEASURED)
    return {str(path.relative_to(output)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _state(output: Path) -> str:
    """What is finished: stages, meshes, and frames that the character stage has registered."""
    for folder in output.glob("*.restage"):
        if (folder / "job.json").exists():
            made = [len(list(folder.glob(files))) for files in ("frames/*.ply", "character/unfinished/*.npy")]
            return f"{sorted(Job.open(folder).record.stages)} {made}"
    return ""


def _finished(output: Path) -> bool:
    return "'page'" in _state(output)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.core.faults")
    parser.add_argument("clip", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--frames", default="0:60:30")
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--every", type=int, default=0)
    parser.add_argument("--stage", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--method", choices=("body", "open"), default="body")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--no-character", action="store_true")
    options = parser.parse_args()
    # Loaded before the first fork.
    import cv2  # noqa: F401
    import mediapipe  # noqa: F401
    import torch  # noqa: F401

    settings = Settings(
        method=options.method,
        preset="draft",
        frames=options.frames,
        character=not options.no_character,
        workers=options.workers,
    )
    started = time.perf_counter()
    attempt(options.clip, options.output / "whole", settings)
    longest = time.perf_counter() - started
    broken, kills = options.output / "broken", Counter[str]()
    if options.random:
        kills += kill_at_random(options.clip, broken, settings, options.random, longest, options.seed)
        shutil.rmtree(options.output / "broken_random", ignore_errors=True)
        broken = broken.rename(options.output / "broken_random")
    wrong = differences(options.output / "whole", broken) if options.random else []
    if options.every:
        kills += kill_at_moments(options.clip, options.output / "broken", settings, options.every, options.stage)
        wrong += differences(options.output / "whole", options.output / "broken")
    print(json.dumps({"kills": kills.total(), "kinds": dict(kills), "differences": wrong, "seconds": longest}))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
