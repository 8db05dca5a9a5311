"""Every reader of files that others may have made, with real files to begin from."""

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.arrays import BODY, CLOTHING, COLOURS, LANDMARKS, read_arrays
from core.job import Job

from .network_readers import network_readers
from .reader import Reader


def readers(job: Job, folder: Path) -> dict[str, Reader]:
    """All readers by name. job: a finished one; folder: to make samples in."""
    number = job.person_frames()[0]
    return {
        "openpose": Reader(_openpose, lambda: {"one.json": _openpose_file()}),
        "mask": Reader(_mask, lambda: {"mask.png": job.mask_path(number).read_bytes()}),
        "picture": Reader(_picture, lambda: _pictures(job, number)),
        "job.json": Reader(_job, lambda: {"job.json": (job.folder / "job.json").read_bytes()}),
        "crops.json": Reader(_crops, lambda: {"crops.json": job.crops_path.read_bytes()}),
        "timings.json": Reader(_timings, lambda: {"timings.json": job.timings_path.read_bytes()}),
        "events": Reader(_events, lambda: {"events.txt": _event_lines()}),
        "ply": Reader(_ply, lambda: {"0.ply": _mesh(folder)}),
        "npz": Reader(_npz, lambda: _arrays(job)),
        "people.json": Reader(_people, lambda: {"people.json": job.people_path.read_bytes()}),
        "camera": Reader(_camera, lambda: {"camera.npz": _camera_file(folder)}),
        "keypoints": Reader(_keypoints, lambda: {"keypoints.npz": _keypoints_file(folder)}),
        "character": Reader(_character, lambda: _character_files(folder)),
        "video": Reader(_video, lambda: _videos(folder)),
    } | network_readers(folder)


def _openpose(path: Path) -> None:
    from core.person.openpose import read_body_25

    joints = read_body_25(path)
    assert joints.shape == (25, 3)
    assert np.isfinite(joints).all()


def _mask(path: Path) -> None:
    from core.picture import read_mask

    assert read_mask(path).ndim == 2


def _picture(path: Path) -> None:
    from core.picture import read_with_alpha

    assert read_with_alpha(path)[0].shape[2] == 3


def _job(path: Path) -> None:
    job = Job.open(path.parent)
    job.person_frames()
    job.save()


def _crops(path: Path) -> None:
    _placed(path)
    _bare_job(path.parent).crops()


def _timings(path: Path) -> None:
    from core.stages import Timings

    Timings.read(_bare_job(path.parent))


def _events(path: Path) -> None:
    from core.events import parse_event

    for line in path.read_bytes().decode("utf-8", errors="replace").splitlines():
        parse_event(line)


def _ply(path: Path) -> None:
    from core.ply import read_ply

    vertices, faces, colours = read_ply(path)
    assert len(vertices) == len(colours)
    assert not len(faces) or faces.max() < len(vertices)


def _npz(path: Path) -> None:
    layouts = {
        "landmarks": LANDMARKS,
        "body": BODY,
        "clothing": CLOTHING,
        "colours": COLOURS,
    }
    read_arrays(path, layouts[path.stem])


def _people(path: Path) -> None:
    from core.person.people_file import read_people

    _placed(path)
    read_people(_bare_job(path.parent))


def _camera(path: Path) -> None:
    """As the body's stage reads how the camera turned, and as Blender reads how the world turns with it."""
    from core.camera_file import read_camera
    from core.person.camera_turns import read_turns

    _placed(path)
    turns = read_turns(_bare_job(path.parent), np.array([0, 2]), 1.2)
    assert turns is not None
    assert np.isfinite(turns).all()
    read_camera(path)


def _keypoints(path: Path) -> None:
    from core.person.keypoints import read_keypoints

    _placed(path)
    read_keypoints(_bare_job(path.parent))


def _character(path: Path) -> None:
    """One file of the character is damaged, the others are whole."""
    from core.character.files import Character

    job = _bare_job(path.parent)
    place = job.template_path.parent / path.name
    whole = place.read_bytes()
    place.write_bytes(path.read_bytes())
    try:
        Character.load(job)
    finally:
        place.write_bytes(whole)


def _video(path: Path) -> None:
    from core.clip import probe_clip, read_frames

    probe_clip(path)
    for frame in read_frames(path, slice(20)):
        assert frame.picture.shape[2] == 3


def _placed(path: Path) -> None:
    """Lay a file where a job has it, in its folder `person`."""
    (path.parent / "person").mkdir(exist_ok=True)
    shutil.copy(path, path.parent / "person" / path.name)


