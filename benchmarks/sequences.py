"""How fast a sequence of meshes comes into Blender and plays: Restage's modes against importing OBJ files.

    python benchmarks/sequences.py [--frames 20] [--vertices 100000] [--repeats 3]

Every way gets a process of its own and the same meshes: a body-sized blob with colours whose topology changes with
every frame. `obj` calls Blender's importer for every file and keys the objects' visibility. `swap` is what
Stop-motion-OBJ does: it calls the importer for every file, keeps the meshes, and a handler gives the object the mesh
of the frame. Their files have normals, as Blender's and Restage's own export writes them and without which an OBJ mesh
looks faceted; `obj bare` and `swap bare` read files with nothing but places, colours and faces. Playback is frame_set
with an update of the dependency graph, nothing is drawn. Of several repeats, which take turns, the quickest counts: the
others measure what else the machine does.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.job import FrameRecord, Job, JobRecord  # noqa: E402
from core.ply import read_ply, write_ply  # noqa: E402
from core.settings import Settings  # noqa: E402

WAYS = ("packed", "proxies", "streamed", "objects", "obj", "swap", "obj bare", "swap bare")
# The job folder, in the one that is given.
JOB = "blob.restage"


def blob(vertices: int, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A closed wavy surface of about so many vertices, (V, 3) metres, (T, 3), (V, 3) uint8; another one every frame."""
    rings = round((vertices / 2) ** 0.5) + number % 3
    columns = 2 * rings
    up, around = np.meshgrid(
        np.linspace(0.02, np.pi - 0.02, rings), np.linspace(0, 2 * np.pi, columns, endpoint=False), indexing="ij"
    )
    radius = 0.4 + 0.05 * np.sin(9 * around + 0.3 * number) * np.sin(7 * up)
    points = np.stack(
        [radius * np.sin(up) * np.cos(around), 0.9 - 0.9 * np.cos(up), radius * np.sin(up) * np.sin(around)], axis=-1
    )
    start = (np.arange(rings - 1)[:, None] * columns + np.arange(columns)).ravel()
    beside = (np.arange(rings - 1)[:, None] * columns + (np.arange(columns) + 1) % columns).ravel()
    faces = np.concatenate(
        [np.stack([start, start + columns, beside], 1), np.stack([beside, start + columns, beside + columns], 1)]
    )
    colours = (127 + 120 * np.sin(np.stack([up, around, up + around], axis=-1) * 3)).astype(np.uint8)
    return points.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), colours.reshape(-1, 3)


