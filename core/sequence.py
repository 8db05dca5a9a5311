"""A folder of numbered pictures as a clip: numbers are the frames', gaps stay gaps."""

from collections.abc import Iterator
from pathlib import Path

from .errors import RestageError
from .events import Events
from .footage import ClipInfo, Frame, FrameNumbers, fit_picture, rate_missing
from .picture import read_with_alpha
from .source import list_pictures


def find_gaps(folder: Path, frames: slice) -> list[list[int]]:
    """First and last numbers of the runs of frames in the range that the folder has no picture of."""
    numbers, wanted = list_pictures(folder), FrameNumbers(frames)
    inside = [number for number in numbers if number in wanted]
    missing = [n for n in range(inside[0], inside[-1]) if n in wanted and n not in numbers] if inside else []
    gaps: list[list[int]] = []
    step = frames.step or 1
    for number in missing:
        if gaps and gaps[-1][1] == number - step:
            gaps[-1][1] = number
        else:
            gaps.append([number, number])
    return gaps


def probe_sequence(folder: Path, rate: float) -> ClipInfo:
    """What the pictures of a folder are, from the first one; see core.clip.probe_clip. Raises RestageError
    `images_missing`, `rate_missing` and `picture_unreadable`."""
    if not rate:
        raise rate_missing(folder, "is a folder of pictures")
    pictures = list_pictures(folder)
    first = next(iter(pictures.values()))
    picture, alpha = read_with_alpha(first)
    return ClipInfo(
        width=picture.shape[1],
        height=picture.shape[0],
        frame_rate=rate,
        nominal_rate=rate,
        frame_count=max(pictures) + 1,
        duration=(max(pictures) + 1 - min(pictures)) / rate,
        codec=first.suffix.lower().lstrip("."),
        pixel_format="rgb24" if alpha is None else "rgba",
        rotation=0,
        pixel_aspect=1.0,
        variable_rate=False,
        alpha=alpha is not None,
    )


def read_sequence(folder: Path, frames: slice, events: Events | None, rate: float) -> Iterator[Frame]:
    """The pictures of a folder in order, at NUMBER / rate seconds; see core.clip.read_frames.

    A damaged picture is left out with a `warning` event, like a missing one. Raises RestageError `rate_missing` and
    `images_missing`, and `picture_unreadable` when not one can be read.
    """
    if not rate:
        raise rate_missing(folder, "is a folder of pictures")
    wanted = FrameNumbers(frames)
    chosen = {number: path for number, path in list_pictures(folder).items() if number in wanted}
    if events is not None and (gaps := find_gaps(folder, frames)):
        named = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in gaps[:10])
        more = " and more" if len(gaps) > 10 else ""
        events.emit("warning", message=f"{folder.name} has no pictures {named}{more}; these frames are left out.")
    size: tuple[int, int] | None = None
    problem: RestageError | None = None
    for number, path in chosen.items():
        try:
            picture, alpha = read_with_alpha(path)
        except RestageError as error:
            problem = error
            if events is not None:
                events.emit("warning", code=error.code, message=f"Frame {number} is left out: {error}")
            continue
        size = size or (picture.shape[1], picture.shape[0])
        yield Frame(
            number, number / rate, fit_picture(picture, size), None if alpha is None else fit_picture(alpha, size)
        )
    if size is None and problem is not None:
        raise problem
