"""Whether memory grows with a clip's length: `python benchmarks/memory.py JOB [--lengths 200 2000]`, or with --whole
CLIP in place of JOB.

A finished job's frames are played forwards and backwards until there are as many as wanted, and every stage after the
person's runs on them in a process of its own; a table of the largest resident sizes is printed. What takes long and
needs the same memory in every round is cut short: of the fit three steps of each kind are done, of the meshes the last
four are made, and a frame that comes again is not laid onto its surface again. The exit code is 1 when the largest of
the stages grows by more than a tenth from the first to the last length.

With --whole the frames of a clip are played forwards and backwards, encoded, and reconstructed by one process, at the
preset draft: nothing is cut short.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from core.job import Job

ROOT = Path(__file__).resolve().parent.parent
# The fit comes last: cut short, it leaves a body that nothing more should be made of.
STAGES = ("clothing", "colours", "props", "frames", "character", "texture", "page", "glb", "ply", "video", "body")
MOST_GROWTH = 1.1
MADE_FRAMES, FIT_STEPS = 4, 3


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Largest resident size of every stage for clips of several lengths.")
    parser.add_argument("job", type=Path, metavar="JOB", help="a finished job with a character, or with --whole a clip")
    parser.add_argument("--lengths", type=int, nargs="+", default=[200, 2000], metavar="FRAMES")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES, metavar="STAGE")
    parser.add_argument("--whole", action="store_true", help="whole runs of a clip, each in one process")
    parser.add_argument("--method", default="open", help="of whole runs (default: %(default)s)")
    parser.add_argument("--one", choices=STAGES, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        run_stage(options.job, options.one)
        print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
        return 0
    peaks: dict[int, dict[str, int]] = {}
    for length in options.lengths:
        if options.whole:
            peaks[length] = {"whole run": run_whole(options.job, length, options.method)}
            continue
        with tempfile.TemporaryDirectory(prefix="restage-memory-", dir=options.job.parent) as folder:
            repeat_job(options.job, Path(folder) / "long.restage", length)
            peaks[length] = {}
            for stage in options.stages:
                peaks[length][stage] = measure(Path(folder) / "long.restage", stage)
                print(f"{length} frames, {stage}: {peaks[length][stage] / 1e6:.0f} MB", flush=True)
    print(table(peaks))
    first, last = (max(peaks[length].values()) for length in (options.lengths[0], options.lengths[-1]))
    return int(last > MOST_GROWTH * first)


def table(peaks: dict[int, dict[str, int]]) -> str:
    """Markdown: a row a stage, a column a length, MB; and the last length against the first."""
    lengths = list(peaks)
    lines = [f"| stage | {' | '.join(f'{length} frames' for length in lengths)} | ratio |"]
    lines.append("|---" * (len(lengths) + 2) + "|")
    stages = list(peaks[lengths[0]])
    rows = {stage: [peaks[length][stage] for length in lengths] for stage in stages}
    rows["largest"] = [max(peaks[length].values()) for length in lengths]
    for stage, sizes in rows.items():
        cells = " | ".join(f"{size / 1e6:.0f}" for size in sizes)
        lines.append(f"| {stage} | {cells} | {sizes[-1] / sizes[0]:.2f} |")
    return "\n".join(lines)


def measure(job: Path, stage: str) -> int:
    """Largest resident size, bytes, of a process that does one stage. Raises subprocess.CalledProcessError."""
    command = [sys.executable, str(Path(__file__)), str(job), "--one", stage]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return int(json.loads(done.stdout.splitlines()[-1]))


def run_whole(clip: Path, length: int, method: str) -> int:
    """Largest resident size, bytes, of the one process that reconstructs `length` frames of a clip. Raises
    subprocess.CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="restage-memory-") as folder:
        long = Path(folder) / "long.mp4"
        repeat_clip(clip, long, length)
        command = [sys.executable, "-m", "core", "reconstruct", str(long), "--output", folder]
        command += ["--method", method, "--preset", "draft", "--workers", "1"]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code:
            raise subprocess.CalledProcessError(code, command)
        peak, seconds = used.ru_maxrss * 1024, time.perf_counter() - started
        print(f"{length} frames, whole: {peak / 1e6:.0f} MB, {seconds:.0f} s, {used.ru_utime:.0f} s of processor time")
        return peak


