"""The files that PaMIR's demo and human-video-reconstruction write, from a finished job."""

import pickle  # noqa: TID251 - written for the published scripts, and never read by Restage
from pathlib import Path

import numpy as np

from ..arrays import BODY, read_arrays
from ..errors import ExitCode, RestageError
from ..events import Events, progress
from ..job import Job, atomic_write
from ..pamir.projection import from_spaces
from ..pamir.smpl_file import read_smpl
from ..ply import read_ply
from ..spaces import CanonicalView
from .sequence import write_obj


def export_pamir_files(job: Job, folder: Path, events: Events) -> Path:
    """Write `results/NAME.obj`, `_tex.obj` with colours, `_init_smpl.obj`, `_optm_smpl.obj` and `_smplparams.pkl` of
    every finished frame, in PaMIR's canonical space; returns the folder.

    NAME is the picture's, or the frame's number in four digits. Raises RestageError `not_pamir`.
    """
    if job.record.settings.method != "pamir":
        raise RestageError(
            "not_pamir",
            f"{job.folder} was made by the method '{job.record.settings.method}', and only jobs of --method pamir have"
            " these files.",
            ExitCode.BAD_ARGUMENTS,
        )
    results = folder / "results"
    names = job.record.clip.get("names", {})
    camera, crops = job.camera(), job.crops()
    values = read_arrays(job.body_path, BODY, "frames", "translation")
    roots = dict(zip(values["frames"].tolist(), values["translation"], strict=True))
    for number in progress(job.finished_frames(), events, "export"):
        name = names.get(f"{number:06d}", f"{number:04d}")
        smpl = read_smpl(job, number)
        assert smpl is not None, "it is written before the mesh"
        vertices, faces, colours = read_ply(job.mesh_path(number))
        view = CanonicalView(camera, crops[number], float(-camera.world_to_camera(roots[number])[2]))
        shape = from_spaces(view.from_world(vertices.astype(np.float64)))
        write_obj(results / f"{name}.obj", shape, faces)
        write_obj(results / f"{name}_tex.obj", shape, faces, colours / 255.0)
        write_obj(results / f"{name}_init_smpl.obj", smpl.initial, smpl.faces)
        write_obj(results / f"{name}_optm_smpl.obj", smpl.canonical, smpl.faces)
        with atomic_write(results / f"{name}_smplparams.pkl") as stream:
            # Protocol 2 and plain arrays: what the published scripts read.
            pickle.dump(smpl.parameters, stream, protocol=2)
    return folder
