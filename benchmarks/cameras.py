"""How far fitted bodies are from the truth that several calibrated cameras see together:
`python benchmarks/cameras.py FOLDER [--frames ::3] [--jobs DIR] [--table FILE]`.

FOLDER holds `videos/*.mp4`, which start together, and `calibration/*.qca.txt` in Qualisys' format, a camera for each of
them, as Pose2Sim's Demo_SinglePerson does (PyPI package pose2sim, BSD-3-Clause). What MediaPipe sees in all of them is
joined where rays meet; then every video is reconstructed by itself, knowing nothing of the others, and its body's
landmarks are compared with the joined ones. Lengths in centimetres, from the middle of the hips, after one scale a
video (depth, distance), or after a rotation and scale a frame (pose).
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from core.errors import RestageError

# Shoulders, elbows, wrists, hips, knees, ankles, heels, toes.
COMPARED = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]
HIPS = [COMPARED.index(23), COMPARED.index(24)]
# Qualisys counts in 64ths of a pixel and millimetres.
PARTS, MILLIMETRES = 64.0, 1000.0
# Metres: rays that pass further away saw something else.
REACH = 0.10


@dataclass(frozen=True)
class Calibrated:
    """focal: (2,) and centre: (2,) pixels; axes: (3, 3) from the world's axes to the camera's (x right, y up, z towards
    it); place: (3,) metres."""

    focal: np.ndarray
    centre: np.ndarray
    axes: np.ndarray
    place: np.ndarray

    def rays(self, pixels: np.ndarray) -> np.ndarray:
        """(..., 2) -> (..., 3) unit directions in the world."""
        flat = (pixels - self.centre) / self.focal * [1.0, -1.0]
        rays = np.concatenate([flat, np.full((*flat.shape[:-1], 1), -1.0)], axis=-1) @ self.axes
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def read_calibration(path: Path) -> dict[str, Calibrated]:
    """By the camera's name."""
    cameras = {}
    for camera in ElementTree.parse(path).getroot().iter("camera"):
        inner, outer = camera.find("intrinsic"), camera.find("transform")
        if inner is None or outer is None:
            continue
        focal, centre = (
            np.array([float(inner.attrib[name + axis]) for axis in "UV"]) / PARTS
            for name in ("focalLength", "centerPoint")
        )
        axes = np.array([[float(outer.attrib[f"r{row}{column}"]) for column in (1, 2, 3)] for row in (1, 2, 3)])
        place = np.array([float(outer.attrib[axis]) for axis in "xyz"]) / MILLIMETRES
        cameras[camera.attrib["serial"]] = Calibrated(focal, centre, axes, place)
    return cameras


def watch(video: Path) -> dict[str, np.ndarray]:
    """MediaPipe's landmarks of every frame."""
    from core.clip import read_frames
    from core.events import SilentEvents
    from core.person.landmarker import PoseLandmarker
    from core.person.track import TrackBuilder
    from core.settings import frame_range

    track = TrackBuilder()
    with PoseLandmarker() as landmarker:
        for frame in read_frames(video, frame_range("::1"), SilentEvents()):
            track.add(frame.number, frame.time, landmarker.find(frame.picture, frame.time))
    found = track.finish()
    return {"image": found.image.astype(float), "visibility": found.visibility}


def join(cameras: dict[str, Calibrated], seen: dict[str, dict[str, np.ndarray]]) -> np.ndarray:
    """(F, 33, 3) world metres where the cameras' rays meet; NaN where fewer than three agree."""
    names = list(seen)
    frames = min(len(values["image"]) for values in seen.values())
    rays = np.stack([cameras[name].rays(seen[name]["image"][:frames]) for name in names], axis=2)
    places = np.stack([cameras[name].place for name in names])
    points = np.full((frames, 33, 3), np.nan)
    for frame, landmark in np.ndindex(frames, 33):
        directions = rays[frame, landmark]
        chosen = np.isfinite(directions).all(axis=1)
        while chosen.sum() >= 3:
            across = np.eye(3) - directions[chosen, :, None] * directions[chosen, None]
            point = np.linalg.solve(across.sum(axis=0), np.einsum("nij,nj->i", across, places[chosen]))
            misses = np.linalg.norm(np.cross(point - places, directions), axis=1) * chosen
            if misses.max() < REACH:
                points[frame, landmark] = point
                break
            chosen[misses.argmax()] = False
    return points


