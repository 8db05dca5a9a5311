"""What numbers the commands of training take."""

import argparse
import math

from ..errors import ExitCode, RestageError


def check_numbers(options: argparse.Namespace, least: dict[str, int], positive: tuple[str, ...] = ()) -> None:
    """least: the smallest values of options; positive: options that are finite and more than 0. What is not given is
    right. Raises RestageError `bad_arguments`, which names all that are not."""
    wrong = [
        f"--{name.replace('_', '-')} goes from {value}"
        for name, value in least.items()
        if getattr(options, name) is not None and getattr(options, name) < value
    ]
    wrong += [
        f"--{name.replace('_', '-')} is a number above 0"
        for name in positive
        if getattr(options, name) is not None and not 0 < getattr(options, name) < math.inf
    ]
    if wrong:
        raise RestageError("bad_arguments", f"{', '.join(wrong)}.", ExitCode.BAD_ARGUMENTS)
