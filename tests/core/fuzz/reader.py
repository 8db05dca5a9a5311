"""What a reader is to the fuzzing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reader:
    """read: takes a damaged file's path, and raises RestageError or nothing; samples: makes whole files, by name."""

    read: Callable[[Path], object]
    samples: Callable[[], dict[str, bytes]]
