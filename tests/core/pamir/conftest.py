"""The user's files, made of nothing, once for all tests."""

from pathlib import Path

import pytest

from core.body.smpl import SmplBody
from core.pamir.weights import PamirFiles
from tests.core.pamir.synthetic_body import write_body, write_checkpoints


@pytest.fixture(scope="session")
def pamir_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all files; the networks' weights are random."""
    folder = tmp_path_factory.mktemp("pamir")
    write_body(folder / "data")
    write_checkpoints(folder / "results")
    return folder


@pytest.fixture(scope="session")
def files(pamir_folder: Path) -> PamirFiles:
    return PamirFiles.find(pamir_folder)


@pytest.fixture(scope="session")
def body(files: PamirFiles) -> SmplBody:
    return SmplBody.load(files)
