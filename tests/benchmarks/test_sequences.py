"""The benchmark of sequences compares like with like: the same meshes in every format."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from core.job import Job
from core.ply import read_ply

PATH = Path(__file__).parents[2] / "benchmarks" / "sequences.py"


@pytest.fixture(scope="module")
def sequences():
    specification = importlib.util.spec_from_file_location("restage_benchmark_sequences", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_format_holds_the_same_meshes_and_every_frame_another(sequences, tmp_path: Path) -> None:
    sequences.make_files(tmp_path, 3, 500)
    job = Job.open(tmp_path / "blob.restage")
    counts = set()
    for number in job.finished_frames():
        vertices, faces, colours = read_ply(job.mesh_path(number))
        for folder in ("obj", "bare"):
            lines = (tmp_path / folder / f"blob_{number + 1:06d}.obj").read_text().splitlines()
            written = np.array([line.split()[1:] for line in lines if line.startswith("v ")], float)
            np.testing.assert_allclose(written, np.concatenate([vertices, colours / 255], axis=1), atol=1e-4)
            corners = [[corner.split("//") for corner in line.split()[1:]] for line in lines if line.startswith("f ")]
            indices = np.array(corners, int) - 1
            assert indices.shape[2] == (2 if folder == "obj" else 1)
            assert (indices == faces[..., None]).all()
        assert 350 < len(vertices) < 700
        counts.add(len(vertices))
    assert len(counts) == 3


def test_the_blob_is_a_surface_seen_from_outside(sequences) -> None:
    points, faces, _ = sequences.blob(2000, 1)
    a, b, c = points[faces].transpose(1, 0, 2)
    outward = (np.cross(b - a, c - a) * ((a + b + c) / 3 - points.mean(axis=0))).sum(axis=1)
    assert (outward > 0).mean() > 0.95
    normals = sequences.normals_of(points, faces)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1)
    assert ((normals * (points - points.mean(axis=0))).sum(axis=1) > 0).mean() > 0.95
