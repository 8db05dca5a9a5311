"""The open method on a real clip."""

import shutil
from pathlib import Path

import pytest
import torch

from core.errors import RestageError
from core.evaluation.surface import silhouette_overlap
from core.events import SilentEvents
from core.job import Job
from core.open import weights
from core.open.network import OpenNet
from core.pipeline import reconstruct
from core.settings import Settings


def run(demo_clip: Path, folder: Path, **settings: object) -> Job:
    return reconstruct(demo_clip, folder, Settings(method="open", preset="draft", **settings), SilentEvents())


@pytest.fixture
def new_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that has learnt nothing: it says what the body says."""
    torch.manual_seed(0)
    path = tmp_path / "weights.safetensors"
    weights.save_open(OpenNet(), path)
    for module in ("core.open.weights", "core.pipeline"):
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
    monkeypatch.setattr("core.pipeline.WEIGHTS", tmp_path / "nothing")
    with pytest.raises(RestageError) as caught:
        run(demo_clip, tmp_path)
    assert caught.value.code == "method_missing"
