"""Rows on disk are the same as an array in memory, and a file that is none is refused."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from core.rows import FrameRows, write_npy

VALUES = np.random.default_rng(0).normal(size=(7, 5, 3)).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "values.npy"
    with path.open("wb") as stream:
        write_npy(stream, VALUES.shape, iter(VALUES))
    return path


def test_the_file_is_the_one_that_numpy_writes(file: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", VALUES)
    assert file.read_bytes() == (tmp_path / "whole.npy").read_bytes()


@pytest.mark.parametrize("rows", [0, -1, slice(2, 5), slice(None), slice(0, 0), np.array([6, 0, 6])])
def test_rows_are_those_of_the_array(file: Path, rows: int | slice | np.ndarray) -> None:
    assert np.array_equal(FrameRows.open_npy(file)[rows], VALUES[rows])


def test_they_come_one_after_the_other(file: Path) -> None:
    assert np.array_equal(np.stack(list(FrameRows.open_npy(file))), VALUES)
    with pytest.raises(IndexError):
        FrameRows.open_npy(file)[7]


def test_threads_that_share_them_get_each_their_own(tmp_path: Path) -> None:
    rows = FrameRows.scratch(tmp_path, (64, 4000), np.float32)
    numbers = np.random.default_rng(1).integers(0, len(rows), 4000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: rows.__setitem__(row, np.full(4000, row)), range(len(rows))))
        found = list(pool.map(lambda row: rows[int(row)], numbers))
    assert np.array_equal(np.stack(found), np.repeat(numbers[:, None], 4000, axis=1))


def test_scratch_is_zeros_until_written_and_leaves_no_file(tmp_path: Path) -> None:
    rows = FrameRows.scratch(tmp_path, (4, 5, 3), np.float16)
    rows[2] = VALUES[2]
    rows[3] = np.ones(3)
    assert np.array_equal(rows[2], VALUES[2].astype(np.float16))
    assert (rows[:2] == 0).all() and (rows[3] == 1).all()
    del rows
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"\0", lambda data: b"PK" + data[2:]])
def test_a_file_that_is_no_such_array_is_refused(file: Path, damage) -> None:
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError):
        FrameRows.open_npy(file)


def test_objects_and_columns_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}, {}]), allow_pickle=True)
    np.save(tmp_path / "columns.npy", np.asfortranarray(VALUES))
    for name in ("objects.npy", "columns.npy"):
        with pytest.raises(ValueError):
            FrameRows.open_npy(tmp_path / name)
