"""Arrays with a row a frame that are too long for memory: on disk, read and written a few rows at a time.

Standard library and numpy only: Blender reads characters through this module.
"""

import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt


class FrameRows:
    """An array (F, ...) in an open file; `rows[3]`, `rows[3:9]` and `rows[array of indices]` read just those rows.

    Not a memory map, whose pages would count as the process's memory until the system wants them back. Threads may
    share it.
    """

    def __init__(self, stream: BinaryIO, offset: int, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self._stream, self._offset = stream, offset
        # Finding a row and reading it are two steps, between which no other thread may look for another.
        self._lock = threading.Lock()
        self.shape, self.dtype = shape, np.dtype(dtype)
        self._row_bytes = int(np.prod(shape[1:], dtype=np.int64)) * self.dtype.itemsize

    @classmethod
    def scratch(cls, folder: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> "FrameRows":
        """Zeros, in a file without a name on the folder's disk, which is gone when nobody holds it any more."""
        rows = cls(tempfile.TemporaryFile(dir=folder), 0, shape, dtype)  # noqa: SIM115 - open as long as the rows are used
        rows._stream.truncate(shape[0] * rows._row_bytes)
        return rows

    @classmethod
    def open_npy(cls, path: Path) -> "FrameRows":
        """The array of an .npy file. Raises ValueError where it is none, or not all of it is there."""
        stream = path.open("rb")
        shape, by_columns, dtype = _header(stream)
        if by_columns or dtype.hasobject or not shape:
            raise ValueError("it does not hold rows of numbers")
        rows = cls(stream, stream.tell(), shape, dtype)
        if path.stat().st_size != rows._offset + shape[0] * rows._row_bytes:
            raise ValueError("it is as long as no such array is")
        return rows

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[npt.NDArray]:
        return (self[row] for row in range(len(self)))

    def __getitem__(self, rows: int | slice | npt.NDArray[np.integer]) -> npt.NDArray:
        if isinstance(rows, slice):
            rows = np.arange(*rows.indices(len(self)))
        if isinstance(rows, np.ndarray):
            return np.stack([self._read(int(row)) for row in rows]) if len(rows) else self._none()
        return self._read(int(rows))

    def __setitem__(self, row: int, values: npt.NDArray) -> None:
        written = np.ascontiguousarray(np.broadcast_to(values, self.shape[1:]), self.dtype).tobytes()
        with self._lock:
            self._seek(row)
            self._stream.write(written)

    def _read(self, row: int) -> npt.NDArray:
        with self._lock:
            self._seek(row)
            found = np.frombuffer(bytearray(self._stream.read(self._row_bytes)), self.dtype)
        return found.reshape(self.shape[1:])

    def _seek(self, row: int) -> None:
        if not -len(self) <= row < len(self):
            raise IndexError(f"There is no row {row} of {len(self)}.")
        self._stream.seek(self._offset + row % len(self) * self._row_bytes)

    def _none(self) -> npt.NDArray:
        return np.zeros((0, *self.shape[1:]), self.dtype)


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it is stored column by column, and type of the array in an .npy file."""
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ValueError("it is of another version")
        return np.lib.format.read_array_header_1_0(stream)
    except ValueError:
        raise
    # numpy raises whatever a damaged file leads it to.
    except Exception as error:
        raise ValueError(f"it is damaged ({type(error).__name__})") from error


def write_npy(stream: BinaryIO, shape: tuple[int, ...], rows: Iterable[npt.NDArray]) -> None:
    """Write float32 rows, which come one after the other, as numpy.save writes the whole array of `shape`."""
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    for row in rows:
        stream.write(np.ascontiguousarray(row, "<f4").tobytes())
