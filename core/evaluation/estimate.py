"""The body of a person who is known from one picture only: Restage's own stages, run on it."""

from pathlib import Path

from ..errors import RestageError
from ..events import SilentEvents
from ..frame import ClipReader
from ..job import SUFFIX
from ..job_opening import open_job
from ..picture import Picture, write_png
from ..settings import Settings

FRAME = 0


def estimate_body(picture: Picture, folder: Path, name: str, focal: float = 0.0) -> ClipReader | None:
    """Fit the body to a picture, a clip of the one frame FRAME; None where nobody is found.

    picture: (H, W, 3) uint8 RGB; focal: length as a multiple of the picture's longer side, 0 if not known. What was
    estimated before lies in folder/NAME.restage and is read from there.
    """
    from ..body.stage import run_body
    from ..person.stage import run_person

    clip, missed = folder / f"{name}.png", folder / f"{name}.nobody"
    if missed.exists():
        return None
    if not clip.exists():
        write_png(clip, picture)
    made = folder / f"{name}{SUFFIX}"
    made.mkdir(exist_ok=True)
    job = open_job(clip, made, Settings(method="body", preset="draft", focal=focal))
    if not job.body_path.exists():
        events = SilentEvents()
        try:
            run_person(job, clip, events)
        except RestageError as error:
            if error.code != "no_person":
                raise
            missed.touch()
            return None
        job.save()
        run_body(job, events)
    return ClipReader(job)
