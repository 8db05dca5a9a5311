"""Runs readers on damaged files in a process of their own, which is watched: it may not crash, hang or touch anything
outside its folder."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Seconds for one input; the slowest machine of a crowd needs a few for the first.
LONGEST = 60.0
MEMORY = 16 << 30
FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "socket.bind")
WRITING = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink", "os.chmod")


@dataclass
class Report:
    """inputs: how many were read; refused: with a RestageError; problems: reader, seed and what happened."""

    inputs: int = 0
    refused: int = 0
    problems: list[dict[str, object]] = field(default_factory=list)


def run_fuzz(job: Path, folder: Path, counts: dict[str, int], seed: int) -> Report:
    """Feed each reader its count of damaged files; folder: for the samples and the damaged files."""
    report = Report()
    for name, count in counts.items():
        done = 0
        while done < count:
            done = _run_reader(job, folder, name, seed, done, count, report)
    return report


def _run_reader(job: Path, folder: Path, name: str, seed: int, start: int, count: int, report: Report) -> int:
    """One process that goes on from input `start`; returns the input after the last one that it dealt with."""
    log = folder / "log.jsonl"
    log.write_text("")
    command = [
        sys.executable,
        "-m",
        "tests.core.fuzz.sandbox",
        str(job),
        str(folder),
        name,
        str(seed),
        str(start),
        str(count),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    seen, since = 0, time.monotonic()
    while process.poll() is None:
        time.sleep(0.1)
        size = log.stat().st_size
        if size != seen:
            seen, since = size, time.monotonic()
        elif time.monotonic() - since > LONGEST:
            process.kill()
            process.wait()
            break
    entries = [json.loads(line) for line in log.read_text().splitlines() if line]
    report.inputs += len(entries)
    report.refused += sum(entry["result"] == "refused" for entry in entries)
    report.problems += [entry for entry in entries if entry["result"] not in ("read", "refused")]
    reached = entries[-1]["number"] + 1 if entries else start
    if process.returncode == 0:
        return count
    what = "hang" if process.returncode == -9 else f"crash, exit code {process.returncode}"
    error = process.stderr.read().decode(errors="replace")[-2000:] if process.stderr else ""
    report.problems.append({"reader": name, "number": reached, "result": what, "detail": error})
    # A process that did not even begin would not do so the next time.
    return reached + 1 if log.stat().st_size else count


def _watch(allowed: Path, violations: list[str]) -> None:
    """Note every attempt to write outside `allowed` or to start something; sys.addaudithook cannot be undone."""

    def outside(path: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        place = os.path.realpath(os.fsdecode(path))
        return not place.startswith((str(allowed) + os.sep, "/dev/null")) and place != str(allowed)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in FORBIDDEN:
            violations.append(f"{event} {arguments[:1]}")
        elif event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if (writes or (isinstance(mode, str) and set(mode) & set("wax+"))) and outside(path):
                violations.append(f"opened for writing: {path!r}")
        elif event in WRITING and outside(arguments[0]):
            violations.append(f"{event} {arguments[0]!r}")

    sys.addaudithook(hook)


def _main(job: str, folder: str, name: str, seed: str, start: str, count: str) -> None:
    """The watched process: reads the inputs from `start` to `count` and notes each in log.jsonl."""
    import faulthandler
    import resource
    import tempfile

    from core.errors import RestageError
    from core.job import Job

    from .mutate import mutated
    from .readers import readers

    faulthandler.enable()
    sys.dont_write_bytecode = True
    place = Path(folder).resolve()
    reader = readers(Job.open(Path(job)), place)[name]
    samples = reader.samples()
    names = sorted(samples)
    # What is imported late is imported now, before anybody watches.
    for sample in names:
        (place / sample).write_bytes(samples[sample])
        reader.read(place / sample)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    tempfile.tempdir = str(place)
    violations: list[str] = []
    _watch(place, violations)
    with (place / "log.jsonl").open("a") as log:
        log.write("\n")
        log.flush()
        for number in range(int(start), int(count)):
            source = random.Random(f"{seed} {name} {number}")
            sample, other = source.choice(names), source.choice(names)
            path = place / sample
            path.write_bytes(mutated(samples[sample], samples[other], source))
            result, detail = "read", ""
            try:
                reader.read(path)
            except RestageError as error:
                result, detail = "refused", error.code
            except Exception as error:  # noqa: BLE001 - every other error is what is looked for
                result, detail = "error", f"{type(error).__name__}: {error}"
            if violations:
                result, detail = "outside", "; ".join(violations)
                violations.clear()
            entry = {"reader": name, "number": number, "result": result, "detail": detail[:500]}
            log.write(json.dumps(entry) + "\n")
            log.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
