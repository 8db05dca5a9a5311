"""Real footage through the whole pipeline, once for all tests."""

from pathlib import Path

import pytest

from core.events import SilentEvents
from core.job import Job
from core.pipeline import reconstruct
from core.settings import Settings


@pytest.fixture(scope="session")
def demo_job(tmp_path_factory: pytest.TempPathFactory, demo_clip: Path) -> Job:
    """Three frames of the bundled clip, reconstructed in draft."""
    settings = Settings(method="body", preset="draft", frames="0:60:20", texture_size=512)
    return reconstruct(demo_clip, tmp_path_factory.mktemp("demo"), settings, SilentEvents())
