"""The stage `person`: a clip goes in; pictures, masks, landmarks and crops come out."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..clip import ClipInfo, probe_clip, read_frames
from ..errors import RestageError
from ..events import Events, progress
from ..job import Job
from ..picture import read_mask, read_picture, write_jpeg, write_mask
from ..sequence import find_gaps
from ..settings import frame_range
from ..source import holds_single_pictures, is_image_folder
from .crop import find_crops
from .images import fill_from_images
from .keypoints import keypoints_of_frames, write_keypoints
from .landmarker import PoseLandmarker, reduce_picture
from .masks import between, body_size, keep_person, refine_edges, steady
from .track import Track, TrackBuilder
from .track_files import STAGE, write_track

# Holds what is being made; a killed run leaves it behind, and the next one starts it anew.
DRAFT_FOLDER = "unfinished"
LONGEST_SIDE = 1920

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def run_person(job: Job, clip_path: Path, events: Events) -> None:
    """Fill `clip/`, `person/` and the record's clip and frames from the clip, or from a folder of pictures.

    The clip is decoded once; memory does not grow with its length. Running it again gives the same files; an earlier
    result is replaced only when everything is done. Raises RestageError `video_unreadable`, `no_frames` (the frame
    range is empty) and `no_person`.
    """
    draft = Job(job.folder / DRAFT_FOLDER, replace(job.record))
    if draft.folder.exists():
        shutil.rmtree(draft.folder)
    try:
        if holds_single_pictures(clip_path, job.record.settings):
            fill_from_images(draft, clip_path, events)
        else:
            _fill(draft, clip_path, probe_clip(clip_path, job.record.settings.rate), events)
        _replace(job, draft)
    finally:
        shutil.rmtree(draft.folder, ignore_errors=True)


def _replace(job: Job, draft: Job) -> None:
    """Put the draft's files in the place of an earlier result."""
    # No stage is done any more, also if the run is killed in the middle of this.
    job.record.stages.clear()
    job.save()
    for made, place in ((_clip_folder(draft), _clip_folder(job)), (_person_folder(draft), _person_folder(job))):
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)
    job.record.clip, job.record.frames = draft.record.clip, draft.record.frames


def _fill(job: Job, clip_path: Path, info: ClipInfo, events: Events) -> None:
    # The network's raw masks wait on disk until the landmarks of the whole clip are known.
    raw = _person_folder(job) / "raw"
    track = _watch(job, clip_path, info, raw, events)
    if not track.present.any():
        raise RestageError(
            "no_person",
            f"No person was found in {clip_path.name}. Choose a clip that shows one person's whole body, at least"
            " a third of the picture high.",
        )
    boxes = _write_masks(job, track, raw, events)
    shutil.rmtree(raw)
    write_track(job, track, find_crops(track, boxes))
    if job.record.settings.keypoints:
        scale = job.record.clip["width"] / info.width
        write_keypoints(job, keypoints_of_frames(Path(job.record.settings.keypoints), track.numbers, scale))


def _clip_folder(job: Job) -> Path:
    return job.picture_path(0).parent


def _person_folder(job: Job) -> Path:
    return job.crops_path.parent


def _watch(job: Job, clip_path: Path, info: ClipInfo, raw: Path, events: Events) -> Track:
    """First pass: write the pictures, follow the person, keep the raw masks."""
    frames = frame_range(job.record.settings.frames)
    builder = TrackBuilder()
    count = 0
    width = height = 0
    expected = len(range(*frames.indices(info.frame_count)))
    with PoseLandmarker() as landmarker:
        decoded = read_frames(clip_path, frames, events, job.record.settings.rate)
        for frame in progress(decoded, events, "clip", expected):
            picture = reduce_picture(frame.picture, LONGEST_SIDE)
            height, width = picture.shape[:2]
            write_jpeg(job.picture_path(frame.number), picture)
            pose = landmarker.find(picture, frame.time)
            builder.add(frame.number, frame.time, pose)
            if pose is not None:
                _write_probability(raw / f"{frame.number:06d}.png", pose.mask)
            count += 1
    if count == 0:
        raise RestageError(
            "no_frames",
            f"The frame range '{job.record.settings.frames}' selects no frame of {clip_path.name}, which has about"
            f" {info.frame_count}. Choose a range inside the clip.",
        )
    job.record.clip = {"width": width, "height": height, "frame_rate": info.frame_rate, "frame_count": count}
    if is_image_folder(clip_path):
        job.record.clip["gaps"] = find_gaps(clip_path, frames)
    return builder.finish()


