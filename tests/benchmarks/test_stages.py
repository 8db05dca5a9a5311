"""The benchmark's table, and that a failing worker is reported and not measured."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "stages.py"


@pytest.fixture(scope="module")
def stages():
    specification = importlib.util.spec_from_file_location("restage_benchmark_stages", PATH)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def figures(stages, factor: float = 1.0, frames: int = 10):
    seconds = {"person": 20.0 * factor, "surface": 12.0 * factor, "frames": 30.0 * factor}
    return stages.Figures("clip.mp4", frames, 60.0 * factor, 900_000_000, "a machine", seconds, {"person": 500_000_000})


def rows(text: str) -> dict[str, list[str]]:
    return {line[:24].strip(): line[24:].split() for line in text.splitlines()}


def test_table_counts_parts_of_a_stage_once(stages):
    table = rows(stages.table(figures(stages)))
    assert table["person"] == ["20.00", "2.000", "33%", "500"]
    assert table["of frames: surface"] == ["12.00", "1.200", "20%", "-"]
    assert table["start and end"][0] == "10.00"
    assert table["total"] == ["60.00", "6.000", "100%", "900"]


def test_ratio_compares_seconds_a_frame(stages):
    table = rows(stages.table(figures(stages, 0.5), figures(stages, 2.0, frames=20)))
    assert table["person"][-1] == "0.50" and table["total"][-1] == "0.50" and table["start and end"][-1] == "-"


def test_a_clip_that_cannot_be_read_gives_the_workers_sentence_and_exit_code(stages, tmp_path, capsys):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"no video")
    assert stages.main([str(clip)]) == 1
    assert "clip.mp4" in capsys.readouterr().err