def fitted(video: Path, folder: Path, frames: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the frames, and the body's landmarks (F, 33, 3) in the camera's axes, metres."""
    from core.body.stage import run_body
    from core.events import SilentEvents
    from core.job_opening import open_job
    from core.person.stage import run_person
    from core.settings import Settings

    folder.mkdir(parents=True, exist_ok=True)
    job = open_job(video, folder, Settings(method="body", preset="draft", frames=frames))
    if not job.landmarks_path.exists():
        run_person(job, video, SilentEvents())
        job.save()
    run_body(job, SilentEvents())
    with np.load(job.body_path, allow_pickle=False) as values:
        pose = values["camera_to_world"]
        return values["frames"], (values["landmarks"] - pose[:3, 3]) @ pose[:3, :3]


def errors(found: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
    """Depth, distance and pose, centimetres; both (F, 16, 3) of COMPARED in the camera's axes."""
    found, truth = (points - points[:, HIPS].mean(axis=1, keepdims=True) for points in (found, truth))
    known = np.isfinite(truth).all(axis=2)
    scale = (found[known] * truth[known]).sum() / (found[known] ** 2).sum()
    error = scale * found - truth
    pose = [_after_rotation(a[k], b[k]) for a, b, k in zip(found, truth, known, strict=True) if k.sum() > 3]
    distance = np.linalg.norm(error, axis=2)[known].mean()
    return 100 * float(np.abs(error[..., 2])[known].mean()), 100 * float(distance), 100 * float(np.mean(pose))


def _after_rotation(found: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance after the similarity that brings (N, 3) nearest to (N, 3) (Umeyama 1991)."""
    found, truth = found - found.mean(axis=0), truth - truth.mean(axis=0)
    left, size, right = np.linalg.svd(found.T @ truth)
    signs = np.array([1.0, 1.0, np.linalg.det(left @ right)])
    moved = (size * signs).sum() / (found**2).sum() * found @ (left * signs) @ right
    return float(np.linalg.norm(moved - truth, axis=1).mean())


def main(folder: Path, frames: str, jobs: Path, table: Path | None) -> int:
    calibration = next(iter(sorted((folder / "calibration").glob("*.qca.txt"))), None)
    videos = sorted((folder / "videos").glob("*.mp4"))
    if calibration is None or len(videos) < 3:
        raise RestageError("input_missing", f"{folder} needs calibration/*.qca.txt and three or more videos/*.mp4.")
    cameras = read_calibration(calibration)
    truth = join(cameras, {video.stem: watch(video) for video in videos})
    lines = ["| camera | frames | depth, cm | distance, cm | pose, cm |", "|---|--:|--:|--:|--:|"]
    rows = []
    for video in videos:
        numbers, landmarks = fitted(video, jobs / f"{video.stem}.restage", frames)
        camera = cameras[video.stem]
        known = numbers < len(truth)
        seen = (truth[numbers[known]][:, COMPARED] - camera.place) @ camera.axes.T
        rows.append(errors(landmarks[known][:, COMPARED], seen))
        lines.append(f"| {video.stem} | {known.sum()} | " + " | ".join(f"{value:.1f}" for value in rows[-1]) + " |")
    lines.append("| mean | | " + " | ".join(f"{value:.1f}" for value in np.mean(rows, axis=0)) + " |")
    print("\n".join(lines))
    if table is not None:
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", default="::3")
    parser.add_argument("--jobs", type=Path, default=Path("cameras_jobs"), help="kept; only the body is fitted anew")
    parser.add_argument("--table", type=Path)
    options = parser.parse_args()
    raise SystemExit(main(options.folder, options.frames, options.jobs, options.table))
