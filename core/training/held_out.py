"""What is kept from training, so that results can be measured on it: some people, and some motions."""

from collections.abc import Sequence
from pathlib import Path

EVERY, FIRST = 6, 3


def of_split(paths: Sequence[Path], split: str) -> list[Path]:
    """The motions of the split `train` or `held_out`, of all that there are, sorted; of a handful both have all."""
    if len(paths) < EVERY:
        return list(paths)
    return [path for index, path in enumerate(paths) if (index % EVERY == FIRST) == (split == "held_out")]
