"""How much memory a long clip takes that is streamed from disk, while all of it plays.

    python benchmarks/streaming.py [--frames 1000] [--vertices 20000] [--limit MB]

Every frame has another mesh. `--limit` is Blender's Preferences > System > Memory Cache Limit, which bounds what
Blender keeps of the files that it has read. Nothing is drawn.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from sequences import import_restage, make_job, resident

LINES = 10


def play(frames: int) -> None:
    """Play every frame twice, and say after every part of the clip how much memory it takes."""
    import bpy

    before = resident()
    for turn in ("first", "again"):
        for part in range(LINES):
            span = range(part * frames // LINES, (part + 1) * frames // LINES)
            start = time.perf_counter()
            for frame in span:
                bpy.context.scene.frame_set(frame + 1)
                bpy.context.evaluated_depsgraph_get().update()
            milliseconds = (time.perf_counter() - start) / len(span) * 1000
            sys.stdout.write(f"| {turn} | {span.stop} | {resident() - before:.0f} MB | {milliseconds:.1f} ms |\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--vertices", type=int, default=20_000)
    parser.add_argument("--limit", type=int, default=256, metavar="MB", help="default: 256; Blender's own is 4096")
    options = parser.parse_args()
    import bpy

    import restage_batch

    restage_batch.load_extension()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.system.memory_cache_limit = options.limit
    with tempfile.TemporaryDirectory() as name:
        make_job(Path(name), options.frames, options.vertices)
        import_restage(Path(name), "streamed")
        sys.stdout.write(f"{options.frames} frames of {options.vertices} vertices, limit {options.limit} MB\n\n")
        sys.stdout.write("| round | frames played | memory | a frame |\n|---|---|---|---|\n")
        play(options.frames)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
