"""Which synthetic people an evaluation is of: the options that its commands share."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..training.dataset import DataSet


def add_dataset_options(command: argparse.ArgumentParser) -> None:
    """Options that name a data set and a split of it."""
    command.add_argument("--avatars", type=Path, required=True, metavar="DIR")
    command.add_argument("--motions", type=Path, required=True, metavar="DIR")
    command.add_argument("--bodies", type=Path, required=True, metavar="DIR", help="the folder of `dataset make`")
    command.add_argument("--split", default="held_out", choices=["train", "held_out"])
    command.add_argument("--seed", type=int, default=0)


def open_dataset(options: argparse.Namespace) -> "DataSet":
    """The data set that these options name; raises what DataSet.open raises."""
    from ..training.dataset import DataSet

    return DataSet.open(options.avatars, options.motions, options.bodies / options.split, options.split, options.seed)
