"""What all tests share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def demo_clip() -> Path:
    """The bundled clip: 612x1080, 60 frames per second, 100 frames, one man who balances on a beam."""
    return ROOT / "demo" / "balance.mp4"
