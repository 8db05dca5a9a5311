"""The stage `person`: a clip goes in; pictures, masks, landmarks and crops come out."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..camera_file import write_camera
from ..clip import probe_clip
from ..events import Events, progress
from ..face.files import find_faces
from ..hands.files import find_hands
from ..job import Job
from ..lifting.files import find_points
from ..picture import read_mask, read_picture, write_mask
from ..source import holds_single_pictures
from .background import FRAMES, Background, Sight
from .chosen import chosen_track
from .crop import find_crops
from .given_masks import AlphaMasks, GivenMasks, chosen_masks, find_masks, masks_folder
from .grabcut import refine_by_grabcut
from .images import fill_from_images
from .keypoints import keypoints_of_frames, write_keypoints
from .lost_limbs import bridge, find_lost_limbs
from .masks import between, body_size, keep_person, refine_edges, resized, steady
from .raw_masks import RawMasks
from .track import Track, is_cut_off
from .track_files import STAGE, write_track
from .watch import Watched, watch

# Holds what is being made; a killed run leaves it behind, and the next one starts it anew.
DRAFT_FOLDER = "unfinished"

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
# Rotations by frame number, of a camera that turned.
Turns = dict[int, npt.NDArray[np.float64]]


def run_person(job: Job, clip_path: Path, events: Events, watched: Watched | None = None) -> Watched | None:
    """Fill `clip/`, `person/` and the record's clip and frames from the clip, or from a folder of pictures.

    The clip is decoded once; memory does not grow with its length. Running it again gives the same files; an earlier
    result is replaced only when everything is done. Returns what was seen on the way (None for pictures), and takes
    it instead of decoding, for another person of the same clip. Raises RestageError `video_unreadable`, `no_frames`
    (the frame range is empty), `no_person`, `not_a_person` and `person_missing`.
    """
    draft = Job(job.folder / DRAFT_FOLDER, replace(job.record))
    if draft.folder.exists():
        shutil.rmtree(draft.folder)
    try:
        if holds_single_pictures(clip_path, job.record.settings):
            fill_from_images(draft, clip_path, events)
        else:
            watched = _fill(draft, job.folder, clip_path, events, watched)
        _replace(job, draft)
    finally:
        shutil.rmtree(draft.folder, ignore_errors=True)
    return watched and replace(watched, pictures=_clip_folder(job))


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


def _fill(job: Job, folder: Path, clip_path: Path, events: Events, watched: Watched | None) -> Watched:
    info = probe_clip(clip_path, job.record.settings.rate)
    raw = RawMasks(_person_folder(job) / "raw")
    alpha = AlphaMasks(_person_folder(job) / "alpha")
    users = masks_folder(job.record.settings, clip_path)
    given = find_masks(users, info) if users else None
    fresh = watched is None
    if watched is None:
        watched = watch(job, folder, clip_path, info, raw, alpha, events)
    else:
        _link_pictures(watched.pictures, _clip_folder(job))
    job.record.clip = dict(watched.clip)
    track = chosen_track(job, clip_path, watched, fresh, raw, events)
    size = (int(job.record.clip["width"]), int(job.record.clip["height"]))
    # A transparent background leaves everybody in.
    cut_out = alpha.masks() if len(watched.people.people) == 1 else None
    given, track = chosen_masks(given, cut_out, track, size, events)
    turns = watched.turns or {}
    stays = given is None and watched.path is None
    background = Background.of(_sights(job, track, raw, turns)) if stays else None
    boxes = _write_masks(job, track, raw, given, background, turns, events)
    raw.clear()
    alpha.clear()
    bridge(track, find_lost_limbs(track, lambda row: read_mask(job.mask_path(int(track.numbers[row])))))
    write_track(job, track, find_crops(track, boxes))
    shown = np.flatnonzero(track.present)
    find_hands(job, track.numbers[shown], track.image[shown], events)
    find_faces(job, track.numbers[shown], track.image[shown], events)
    find_points(job, track.numbers[shown], events)
    if watched.turns is not None:
        write_camera(job.camera_turns_path, watched.turns)
    if watched.path is not None:
        path = watched.path
        write_camera(job.camera_way_path, dict(zip(path.numbers, path.turns, strict=True)), path.places)
    if job.record.settings.keypoints:
        scale = job.record.clip["width"] / info.width
        write_keypoints(job, keypoints_of_frames(Path(job.record.settings.keypoints), track.numbers, scale))
    return watched


def _link_pictures(source: Path, target: Path) -> None:
    """The pictures of another job of the same clip: the same files where the disk can do so, else copies."""
    target.mkdir(parents=True)
    for picture in sorted(source.iterdir()):
        try:
            os.link(picture, target / picture.name)
        except OSError:
            shutil.copyfile(picture, target / picture.name)


def _clip_folder(job: Job) -> Path:
    return job.picture_path(0).parent


def _person_folder(job: Job) -> Path:
    return job.crops_path.parent


def _sights(job: Job, track: Track, raw: RawMasks, turns: Turns) -> Iterator[Sight]:
    """Frames spread over the clip in which the network saw the person."""
    rows = np.flatnonzero(track.found)
    for row in rows[:: max(1, round(len(rows) / FRAMES))]:
        number = int(track.numbers[row])
        yield Sight(read_picture(job.picture_path(number)), raw.read(number), track.image[row], turns.get(number))


class _RawMask(NamedTuple):
    row: int
    time: float
    mask: Floats


def _write_masks(
    job: Job,
    track: Track,
    raw: RawMasks,
    given: GivenMasks | None,
    background: Background | None,
    turns: Turns,
    events: Events,
) -> npt.NDArray[np.float64]:
    """Second pass: clean and write the masks; returns the person's box in every frame, (N, 4), NaN without one."""
    boxes = np.full((len(track.times), 4), np.nan)
    size = np.array([job.record.clip["width"], job.record.clip["height"]])
    cut_off = is_cut_off(track, size)
    for before, mask, after in progress(_windows(job, track, raw), events, STAGE, int(track.present.sum())):
        picture = read_picture(job.picture_path(int(track.numbers[mask.row])))
        number, landmarks = int(track.numbers[mask.row]), track.image[mask.row]
        if given is not None:
            full = given.read(number, (picture.shape[1], picture.shape[0]))
        else:
            near = [(other.mask, other.time) for other in (before, after) if other is not None]
            probability = steady(mask.mask, mask.time, near)
            if background is not None:
                probability = background.corrected(Sight(picture, probability, landmarks, turns.get(number)))
            scale = mask.mask.shape[1] / picture.shape[1]
            probability = keep_person(probability, landmarks * scale, track.visibility[mask.row])
            full = resized(probability, picture.shape)
        if job.record.settings.refine_masks:
            full = refine_by_grabcut(full, picture, body_size(landmarks))
        if given is None or job.record.settings.refine_masks:
            full = refine_edges(full, picture, body_size(landmarks))
        write_mask(job.mask_path(number), np.round(full * 255).astype(np.uint8))
        shown = track.visibility[mask.row] > 0.5
        if cut_off:
            shown |= ((landmarks < 0) | (landmarks > size)).any(axis=1)
        boxes[mask.row] = _box(full, landmarks, shown)
    return boxes


