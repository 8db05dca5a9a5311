"""The open method on a real clip."""

import shutil
from pathlib import Path

import pytest
import torch
import trimesh

from core.errors import RestageError
from core.evaluation.surface import silhouette_overlap
from core.events import SilentEvents
from core.job import Job
from core.open import weights
from core.open.network import OpenNet
from core.pipeline import reconstruct
from core.ply import read_ply
from core.settings import Settings


def run(demo_clip: Path, folder: Path, **settings: object) -> Job:
    return reconstruct(
        demo_clip, folder, Settings(method="open", preset="draft", texture_size=512, **settings), SilentEvents()
    )


@pytest.fixture
def new_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that has learnt nothing: it says what the body says."""
    torch.manual_seed(0)
    path = tmp_path / "weights.safetensors"
    weights.save_open(OpenNet(), path)
    for module in ("core.open.weights", "core.job_opening", "core.open"):
        monkeypatch.setattr(f"{module}.WEIGHTS", path)


def test_a_new_network_reconstructs_the_body(demo_job: Job, tmp_path: Path, new_weights: None) -> None:
    shutil.copytree(demo_job.folder, tmp_path / demo_job.folder.name)
    numbers = demo_job.finished_frames()
    job = run(Path(demo_job.record.source["path"]), tmp_path, frames=demo_job.record.settings.frames)
    assert job.finished_frames() == numbers
    for number in numbers:
        assert silhouette_overlap(job, number) > 0.75
    assert job.mesh_path(numbers[0]).read_bytes() != demo_job.mesh_path(numbers[0]).read_bytes()


def test_without_weights_there_is_one_sentence(
    demo_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.job_opening.WEIGHTS", tmp_path / "nothing")
    with pytest.raises(RestageError) as caught:
        run(demo_clip, tmp_path)
    assert caught.value.code == "method_missing"


def test_frames_come_out_the_same_however_many_processes_make_them(demo_job: Job, tmp_path: Path) -> None:
    """Byte for byte, whatever the order in which they get done."""
    meshes = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        shutil.copytree(demo_job.folder, folder / demo_job.folder.name)
        clip, frames = Path(demo_job.record.source["path"]), demo_job.record.settings.frames
        job = run(clip, folder, frames=frames, workers=workers, character=False)
        meshes.append({number: job.mesh_path(number).read_bytes() for number in job.finished_frames()})
    assert meshes[0] == meshes[1] and len(meshes[0]) == 3


def test_the_shipped_network_dresses_the_person(demo_job: Job, tmp_path: Path) -> None:
    """On real footage: the surface fills the mask, closed, and differs from the body's by more than rounding."""
    shutil.copytree(demo_job.folder, tmp_path / demo_job.folder.name)
    job = run(Path(demo_job.record.source["path"]), tmp_path, frames=demo_job.record.settings.frames)
    assert job.finished_frames() == demo_job.finished_frames()
    for number in job.finished_frames():
        assert silhouette_overlap(job, number) > 0.9
        vertices, faces, _ = read_ply(job.mesh_path(number))
        assert trimesh.Trimesh(vertices, faces, process=False).is_watertight


def test_other_weights_make_the_frames_anew(demo_job: Job, tmp_path: Path, new_weights: None) -> None:
    shutil.copytree(demo_job.folder, tmp_path / demo_job.folder.name)
    clip, frames = Path(demo_job.record.source["path"]), demo_job.record.settings.frames
    number = demo_job.finished_frames()[0]
    before = run(clip, tmp_path, frames=frames).mesh_path(number).read_bytes()
    network = OpenNet()
    torch.nn.init.constant_(network.last.bias, 1.0)
    weights.save_open(network, weights.WEIGHTS)
    after = run(clip, tmp_path, frames=frames).mesh_path(number).read_bytes()
    assert before != after
