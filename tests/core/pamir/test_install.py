"""Model files that a user picked: recognised, copied to their places, or refused with what they are."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import RestageError
from core.pamir import install
from core.pamir.weights import NEEDED


@pytest.fixture
def picked(tmp_path: Path) -> Path:
    """Files as PaMIR's makers give them, with what the recognition looks at and nothing else."""
    folder = tmp_path / "picked"
    folder.mkdir()
    torch.save({"pamir_net": {}}, folder / "anything.pt")
    torch.save({"other_net": {}}, folder / "other.pt")
    np.savez(folder / "tetra.npz", v_template_added=np.zeros(3), weights_added=np.zeros(3))
    np.savez(
        folder / "smpl.npz", v_template=np.zeros((5, 3)), weights=np.zeros((5, 24)), shapedirs=np.zeros((5, 3, 10))
    )
    np.savez(
        folder / "smplx.npz", v_template=np.zeros((5, 3)), weights=np.zeros((5, 55)), shapedirs=np.zeros((5, 3, 10))
    )
    (folder / "faces.txt").write_text("1 2 3\n")
    return folder


def test_a_file_is_known_by_what_it_holds(picked: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    assert len(install.missing(models)) == len(NEEDED) == len(install.PLACES)
    assert install.install(picked / "anything.pt", models).found == ["geometry"]
    assert (models / install.PLACES["geometry"]).read_bytes() == (picked / "anything.pt").read_bytes()
    installed = install.install(picked / "smpl.npz", models)
    assert installed.found == ["SMPL"] and (models / "smpl" / "neutral.npz").is_file()
    assert {"geometry", "SMPL"}.isdisjoint(install.missing(models))
    said = install.summary(installed, models)
    assert said.startswith("Installed: SMPL. Missing: from PaMIR's results.zip: checkpoint of the texture network")


def test_a_wrong_file_is_called_by_its_name(picked: Path, tmp_path: Path) -> None:
    with pytest.raises(RestageError, match="body model of 55 joints, SMPL-X; PaMIR needs SMPL") as caught:
        install.install(picked / "smplx.npz", tmp_path / "models")
    assert caught.value.code == "weights_wrong"
    with pytest.raises(RestageError, match="a checkpoint of other networks"):
        install.install(picked / "other.pt", tmp_path / "models")
    with pytest.raises(RestageError) as caught:
        install.install(picked / "gone.pt", tmp_path / "models")
    assert caught.value.code == "weights_missing"
    assert not (tmp_path / "models").exists()


def test_a_zip_is_looked_through_and_never_followed_out_of_its_folder(picked: Path, tmp_path: Path) -> None:
    archive = tmp_path / "results.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for path in sorted(picked.iterdir()):
            stream.write(path, f"../../results/{path.name}")
    installed = install.install(archive, tmp_path / "models")
    assert sorted(installed.found) == ["SMPL", "faces.txt", "geometry", "tetra_smpl.npz"]
    assert set(installed.others) == {"other.pt", "smplx.npz"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["models", "picked", "results.zip"]
    archive.write_bytes(archive.read_bytes()[:100])
    with pytest.raises(RestageError) as caught:
        install.install(archive, tmp_path / "models")
    assert caught.value.code == "weights_unreadable"