class _RawMask(NamedTuple):
    row: int
    time: float
    mask: Floats


def _write_masks(job: Job, track: Track, raw: Path, events: Events) -> npt.NDArray[np.float64]:
    """Second pass: clean and write the masks; returns the person's box in every frame, (N, 4), NaN without one."""
    boxes = np.full((len(track.times), 4), np.nan)
    for before, mask, after in progress(_windows(job, track, raw), events, STAGE, int(track.present.sum())):
        picture = read_picture(job.picture_path(int(track.numbers[mask.row])))
        near = [(other.mask, other.time) for other in (before, after) if other is not None]
        probability = steady(mask.mask, mask.time, near)
        scale = mask.mask.shape[1] / picture.shape[1]
        landmarks = track.image[mask.row]
        probability = keep_person(probability, landmarks * scale, track.visibility[mask.row])
        full = _resize(probability, picture.shape[1], picture.shape[0])
        full = refine_edges(full, picture, body_size(landmarks))
        _write_probability(job.mask_path(int(track.numbers[mask.row])), full)
        boxes[mask.row] = _box(full, landmarks, track.visibility[mask.row])
    return boxes


def _windows(job: Job, track: Track, raw: Path) -> Iterator[tuple[_RawMask | None, _RawMask, _RawMask | None]]:
    """Every frame's raw mask with the ones before and after it (None beyond a gap), three in memory at a time."""
    before: _RawMask | None = None
    here: _RawMask | None = None
    for row in range(len(track.times)):
        after = _raw_mask(job, track, raw, row) if track.present[row] else None
        if here is not None:
            yield before, here, after
        before, here = here, after
    if here is not None:
        yield before, here, None


def _raw_mask(job: Job, track: Track, raw: Path, row: int) -> _RawMask:
    """The network's mask of a frame; for a held frame, one between those of the frames around the gap."""
    time = float(track.times[row])
    if track.found[row]:
        return _RawMask(row, time, _read_probability(raw / f"{track.numbers[row]:06d}.png"))
    seen = np.flatnonzero(track.found)
    ends = [int(seen[seen < row][-1]), int(seen[seen > row][0])]
    masks = [_read_probability(raw / f"{track.numbers[end]:06d}.png") for end in ends]
    landmarks = (track.image * (masks[0].shape[1] / job.record.clip["width"])).astype(np.float32)
    first, last = ((mask, landmarks[end]) for mask, end in zip(masks, ends, strict=True))
    share = (time - track.times[ends[0]]) / max(track.times[ends[1]] - track.times[ends[0]], 1e-9)
    return _RawMask(row, time, between(first, last, landmarks[row], float(share)))


def _box(mask: Floats, landmarks: npt.NDArray[np.float64], visibility: npt.NDArray[np.float64]) -> list[float]:
    """Left, top, right, bottom of the mask and the visible landmarks together, image pixels."""
    points = landmarks[visibility > 0.5]
    rows, columns = np.flatnonzero((mask > 0.5).any(axis=1)), np.flatnonzero((mask > 0.5).any(axis=0))
    if len(rows):
        corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]], np.float64)
        points = np.concatenate([points, corners])
    elif not len(points):
        points = landmarks
    return [*points.min(axis=0), *points.max(axis=0)]


def _write_probability(path: Path, mask: Floats) -> None:
    write_mask(path, np.round(mask * 255).astype(np.uint8))


def _read_probability(path: Path) -> Floats:
    return read_mask(path).astype(np.float32) / np.float32(255)


def _resize(mask: Floats, width: int, height: int) -> Floats:
    import cv2

    return np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
