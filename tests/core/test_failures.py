import errno
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from core.errors import RestageError
from core.failures import explain


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "a/frames/000001.ply.partial"), "disk_full"),
        (OSError(errno.EACCES, "Permission denied", "a/job.json.partial"), "output_unwritable"),
        (OSError(errno.EROFS, "Read-only file system", "a/job.json.partial"), "output_unwritable"),
        (OSError(errno.EIO, "Input/output error", "a/job.json"), "file_error"),
        (MemoryError(), "out_of_memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "out_of_memory"),
        (zipfile.BadZipFile("File is not a zip file"), "job_unreadable"),
        (KeyError("frames"), "crashed"),
        (RuntimeError(""), "crashed"),
    ],
)
def test_every_error_gets_a_code_and_one_line(error: Exception, code: str) -> None:
    explained = explain(error)
    assert explained.code == code
    assert "\n" not in str(explained)
    assert str(explained).endswith(".")
    filename = getattr(error, "filename", None)
    assert filename is None or filename in str(explained)


def test_what_torch_and_numpy_say_when_memory_is_short() -> None:
    for allocate in (lambda: torch.empty(2**60, dtype=torch.uint8), lambda: np.empty(2**60, np.uint8)):
        with pytest.raises((RuntimeError, MemoryError)) as caught:
            allocate()
        assert explain(caught.value).code == "out_of_memory"


@pytest.mark.parametrize("content", [b"x", b"", b"PK\x03\x04 and no more"])
def test_damaged_arrays_are_told_from_defects(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "body.npz"
    path.write_bytes(content)
    with pytest.raises((ValueError, EOFError, zipfile.BadZipFile)) as caught:
        np.load(path, allow_pickle=False)
    assert explain(caught.value).code == "job_unreadable"


def test_errors_for_the_user_stay_as_they_are() -> None:
    error = RestageError("no_person", "Nobody.")
    assert explain(error) is error
