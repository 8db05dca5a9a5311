"""One synthetic scan, and the user's files of SMPL made of nothing, for all tests of PaMIR's training."""

from pathlib import Path

import pytest

from core.events import SilentEvents
from core.training.pamir.scan import Scan, find_scans
from tests.core.training.pamir.synthetic_scan import write_scan

ANGLES = (0.0, 1.1, 4.0)


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one scan of three views; its body is the open one."""
    folder = tmp_path_factory.mktemp("scans")
    write_scan(folder / "one", ANGLES)
    return folder


@pytest.fixture(scope="session")
def scan(scans: Path) -> Scan:
    return find_scans(scans, SilentEvents())[0]
