"""The first pass over a clip: its pictures, everybody in it, and the one whom MediaPipe follows of itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..clip import ClipInfo, Frame, probe_clip, read_frames
from ..errors import RestageError
from ..events import Events, SilentEvents, progress
from ..job import Job
from ..picture import write_jpeg
from ..sequence import find_gaps
from ..settings import Settings, frame_range
from ..source import is_image_folder
from .between import Between
from .camera_path import CameraPath, find_path
from .camera_turns import CameraTurns
from .given_masks import AlphaMasks
from .landmarker import PoseFinder, PoseLandmarker, reduce_picture
from .people import People
from .raw_masks import RawMasks
from .second_look import looked_again
from .survey import Survey
from .track import Track, TrackBuilder
from .tracks import TrackedBackground, Tracks
from .travel import TRAVELLING, parts, travels

LONGEST_SIDE = 1920


@dataclass(frozen=True)
class Watched:
    """What a pass over a clip gave. track: of whomever MediaPipe followed; pictures: the folder they are in; between:
    the frames between; clip: the record's entry (width, height, frame_rate, frame_count); turns: how the camera turned
    (CameraTurns.finish); path: where it went, if it travelled and the background says how."""

    track: Track
    people: People
    pictures: Path
    between: Between
    clip: dict[str, Any]
    turns: dict[int, npt.NDArray[np.float64]] | None
    path: CameraPath | None


def watch(
    job: Job, folder: Path, clip_path: Path, info: ClipInfo, raw: RawMasks, alpha: AlphaMasks, events: Events
) -> Watched:
    """Decode the clip once: write the pictures to `job`, survey the people, follow one, keep their masks in `raw`, and
    the pictures' transparency in `alpha`; pictures of frames between stay in `folder` until they are closed.

    Raises RestageError `no_frames` when the frame range is empty.
    """
    builder = TrackBuilder()
    width = height = count = 0
    settings = job.record.settings
    turns, background = CameraTurns(), TrackedBackground()
    between = Between(folder, frame_range(settings.frames), info.frame_rate)
    seconds = _seconds(info, settings.frames)
    with PoseLandmarker() as landmarker, PoseFinder() as finder:
        survey = Survey(seconds, finder)
        for frame in _frames(clip_path, info, settings, between.all, events):
            picture = reduce_picture(frame.picture, LONGEST_SIDE)
            between.add(frame.number, frame.time, picture)
            pose = landmarker.find(picture, frame.time)
            if pose is not None:
                pose = looked_again(finder, picture, pose)
            builder.add(frame.number, frame.time, pose)
            if not between.chosen(frame.number):
                continue
            height, width = picture.shape[:2]
            write_jpeg(job.picture_path(frame.number), picture)
            alpha.add(frame.number, frame.alpha, LONGEST_SIDE)
            survey.add(frame.number, frame.time, picture)
            person = None if pose is None else pose.image
            turns.add(frame.number, picture, person)
            background.add(frame.number, picture, person)
            if pose is not None:
                raw.write(frame.number, pose.mask)
            count += 1
        clip: dict[str, Any] = {"width": width, "height": height, "frame_rate": info.frame_rate, "frame_count": count}
        if is_image_folder(clip_path):
            clip["gaps"] = find_gaps(clip_path, between.frames)
        turned = turns.finish()
        path = _path(turns, background.finish()) if turned is not None else None
        if path is None and travels(turns, background.finish()):
            events.emit("warning", message=TRAVELLING)
        track = between.without(builder.finish(settings.steadiness))
        return Watched(track, survey.finish(), job.picture_path(0).parent, between, clip, turned, path)


def _path(turns: CameraTurns, background: Tracks) -> CameraPath | None:
    return find_path(background) if turns.moves() and parts(background) else None


def survey_clip(clip_path: Path, settings: Settings) -> People:
    """Who is in a clip, without reconstructing anybody. Raises RestageError as `watch` and `probe_clip` do."""
    info = probe_clip(clip_path, settings.rate)
    with PoseFinder() as finder:
        survey = Survey(_seconds(info, settings.frames), finder)
        for frame in _frames(clip_path, info, settings, frame_range(settings.frames), SilentEvents()):
            survey.add(frame.number, frame.time, reduce_picture(frame.picture, LONGEST_SIDE))
        return survey.finish()


def _frames(clip_path: Path, info: ClipInfo, settings: Settings, frames: slice, events: Events) -> Iterator[Frame]:
    number = None
    expected = len(range(*frames.indices(info.frame_count)))
    for frame in progress(read_frames(clip_path, frames, events, settings.rate), events, "clip", expected):
        number = frame.number
        yield frame
    if number is None:
        raise RestageError(
            "no_frames",
            f"The frame range '{settings.frames}' selects no frame of {clip_path.name}, which has about"
            f" {info.frame_count}. Choose a range inside the clip.",
        )


def _seconds(info: ClipInfo, chosen: str) -> float:
    """How long the chosen part of a clip is, about; 0 when unknown."""
    frames = frame_range(chosen)
    start, stop, _ = frames.indices(info.frame_count)
    return max(0, stop - start) / info.frame_rate if info.frame_rate else 0.0