def _bare_job(folder: Path) -> Job:
    from core.job import JobRecord
    from core.settings import Settings

    return Job(folder, JobRecord("fuzz", {}, Settings()))


def _openpose_file() -> bytes:
    person = {"person_id": [-1], "pose_keypoints_2d": [float(value) for value in range(75)]}
    return json.dumps({"version": 1.3, "people": [person]}).encode()


def _event_lines() -> bytes:
    events = [
        {"event": "stage", "stage": "person", "index": 1, "count": 6, "skipped": False},
        {"event": "frame", "stage": "frames", "done": 3, "count": 10},
        {"event": "done", "job": "/x", "files": {"page": "/x/index.html"}, "frames": {"ok": 3}},
    ]
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def _pictures(job: Job, number: int) -> dict[str, bytes]:
    import cv2

    picture = cv2.resize(cv2.imdecode(np.fromfile(job.picture_path(number), np.uint8), cv2.IMREAD_COLOR), (60, 100))
    samples = {f"0{ending}": cv2.imencode(ending, picture)[1].tobytes() for ending in (".jpg", ".png", ".webp", ".tif")}
    return samples | {"0.bmp": cv2.imencode(".bmp", picture[:20])[1].tobytes()}


def _mesh(folder: Path) -> bytes:
    """A mesh file of a few faces: damages hit every part of it."""
    from core.ply import write_ply

    vertices = np.random.default_rng(0).random((30, 3), np.float32)
    faces = np.arange(30, dtype=np.int32).reshape(10, 3)
    write_ply(folder / "0.ply", vertices, faces, np.full((30, 3), 9, np.uint8))
    return (folder / "0.ply").read_bytes()


def _arrays(job: Job) -> dict[str, bytes]:
    paths = (job.landmarks_path, job.body_path, job.clothing_path, job.colours_path)
    return {path.name: path.read_bytes() for path in paths}


def _camera_file(folder: Path) -> bytes:
    from scipy.spatial.transform import Rotation

    from core.camera_file import write_camera

    job = _bare_job(folder)
    turns = Rotation.from_euler("yx", [[0, 0], [3, 1], [7, -2]], degrees=True).as_matrix()
    write_camera(job.camera_turns_path, dict(enumerate(turns)))
    return job.camera_turns_path.read_bytes()


def _keypoints_file(folder: Path) -> bytes:
    from core.person.keypoints import write_keypoints

    job = _bare_job(folder)
    write_keypoints(job, {number: np.full((25, 3), number, np.float32) for number in range(3)})
    return job.keypoints_path.read_bytes()


def _character_files(folder: Path) -> dict[str, bytes]:
    from core.character.files import Skeleton, write_character

    job = _bare_job(folder)
    points = np.zeros((4, 3), np.float32)
    triangles = np.array([[0, 1, 2], [1, 2, 3]], np.int32)
    bones = np.array([-1, 0], np.int32)
    skeleton = Skeleton(
        np.array(["root", "spine"]), bones, points[:2], points[2:], np.zeros((4, 2), np.int32),
        np.ones((4, 2), np.float32), np.zeros((3, 2, 3), np.float32), np.zeros((3, 3), np.float32), 1.0,
    )  # fmt: skip
    template = {"positions": points, "triangles": triangles}
    write_character(job, template, np.arange(3, dtype=np.int32), np.zeros((3, 4, 3), np.float32), skeleton)
    files = (job.template_path, job.skeleton_path, job.character_frames_path, job.character_vertices_path)
    return {path.name: path.read_bytes() for path in files}


def _videos(folder: Path) -> dict[str, bytes]:
    import av

    kinds = [
        ("a.mp4", "libx264", "yuv420p"), ("b.webm", "libvpx-vp9", "yuv420p"), ("c.avi", "mjpeg", "yuvj420p"),
        ("d.mkv", "ffv1", "yuv420p"), ("e.mov", "mpeg4", "yuv420p"), ("f.gif", "gif", "rgb8"),
        ("g.mp4", "libx265", "yuv420p10le"), ("h.ts", "mpeg2video", "yuv420p"),
    ]  # fmt: skip
    random_source = np.random.default_rng(5)
    samples = {}
    for name, codec, pixel_format in kinds:
        options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        with av.open(str(folder / name), "w") as container:
            stream = container.add_stream(codec, rate=10, options=options)
            stream.width, stream.height, stream.pix_fmt = 64, 48, pixel_format
            for number in range(6):
                picture = random_source.integers(0, 256, (48, 64, 3), np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixel_format)
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        samples[name] = (folder / name).read_bytes()
    return samples
