"""How fast a character comes into Blender and plays, and how large the .blend is, in each of its modes.

    python benchmarks/character_import.py JOB [--repeats 3] [--modes character_cache ...]

JOB is a finished job folder; a copy of it is imported, since the cache is written into it. Every import gets a process
of its own, in an empty file, with neither camera nor pictures of single frames. A frame played is frame_set with an
update of the dependency graph, the median over all frames in the second round; nothing is drawn. Of several repeats,
which take turns, the quickest counts: the others measure what else the machine does. How busy that was is printed too.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.character.files import Character  # noqa: E402
from core.job import Job  # noqa: E402

MODES = ("character_shape_keys", "character_cache", "character_armature", "packed")
# What an import does not read, or writes itself.
UNREAD = ("page", "preview", "unfinished", "run.lock", "vertices.pc2")


def measure(folder: Path, mode: str) -> dict[str, float]:
    """One mode, in this process: seconds of the import, also of the processors; milliseconds of a frame played; MB of
    the compressed .blend and of the cache beside it."""
    import bpy

    import restage_batch

    restage_batch.load_extension()
    from restage.scene.job_import import ImportOptions, import_job
    from restage.scene.mesh_cache import FILE

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    start, busy = time.perf_counter(), time.process_time()
    import_job(folder, scene, ImportOptions(mode=mode, camera=False, pictures=False))
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    played = []
    for _ in range(2):
        played.clear()
        for frame in range(scene.frame_start, scene.frame_end + 1):
            start = time.perf_counter()
            scene.frame_set(frame)
            bpy.context.evaluated_depsgraph_get().update()
            played.append(time.perf_counter() - start)
    blend = folder.with_suffix(".blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=True)
    cache = folder / "character" / FILE
    return {
        "import_seconds": seconds,
        "processor_seconds": busy,
        "play_ms": float(np.median(played)) * 1000,
        "blend_mb": blend.stat().st_size / 1e6,
        "cache_mb": cache.stat().st_size / 1e6 if cache.exists() else 0.0,
    }


def run(folder: Path, mode: str) -> dict[str, float]:
    """One mode, in a process of its own."""
    command = [sys.executable, __file__, str(folder), "--measure", mode]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    # A cache that stays would count for the next mode.
    (folder / "character" / "vertices.pc2").unlink(missing_ok=True)
    return json.loads(answer.stdout.strip().splitlines()[-1])


def machine() -> str:
    """What else a reader needs to judge seconds: processors and how busy they are."""
    load = f", load average {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} processor cores, {platform.system()}{load}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", type=Path, metavar="JOB")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--modes", nargs="+", choices=MODES, default=MODES)
    parser.add_argument("--measure", choices=MODES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        sys.stdout.write(f"\n{json.dumps(measure(options.job, options.measure))}\n")
        sys.stdout.flush()
        # The bpy package may hang when the interpreter ends.
        os._exit(0)
    before = machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "person.restage"
        shutil.copytree(options.job, folder, ignore=shutil.ignore_patterns(*UNREAD))
        character = Character.load(Job.open(folder))
        runs: dict[str, list[dict[str, float]]] = {mode: [] for mode in options.modes}
        for _ in range(options.repeats):
            for mode in options.modes:
                runs[mode].append(run(folder, mode))
    frames, vertices, _ = character.vertices.shape
    played = int(character.frames[-1] - character.frames[0]) + 1
    sys.stdout.write(f"{frames} frames of {vertices} vertices, {played} on the timeline\n")
    sys.stdout.write(f"best of {options.repeats}; {before}\n\n")
    sys.stdout.write(
        "| mode | import | of a processor | a frame played | .blend | cache |\n|---|---|---|---|---|---|\n"
    )
    for mode, results in runs.items():
        best = {key: min(result[key] for result in results) for key in results[0]}
        sys.stdout.write(
            f"| {mode} | {best['import_seconds']:.2f} s | {best['processor_seconds']:.2f} s"
            f" | {best['play_ms']:.2f} ms | {best['blend_mb']:.1f} MB | {best['cache_mb']:.1f} MB |\n"
        )


if __name__ == "__main__":
    main()
