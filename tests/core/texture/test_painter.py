"""A frame's mesh is finished with what the clip knows: folds and grain where its camera sees nothing."""

import shutil
from pathlib import Path

import numpy as np

from core.body.model import BodyModel
from core.frame import ClipReader
from core.job import Job
from core.props.files import Props
from core.render import vertex_normals
from core.surface.stage import dressed_body, read_clothing
from core.texture.grain import SIZE
from core.texture.painter import MeshPainter


def test_hidden_places_have_folds_and_grain(demo_job: Job, tmp_path: Path) -> None:
    shutil.copytree(demo_job.folder, tmp_path / demo_job.folder.name)
    job, faces = Job.open(tmp_path / demo_job.folder.name), BodyModel.load().triangles
    number, reader = job.finished_frames()[0], ClipReader(job, Props.read(job))
    body = dressed_body(reader, number, read_clothing(job))
    towards = reader.camera.camera_to_world[:3, 3] - body
    normals = vertex_normals(body, faces)
    facing = (normals * towards).sum(axis=1) / np.linalg.norm(towards, axis=1)
    outer = BodyModel.load().exterior
    hidden, shown = outer & (facing < -0.5), outer & (facing > 0.5)
    colours = {}
    for rise, grain in ((0.0, 0), (0.004, 20)):
        np.savez(job.relief_path, relief=np.full((SIZE, SIZE), rise, np.float16))
        np.savez(job.grain_path, grain=np.full((SIZE, SIZE, 3), grain, np.int8))
        raised, colours[grain] = MeshPainter(job, reader).painted(number, body, faces, body)
        assert np.allclose((raised - body)[hidden], rise * normals[hidden], atol=1e-4)
        assert not (raised - body)[shown].any()
    lighter = colours[20].astype(int) - colours[0]
    assert np.median(lighter[hidden]) == 20
    # Of a man from behind, much of what faces the camera lies along his outline.
    assert np.median(lighter[shown]) < 10