def repeat_clip(source: Path, target: Path, count: int) -> None:
    """Encode a clip of `count` frames out of another's, played to and fro."""
    import av

    from core.clip import probe_clip, read_frames

    info = probe_clip(source)
    there = range(info.frame_count)
    numbers = np.resize(np.array([*there, *there[-2:0:-1]]), count)
    pictures = {frame.number: frame.picture for frame in read_frames(source, slice(None))}
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=round(info.frame_rate), options={"crf": "18"})
        height, width = pictures[0].shape[:2]
        stream.width, stream.height, stream.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        for number in numbers:
            picture = np.ascontiguousarray(pictures[int(number)][: stream.height, : stream.width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def repeat_job(source: Path, folder: Path, count: int) -> None:
    """Make a job of `count` frames out of a finished one's, played to and fro; its files are the same on disk."""
    from core.arrays import BODY, FACE, HANDS, LANDMARKS, read_arrays
    from core.job import FrameRecord, Job, JobRecord, atomic_write

    old = Job.open(source)
    values = read_arrays(old.landmarks_path, LANDMARKS)
    numbers = values["frames"].tolist()
    there_and_back = [*range(len(numbers)), *range(len(numbers) - 2, 0, -1)]
    rows = np.resize(np.array(there_and_back), count)
    step = float(np.median(np.diff(values["times"])))
    frames = {new: FrameRecord(new * step) for new in range(count)}
    clip = old.record.clip | {"frame_count": count}
    job = Job(folder, JobRecord("long", old.record.source, replace(old.record.settings, frames=""), clip, {}, frames))
    job.folder.mkdir()
    job.save()
    for new, row in enumerate(rows):
        number = numbers[row]
        for path_of in (Job.picture_path, Job.mask_path, Job.mesh_path):
            target = path_of(job, new)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(path_of(old, number), target)
    fresh = {"frames": np.arange(count, dtype=np.int32), "times": np.arange(count) * step}
    with atomic_write(job.landmarks_path) as stream:
        np.savez(stream, **{name: array[rows] for name, array in values.items()} | fresh)
    for path_of, layout in ((Job.hands_path, HANDS), (Job.face_path, FACE)):
        if path_of.fget(old).exists():
            found = {name: array[rows] for name, array in read_arrays(path_of.fget(old), layout).items()}
            with atomic_write(path_of.fget(job)) as stream:
                np.savez(stream, **found | {"frames": fresh["frames"]})
    crops = json.loads(old.crops_path.read_text(encoding="utf-8"))
    repeated = {f"{new:06d}": crops[f"{numbers[row]:06d}"] for new, row in enumerate(rows)}
    with atomic_write(job.crops_path) as stream:
        stream.write(json.dumps(repeated).encode())
    body = read_arrays(old.body_path, BODY)
    moved = {name: body[name][rows] for name in ("rotations", "translation", "joints", "landmarks")}
    with atomic_write(job.body_path) as stream:
        np.savez(stream, **body | moved | {"frames": fresh["frames"]})
    for path in (Job.clothing_path, Job.colours_path, Job.own_face_path):
        if path.fget(old).exists():
            os.link(path.fget(old), path.fget(job))


def run_stage(folder: Path, name: str) -> None:
    """Do one stage of a job again."""
    sys.path.insert(0, str(ROOT))
    from core.events import SilentEvents
    from core.job import Job

    job, events = Job.open(folder), SilentEvents()
    from core.body.stage import run_body
    from core.character.texture import make_texture
    from core.export.glb import export_glb
    from core.export.sequence import export_ply
    from core.preview.character_video import character_video
    from core.props.stage import run_props
    from core.surface.stage import run_clothing
    from core.texture.stage import run_colours

    work: dict[str, Callable[[], object]] = {
        "clothing": lambda: run_clothing(job, events),
        "colours": lambda: run_colours(job, events),
        "props": lambda: run_props(job, events),
        "frames": lambda: _make_frames(job),
        "character": lambda: _make_character(job),
        "texture": lambda: make_texture(job, events),
        "page": lambda: _make_page(job),
        "glb": lambda: export_glb(job, folder / "long.glb", False, events),
        "ply": lambda: export_ply(job, folder / "exported", events),
        "video": lambda: character_video(job, events),
        "body": lambda: run_body(job, events),
    }
    if name == "body":
        import core.body.fit as fit

        fit.STEPS_LOOSE = fit.STEPS_FIRM = fit.STEPS_MASK = FIT_STEPS
    work[name]()


def _make_frames(job: "Job") -> None:
    from core.device import choose_device
    from core.open.stage import OpenFrameMaker
    from core.reconstruction import BodyFrameMaker

    opened = job.record.settings.method == "open"
    maker = OpenFrameMaker(job, choose_device("cpu")) if opened else BodyFrameMaker(job)
    for number in job.person_frames()[-MADE_FRAMES:]:
        maker.make(number)


def _make_character(job: "Job") -> None:
    import core.character.stage as stage
    from core.events import SilentEvents

    register, known = stage.register, {}

    def register_once(start, rest, surface, camera):
        key = hash(start.tobytes())
        if key not in known:
            known[key] = register(start, rest, surface, camera)
        return known[key]

    stage.register = register_once
    # In this process, where it is replaced.
    job.record.settings = replace(job.record.settings, workers=1)
    stage.run_character(job, SilentEvents())


def _make_page(job: "Job") -> None:
    from core.preview import contact_sheet
    from core.viewer import write_page

    contact_sheet(job)
    write_page(job)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
