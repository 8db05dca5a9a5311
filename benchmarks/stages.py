"""How long each stage takes and how much memory it needs: `python benchmarks/stages.py [CLIP]`.

Runs `python -m core reconstruct` on a clip in a fresh job and prints one line a stage. `--save FILE` keeps the
figures, `--against FILE` prints the ratio to figures that were kept before. The exit code is the worker's if it fails.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "demo" / "balance.mp4"
SAMPLING_SECONDS = 0.05
# What timings.json measures inside another stage.
PARTS = {"surface": "frames", "texture": "frames"}
# Some frames without a person are no failure here.
ACCEPTED_EXITS = (0, 3)


@dataclass
class Figures:
    """One run. seconds: by stage, from timings.json; memory: largest resident size by stage of all processes, bytes,
    where the system tells it; peak: of the whole run, bytes; total: seconds from start to end; machine: for the table's
    caption."""

    clip: str
    frames: int
    total: float
    peak: int | None
    machine: str
    seconds: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Seconds and memory of every stage of a reconstruction.")
    parser.add_argument("clip", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the figures as JSON")
    parser.add_argument("--against", type=Path, metavar="FILE", help="figures of another run, to print ratios")
    options, passed_on = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="restage-benchmark-") as folder:
        try:
            figures = measure(options.clip.resolve(), Path(folder), passed_on)
        except subprocess.CalledProcessError as error:
            print(error.stderr, file=sys.stderr)
            return error.returncode
    before = Figures(**json.loads(options.against.read_text(encoding="utf-8"))) if options.against else None
    print(table(figures, before))
    if options.save:
        options.save.write_text(json.dumps(asdict(figures), indent=1) + "\n", encoding="utf-8")
    return 0


def measure(clip: Path, output: Path, options: list[str]) -> Figures:
    """Reconstruct a clip into `output` with further command line options, and collect the figures.

    Raises subprocess.CalledProcessError if the worker fails.
    """
    command = [sys.executable, "-m", "core", "reconstruct", str(clip), "--output", str(output), "--json", *options]
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8")
        memory, said = _follow(worker)
        total = time.perf_counter() - started
        if worker.returncode not in ACCEPTED_EXITS:
            log.seek(0)
            raise subprocess.CalledProcessError(worker.returncode, command, stderr="\n".join([*log, *said]))
    timings = json.loads(next(output.glob("*.restage/timings.json")).read_text(encoding="utf-8"))
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    # The system's own figure lags behind the samples by a few pages.
    peak = max([*memory.values(), _peak() or 0]) or None
    return Figures(clip.name, timings["frames"], total, peak, machine, timings["stages"], memory)


def table(figures: Figures, before: Figures | None = None) -> str:
    """The figures as text; with those of a run before, the ratio of the seconds (below 1 is faster)."""
    titles = ["stage", "seconds", "s/frame", "share", "peak MB", *(["ratio"] if before else [])]
    lines = [_line(titles), _line(["-" * 7] * len(titles))]
    known = sum(seconds for name, seconds in figures.seconds.items() if name not in PARTS)
    rows = [*figures.seconds.items(), ("start and end", figures.total - known), ("total", figures.total)]
    for name, seconds in rows:
        memory = figures.peak if name == "total" else figures.memory.get(name)
        cells = [
            f"  of {PARTS[name]}: {name}" if name in PARTS else name,
            f"{seconds:.2f}",
            f"{seconds / max(figures.frames, 1):.3f}",
            f"{seconds / figures.total:.0%}",
            f"{memory / 1e6:.0f}" if memory else "-",
        ]
        if before:
            earlier = before.total if name == "total" else before.seconds.get(name)
            # Per frame, so that runs over different ranges compare.
            same = earlier and seconds / max(figures.frames, 1) / (earlier / max(before.frames, 1))
            cells.append(f"{same:.2f}" if same else "-")
        lines.append(_line(cells))
    lines.append(f"{figures.clip}, {figures.frames} frames; {figures.machine}")
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return cells[0].ljust(24) + "".join(cell.rjust(9) for cell in cells[1:])


def _follow(worker: subprocess.Popen[str]) -> tuple[dict[str, int], list[str]]:
    """Read the worker's events to its end: largest resident size by stage in bytes, and its errors' messages."""
    memory: dict[str, int] = {}
    errors: list[str] = []
    stage = ""

    def sample() -> None:
        while worker.poll() is None:
            size = _resident(worker.pid)
            if size and stage:
                memory[stage] = max(memory.get(stage, 0), size)
            time.sleep(SAMPLING_SECONDS)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    events: IO[str] | None = worker.stdout
    for text in events or ():
        event = json.loads(text)
        if event["event"] == "stage":
            stage = event["stage"]
        elif event["event"] == "error":
            errors.append(event["message"])
    worker.wait()
    sampler.join()
    return memory, errors


def _resident(process: int) -> int | None:
    """Resident bytes of a process and of those that it started, where the system has /proc. What they share, their
    programs' code, counts for each."""
    try:
        folder = Path(f"/proc/{process}")
        pages = int((folder / "statm").read_text(encoding="ascii").split()[1])
        started = (folder / "task" / str(process) / "children").read_text(encoding="ascii").split()
    except (OSError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(int(child)) or 0 for child in started)


def _peak() -> int | None:
    """Largest resident size of any one child process, bytes; None on Windows."""
    try:
        import resource
    except ImportError:
        return None
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


if __name__ == "__main__":
    sys.exit(main())
