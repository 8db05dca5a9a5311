"""One character through time: one mesh that moves, with one texture."""

from ..events import Events
from ..job import Job
from ..workers import dismiss


def make_character(job: Job, events: Events) -> None:
    """Write all of `character/` (docs/job-folder.md). What it keeps for a run that is interrupted stays there until
    forget_registered. Raises RestageError as run_character and make_texture."""
    from .moving_texture import forget_moving_texture
    from .stage import run_character
    from .texture import make_texture

    forget_moving_texture(job)
    job.character_video_path.unlink(missing_ok=True)
    draft = run_character(job, events)
    # The texture takes as much memory as all of them.
    dismiss()
    make_texture(job, events, draft)