def _windows(job: Job, track: Track, raw: RawMasks) -> Iterator[tuple[_RawMask | None, _RawMask, _RawMask | None]]:
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


def _raw_mask(job: Job, track: Track, raw: RawMasks, row: int) -> _RawMask:
    """The network's mask of a frame; for a held frame, one between those of the frames around the gap."""
    time = float(track.times[row])
    if track.found[row]:
        return _RawMask(row, time, raw.read(int(track.numbers[row])))
    seen = np.flatnonzero(track.found)
    ends = [int(seen[seen < row][-1]), int(seen[seen > row][0])]
    masks = [raw.read(int(track.numbers[end])) for end in ends]
    landmarks = (track.image * (masks[0].shape[1] / job.record.clip["width"])).astype(np.float32)
    first, last = ((mask, landmarks[end]) for mask, end in zip(masks, ends, strict=True))
    share = (time - track.times[ends[0]]) / max(track.times[ends[1]] - track.times[ends[0]], 1e-9)
    return _RawMask(row, time, between(first, last, landmarks[row], float(share)))


def _box(mask: Floats, landmarks: npt.NDArray[np.float64], shown: npt.NDArray[np.bool_]) -> list[float]:
    """Left, top, right, bottom of the mask and of the landmarks that are `shown`, (33,), together, image pixels."""
    points = landmarks[shown]
    rows, columns = np.flatnonzero((mask > 0.5).any(axis=1)), np.flatnonzero((mask > 0.5).any(axis=0))
    if len(rows):
        corners = np.array([[columns[0], rows[0]], [columns[-1] + 1, rows[-1] + 1]], np.float64)
        points = np.concatenate([points, corners])
    elif not len(points):
        points = landmarks
    return [*points.min(axis=0), *points.max(axis=0)]
