"""Files for other programs."""

from pathlib import Path

from ..character.bone_names import DEFAULT, BoneNames
from ..events import Events
from ..job import Job


def export_job(
    job: Job, kind: str, output: Path, events: Events, morph: bool = False, bones: BoneNames = DEFAULT
) -> Path:
    """Write a job as "glb" (the character, animated, its joints named as in the rig `bones`; with `morph` as morph
    targets), "obj" or "ply" (a file a frame), "mdd" or "pc2" (the character's mesh and a cache of its motion), or
    "pamir"; returns what was written: a file for "glb", else the folder `output`.

    output: a folder, for "glb" also the file itself. Raises RestageError as the functions that write.
    """
    if kind == "glb":
        from .glb import export_glb

        path = output if output.suffix.lower() == ".glb" else output / f"{Path(job.record.name).name}.glb"
        return export_glb(job, path, morph, events, bones)
    if kind == "pamir":
        from .pamir_files import export_pamir_files

        return export_pamir_files(job, output, events)
    if kind == "mdd" or kind == "pc2":
        from .cache import export_cache

        return export_cache(job, output, kind, events)
    from .sequence import export_obj, export_ply

    return (export_obj if kind == "obj" else export_ply)(job, output, events)