def normals_of(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Normals of the vertices, (V, 3): those of the faces around each, by their areas."""
    a, b, c = points[faces].transpose(1, 0, 2)
    across = np.cross(b - a, c - a)
    sums = [
        sum(np.bincount(corner, across[:, axis], len(points)) for corner in faces.T) for axis in range(points.shape[1])
    ]
    normals = np.stack(sums, axis=1)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)


def write_obj(
    path: Path, points: np.ndarray, faces: np.ndarray, colours: np.ndarray, normals: np.ndarray | None = None
) -> None:
    """A mesh as text, smooth-shaded where it has normals."""
    with path.open("w") as stream:
        np.savetxt(stream, np.concatenate([points, colours / 255], axis=1), "v %.6f %.6f %.6f %.4f %.4f %.4f")
        if normals is None:
            np.savetxt(stream, faces + 1, "f %d %d %d")
        else:
            np.savetxt(stream, normals, "vn %.4f %.4f %.4f")
            stream.write("s 1\n")
            np.savetxt(stream, np.repeat(faces + 1, 2, axis=1), "f %d//%d %d//%d %d//%d")


def make_job(folder: Path, frames: int, vertices: int) -> Job:
    """A finished job folder whose every frame has another mesh."""
    record = JobRecord(
        name="blob",
        source={"name": "blob.mp4"},
        settings=Settings(),
        clip={"width": 640, "height": 360, "frame_rate": 30.0, "frame_count": frames},
        frames={number: FrameRecord(time=number / 30) for number in range(frames)},
    )
    job = Job(folder / JOB, record)
    job.save()
    job.body_path.parent.mkdir(parents=True)
    camera = np.eye(4)
    camera[:3, 3] = (0, 1, 4)
    size = np.array([640, 360], np.int32)
    np.savez(job.body_path, focal=640.0, centre=size / 2, image_size=size, camera_to_world=camera)
    for number in range(frames):
        write_ply(job.mesh_path(number), *blob(vertices, number))
    return job


def make_files(folder: Path, frames: int, vertices: int) -> None:
    """The job folder and, beside it, the same meshes as OBJ files, in obj/ with normals and in bare/ without."""
    job = make_job(folder, frames, vertices)
    for name in ("obj", "bare"):
        (folder / name).mkdir()
    for number in range(frames):
        points, faces, colours = read_ply(job.mesh_path(number))
        name = f"blob_{number + 1:06d}.obj"
        write_obj(folder / "obj" / name, points, faces, colours, normals_of(points, faces))
        write_obj(folder / "bare" / name, points, faces, colours)


def import_restage(folder: Path, mode: str) -> None:
    """Restage's own import in a mode; proxies: in the mode packed, with viewport proxies."""
    import bpy
    from restage.scene.job_import import ImportOptions, import_job
    from restage.scene.proxies import add_proxies

    options = ImportOptions(mode="packed" if mode == "proxies" else mode, camera=False, pictures=False)
    person = import_job(folder / JOB, bpy.context.scene, options).sequence
    if mode == "proxies":
        for _ in add_proxies(person):
            pass


def import_obj(folder: Path) -> None:
    """Blender's importer in a loop over a folder, and keys on the objects' visibility."""
    import bpy

    for frame, path in enumerate(sorted(folder.iterdir()), start=1):
        bpy.ops.wm.obj_import(filepath=str(path))
        item = bpy.context.object
        for key, hidden in ((frame - 1, True), (frame, False), (frame + 1, True)):
            item.hide_viewport = item.hide_render = hidden
            item.keyframe_insert("hide_viewport", frame=key)
            item.keyframe_insert("hide_render", frame=key)


def import_swap(folder: Path) -> None:
    """Blender's importer in a loop over a folder; one object whose mesh a handler swaps."""
    import bpy

    meshes = []
    for path in sorted(folder.iterdir()):
        bpy.ops.wm.obj_import(filepath=str(path))
        item = bpy.context.object
        meshes.append(item.data)
        bpy.data.objects.remove(item)
    item = bpy.data.objects.new("sequence", meshes[0])
    bpy.context.scene.collection.objects.link(item)

    def swap(scene: "bpy.types.Scene") -> None:
        item.data = meshes[(scene.frame_current - 1) % len(meshes)]

    bpy.app.handlers.frame_change_pre.append(swap)


def measure(way: str, folder: Path, frames: int) -> dict[str, float]:
    """One way, in this process: seconds of the import, also of the processors, milliseconds of a frame played, MB."""
    import bpy

    import restage_batch

    restage_batch.load_extension()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    importers: dict[str, Callable[[], None]] = {
        "obj": lambda: import_obj(folder / "obj"),
        "swap": lambda: import_swap(folder / "obj"),
        "obj bare": lambda: import_obj(folder / "bare"),
        "swap bare": lambda: import_swap(folder / "bare"),
    }
    before, start, busy = resident(), time.perf_counter(), time.process_time()
    importers.get(way, lambda: import_restage(folder, way))()
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    scene = bpy.context.scene
    rounds = []
    for _ in range(3):
        start = time.perf_counter()
        for frame in range(1, frames + 1):
            scene.frame_set(frame)
            bpy.context.evaluated_depsgraph_get().update()
        rounds.append((time.perf_counter() - start) / frames * 1000)
    return {
        "import_seconds": seconds,
        "processor_seconds": busy,
        "first_round_ms": rounds[0],
        "play_ms": min(rounds[1:]),
        "memory_mb": resident() - before,
    }


def resident() -> float:
    """Memory of this process in MB (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--vertices", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.way:
        sys.stdout.write(f"\n{json.dumps(measure(options.way, options.folder, options.frames))}\n")
        sys.stdout.flush()
        os._exit(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, options.frames, options.vertices)
        runs: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(options.repeats):
            for way in WAYS:
                command = [sys.executable, __file__, "--way", way, "--folder", name, "--frames", str(options.frames)]
                answer = subprocess.run(command, capture_output=True, text=True, check=True)
                runs[way].append(json.loads(answer.stdout.strip().splitlines()[-1]))
    best = {way: {key: min(run[key] for run in results) for key in results[0]} for way, results in runs.items()}
    sys.stdout.write(f"{options.frames} frames of {options.vertices} vertices, best of {options.repeats}\n\n")
    sys.stdout.write("| way | import | times packed | processor | first round, a frame | play, a frame | memory |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for way, figures in best.items():
        sys.stdout.write(
            f"| {way} | {figures['import_seconds']:.2f} s"
            f" | {figures['import_seconds'] / best['packed']['import_seconds']:.1f}"
            f" | {figures['processor_seconds']:.2f} s"
            f" | {figures['first_round_ms']:.1f} ms | {figures['play_ms']:.2f} ms | {figures['memory_mb']:.0f} MB |\n"
        )


if __name__ == "__main__":
    main()
