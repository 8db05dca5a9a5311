"""What Restage does with every file of some folders: `python benchmarks/clips.py FOLDER... [--output MD]`.

Each file goes through `python -m core reconstruct` with a few frames. With `--kept`, files that the table at `--output`
has already are not run again; delete a row to have it anew. The exit code is 1 when one of them ended in a traceback,
was killed, or gave no sentence.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENDINGS = (
    ".mp4", ".mov", ".mkv", ".avi", ".webm", ".gif", ".m4a", ".m4v", ".ts", ".png", ".jpg", ".jpeg", ".bmp",
)  # fmt: skip
TIMEOUT = 600
# What nobody foresaw.
DEFECTS = ("crashed", "engine_stopped", "traceback", "no sentence")


@dataclass
class Row:
    """One file: what it is, what became of it, and what that took. peak: bytes, 0 where the system does not tell."""

    name: str
    what: str
    result: str
    exit_code: int
    seconds: float
    peak: int

    @property
    def defect(self) -> bool:
        """Whether it ended otherwise than with a result or a sentence."""
        return self.exit_code not in (0, 1, 3) or self.result.startswith(tuple(f"`{code}`" for code in DEFECTS))


def main() -> int:
    parser = argparse.ArgumentParser(description="What Restage does with every file of some folders.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--output", type=Path, metavar="MD", help="write the table there; default: print it")
    parser.add_argument("--frames", type=int, default=4, help="frames of each clip, spread over it (%(default)s)")
    parser.add_argument("--kept", action="store_true", help="keep the rows that the table has")
    options = parser.parse_args()
    kept = read_rows(options.output) if options.kept else {}
    rows: list[Row] = []
    for folder in options.folders:
        for path in sorted(folder.iterdir()):
            if path.is_file() and path.suffix.lower() in ENDINGS:
                rows.append(kept.get(row_name(path)) or survey(path, options.frames))
                print(f"{rows[-1].name}: {rows[-1].exit_code}, {rows[-1].result}", flush=True)
                # After each file: what was found is kept when the rest is stopped.
                if options.output:
                    options.output.write_text(table(rows, options.frames), encoding="utf-8")
    if not options.output:
        print(table(rows, options.frames))
    return int(any(row.defect for row in rows))


def survey(path: Path, frames: int) -> Row:
    """Probe and reconstruct one file in a fresh folder."""
    step = max(1, _frame_count(path) // frames)
    with tempfile.TemporaryDirectory(prefix="restage-clips-") as folder:
        command = [sys.executable, "-m", "core", "reconstruct", str(path), "--output", folder, "--json"]
        command += ["--preset", "draft", "--frames", f"::{step}"]
        started = time.perf_counter()
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            worker = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8"
            )
            peak = _follow(worker)
            output = worker.communicate(timeout=TIMEOUT)[0]
            seconds = time.perf_counter() - started
            log.seek(0)
            traceback = "Traceback (most recent call last)" in log.read()
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    ended = events[-1] if events else {}
    result = "`traceback`" if traceback else _result(events, ended, path)
    return Row(row_name(path), _describe(path), result, worker.returncode, seconds, peak[0])


def row_name(path: Path) -> str:
    """What the table calls a file."""
    return f"{path.parent.name}/{path.name}"


def read_rows(table: Path) -> dict[str, Row]:
    """The rows of a table that was written before, by name."""
    rows = {}
    for line in table.read_text(encoding="utf-8").splitlines() if table.exists() else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and cells[3].lstrip("-").isdigit():
            name, what, result, code, seconds, peak = cells
            rows[name] = Row(name, what, result, int(code), float(seconds), int(float(peak) * 1e6))
    return rows


def table(rows: list[Row], frames: int) -> str:
    """The rows as a page of docs/results."""
    lines = [
        "# Every test clip",
        "",
        f"Made by `python benchmarks/clips.py FOLDER...`: about {frames} frames of each file, spread over it, with"
        " `--preset draft`, the character included. Seconds and memory are those of the whole run, on a machine"
        " that was busy with other work: the seconds are upper bounds. Exit codes: [errors.md](../errors.md).",
        "",
        f"{len(rows)} files, {sum(row.exit_code in (0, 3) for row in rows)} reconstructed,"
        f" {sum(row.exit_code == 1 for row in rows)} refused with a sentence,"
        f" {sum(row.defect for row in rows)} with a traceback or without a sentence.",
        "",
        "| file | what it is | what Restage did | exit | s | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [row.name, row.what, row.result, str(row.exit_code), f"{row.seconds:.0f}", f"{row.peak / 1e6:.0f}"]
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _frame_count(path: Path) -> int:
    clip = _probe(path)
    if clip is None:
        return 1
    return int(clip.frame_count)


def _describe(path: Path) -> str:
    clip = _probe(path)
    if clip is None:
        return f"{path.stat().st_size} bytes, no video"
    extras = [
        f"turned {clip.rotation}°" if clip.rotation else "",
        f"pixels {clip.pixel_aspect:.2f} : 1" if clip.pixel_aspect != 1.0 else "",
        "uneven times" if clip.variable_rate else "",
        clip.dynamic_range if clip.dynamic_range != "SDR" else "",
        "transparency" if clip.alpha else "",
    ]
    count = "1 frame" if clip.frame_count == 1 else f"{clip.frame_count or 'unknown number of'} frames"
    parts = [f"{clip.width} x {clip.height}", f"{clip.codec} {clip.pixel_format}", f"{clip.frame_rate:.4g} fps"]
    return ", ".join([*parts, count, *filter(None, extras)])


def _probe(path: Path):
    sys.path.insert(0, str(ROOT)) if str(ROOT) not in sys.path else None
    from core.clip import probe_clip
    from core.errors import RestageError

    try:
        return probe_clip(path)
    except RestageError:
        return None


def _result(events: list[dict], ended: dict, path: Path) -> str:
    """What the run said at its end, and its warnings, without the file's own place."""
    if ended.get("event") == "done":
        counts = ", ".join(f"{count} {status}" for status, count in ended["frames"].items() if count)
        said = [f"frames: {counts}"]
    else:
        said = [f"`{ended.get('code', 'no sentence')}`: {ended.get('message', '')}"]
    said += [event["message"] for event in events if event.get("event") == "warning"][:2]
    return " ".join(said).replace(str(path), path.name)


def _follow(worker: "subprocess.Popen[str]") -> list[int]:
    """Largest resident size of a process, bytes, sampled until it ends, as a list of one."""
    peak = [0]

    def sample() -> None:
        while worker.poll() is None:
            try:
                pages = int(Path(f"/proc/{worker.pid}/statm").read_text(encoding="ascii").split()[1])
            except (OSError, IndexError):
                return
            peak[0] = max(peak[0], pages * os.sysconf("SC_PAGE_SIZE"))
            time.sleep(0.05)

    threading.Thread(target=sample, daemon=True).start()
    return peak


if __name__ == "__main__":
    sys.exit(main())
