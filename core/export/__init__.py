"""Files for other programs."""

from pathlib import Path

from ..events import Events
from ..job import Job


def export_job(job: Job, kind: str, output: Path, events: Events, morph: bool = False) -> Path:
    """Write a job as "glb" (the character, animated; with `morph` as morph targets), "obj" or "ply" (a file a frame),
    or "pamir"; returns what was written: a file for "glb", else the folder `output`.

    output: a folder, for "glb" also the file itself. Raises RestageError as the functions that write.
    """
    if kind == "glb":
        from .glb import export_glb

        path = output if output.suffix.lower() == ".glb" else output / f"{Path(job.record.name).name}.glb"
        return export_glb(job, path, morph, events)
    if kind == "pamir":
        from .pamir_files import export_pamir_files

        return export_pamir_files(job, output, events)
    from .sequence import export_obj, export_ply

    return (export_obj if kind == "obj" else export_ply)(job, output, events)
