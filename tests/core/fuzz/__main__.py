"""Feeds damaged files to every reader: `python -m tests.core.fuzz JOB [--count 10000] [--seed 1]`; JOB: a finished job.

Prints a line a reader, and every input that did more than being read or refused; the exit code is 1 then.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from .counts import shares
from .sandbox import run_fuzz


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.core.fuzz", description="Damaged files for every reader.")
    parser.add_argument("job", type=Path, metavar="JOB", help="a finished job folder, which is only read")
    parser.add_argument("--count", type=int, default=10_000, help="inputs in all (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", help="only this one")
    options = parser.parse_args()
    total = refused = 0
    failed = False
    for name, count in shares(options.count).items():
        if options.reader not in (None, name):
            continue
        with tempfile.TemporaryDirectory(prefix="restage-fuzz-") as folder:
            report = run_fuzz(options.job.resolve(), Path(folder), {name: count}, options.seed)
        total, refused = total + report.inputs, refused + report.refused
        print(
            f"{name:14} {report.inputs:6} inputs, {report.refused:6} refused, {len(report.problems)} problems",
            flush=True,
        )
        for problem in report.problems:
            print(f"  {problem}")
        failed = failed or bool(report.problems)
    print(f"{'all':14} {total:6} inputs, {refused:6} refused")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
