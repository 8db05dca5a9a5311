"""A small share of `python -m tests.core.fuzz`, and what it is made of."""

import io
import os
import random
import zipfile
from pathlib import Path

import pytest

from core.job import Job
from tests.core.fuzz.counts import WEIGHTS, shares
from tests.core.fuzz.mutate import mutated
from tests.core.fuzz.sandbox import run_fuzz

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no resource limits")


@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_damaged_files_are_read_or_refused(name: str, demo_job: Job, tmp_path: Path) -> None:
    report = run_fuzz(demo_job.folder, tmp_path, {name: 15}, seed=7)
    assert report.problems == []
    assert report.inputs == 15


def test_damages_repeat_and_differ() -> None:
    content = bytes(range(256)) * 4
    first = [mutated(content, b"other", random.Random(seed)) for seed in range(50)]
    assert first == [mutated(content, b"other", random.Random(seed)) for seed in range(50)]
    assert len(set(first)) > 45
    assert sum(one == content for one in first) < 3


def test_archives_are_damaged_inside_as_well() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.npy", bytes(range(200)))
        archive.writestr("b.npy", bytes(200))
    whole, lacking = 0, 0
    for seed in range(60):
        try:
            with zipfile.ZipFile(io.BytesIO(mutated(packed.getvalue(), b"other", random.Random(seed)))) as archive:
                whole += archive.testzip() is None
                lacking += len(archive.namelist()) == 1
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, ValueError):
            pass
    assert whole > 20 and lacking > 1


def test_the_shares_are_enough() -> None:
    assert sum(shares(10_000).values()) >= 10_000
