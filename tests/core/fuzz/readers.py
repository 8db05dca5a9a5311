"""Every reader of files that others may have made, with real files to begin from."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np

from core.job import Job

from .job_readers import job_readers
from .network_readers import network_readers
from .reader import Reader


def readers(job: Job, folder: Path) -> dict[str, Reader]:
    """All readers by name. job: a finished one; folder: to make samples in."""
    number = job.person_frames()[0]
    return (
        {
            "openpose": Reader(_openpose, lambda: {"one.json": _openpose_file()}),
            "mask": Reader(_mask, lambda: {"mask.png": job.mask_path(number).read_bytes()}),
            "picture": Reader(_picture, lambda: _pictures(job, number)),
            "events": Reader(_events, lambda: {"events.txt": _event_lines()}),
            "video": Reader(_video, lambda: _videos(folder)),
        }
        | job_readers(job, folder)
        | network_readers(folder)
    )


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


def _events(path: Path) -> None:
    from core.events import parse_event

    for line in path.read_bytes().decode("utf-8", errors="replace").splitlines():
        parse_event(line)


def _video(path: Path) -> None:
    from core.clip import probe_clip, read_frames

    probe_clip(path)
    for frame in read_frames(path, slice(20)):
        assert frame.picture.shape[2] == 3


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
