"""The developers' commands: `python3 core/engine.py demo | test | setup | run | fetch | check`, from any folder."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

if __package__:
    from .engine import (
        ROOT,
        default_folder,
        engine_python,
        is_ready,
        set_up,
        worker_command,
        worker_environment,
    )
    from .engine_fetch import main as fetch
    from .engine_wheels import GROUPS
    from .errors import ExitCode, RestageError
else:  # started as a file: python3 core/engine.py
    from engine import (
        ROOT,
        default_folder,
        engine_python,
        is_ready,
        set_up,
        worker_command,
        worker_environment,
    )
    from engine_fetch import main as fetch
    from engine_wheels import GROUPS
    from errors import ExitCode, RestageError

# pytest's exit code when options such as -k leave none of a process's tests; some must pass in all.
NO_TESTS_SELECTED = 5
# Several tests at a time, the tests of a file in one process, which makes their fixtures once.
IN_PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
DEMO_CLIP = ROOT / "demo" / "balance.mp4"


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command and return its exit code; a problem is one sentence on stderr."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and options.command not in ("run", "test", "fetch"):
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    folder = Path(options.folder).absolute() if options.folder else default_folder()
    try:
        if options.command == "check":
            return _check(folder)
        if options.command == "fetch":
            return fetch(rest, "python3 core/engine.py fetch")
        set_up(folder, options.groups or GROUPS, _Steps(), system_packages=True)
        if options.command == "demo":
            return _demo(folder, Path(options.output).absolute())
        if options.command == "run":
            return subprocess.call(worker_command(folder, *rest), env=_environment(folder))
        if options.command == "test":
            return _test(folder, options.slow, rest)
        return ExitCode.OK
    except RestageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 core/engine.py", description="Set up Restage's engine and use it.")
    parser.add_argument("--folder", help="where the engine lives (default: $RESTAGE_ENGINE or .engine)")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="set up, then reconstruct the bundled clip")
    demo.set_defaults(groups=["worker", "blender"])
    demo.add_argument("--output", default=str(ROOT / "output"), help="where the results go (default: output)")
    test = commands.add_parser("test", help="set up, then lint, check types and run the tests; takes pytest's options")
    test.set_defaults(groups=GROUPS)
    test.add_argument("--slow", action="store_true", help="with the tests that take minutes")
    setup = commands.add_parser("setup", help="set up only")
    setup.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="what to install (default: all)")
    run = commands.add_parser(
        "run", help="set up, then `python -m core` with the arguments that follow", add_help=False
    )
    run.set_defaults(groups=["worker"])
    commands.add_parser("fetch", help="fetch the wheels for a machine without a network", add_help=False)
    commands.add_parser("check", help="say whether the engine is ready; exit code 1 if it is not")
    return parser


class _Steps:
    """Prints one line a step; on a terminal also how far it is."""

    def __init__(self) -> None:
        self._line = ""

    def __call__(self, line: str, part: float) -> None:
        if sys.stdout.isatty():
            ending = "" if line == self._line or not self._line else "\n"
            print(f"{ending}\r{line} {part:4.0%}", end="\n" if part == 1.0 else "", flush=True)
        elif line != self._line:
            print(line, flush=True)
        self._line = line


def _environment(folder: Path) -> dict[str, str]:
    return worker_environment() | {"RESTAGE_ENGINE": str(folder)}


def _check(folder: Path) -> int:
    """Tell what is installed in the folder."""
    groups = [group for group in GROUPS if is_ready(folder, [group])]
    if not groups:
        print(f"The engine in {folder} is not set up; run: python3 core/engine.py setup")
        return ExitCode.ERROR
    print(f"The engine in {folder} is ready: {', '.join(groups)}", flush=True)
    code = "import torch; print('torch', torch.__version__, 'with CUDA' if torch.cuda.is_available() else 'on the CPU')"
    return subprocess.call([str(engine_python(folder)), "-c", code], env=_environment(folder))


def _demo(folder: Path, output: Path) -> int:
    """The main job: clip to job folder, .blend, turntable and page, through Blender's own module."""
    script = [str(ROOT / "restage_batch.py"), "--", str(DEMO_CLIP), "--output", str(output)]
    return subprocess.call([str(engine_python(folder)), *script], env=_environment(folder))


def _test(folder: Path, slow: bool, options: Sequence[str]) -> int:
    """Lint, types, then the tests; those of Blender's module get a process of their own, since it may not let its
    process end cleanly. Everything runs even when something failed; the last line counts all tests."""
    python = str(engine_python(folder))
    failed = []
    linters = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "pyright": ["pyright", "--pythonpath", python],
    }
    for title, command in linters.items():
        print(f"== {title}", flush=True)
        if subprocess.call([python, "-m", *command], cwd=ROOT, env=_environment(folder)) != 0:
            failed.append(title)
    without_browser = _provide_browser(python, folder)
    counts: dict[str, int] = {}
    for arguments in (["tests", "--ignore=tests/blender", *IN_PARALLEL], ["tests/blender"]):
        if not (ROOT / arguments[0]).is_dir():
            continue
        title = " ".join(["pytest", *arguments])
        print(f"== {title}", flush=True)
        marks = ["-m", "slow or not slow"] if slow else []
        code, found = _pytest([python, "-m", "pytest", *arguments, *marks, *options], _environment(folder))
        if code not in (0, NO_TESTS_SELECTED):
            failed.append(title)
        for outcome, number in found.items():
            counts[outcome] = counts.get(outcome, 0) + number
    if not counts.get("passed"):
        failed.append("no test passed")
    if without_browser:
        print(without_browser)
    print(f"Failed: {', '.join(failed)}" if failed else "ruff, pyright and pytest: all well")
    broken = counts.get("failed", 0) + counts.get("error", 0)
    print(f"{counts.get('passed', 0)} passed, {broken} failed, {counts.get('skipped', 0)} skipped")
    return ExitCode.ERROR if failed else ExitCode.OK


def _provide_browser(python: str, folder: Path) -> str:
    """Have a browser for the tests of the result page; returns why there is none, in one line, or nothing."""
    command = [python, "-m", "tests.core.viewer.browser"]
    answer = subprocess.run(command, cwd=ROOT, env=_environment(folder), stdout=subprocess.PIPE, text=True)
    return answer.stdout.strip() if answer.returncode else ""


def _pytest(command: Sequence[str], environment: dict[str, str]) -> tuple[int, dict[str, int]]:
    """Run pytest with its output passed on; returns its exit code and the numbers of its closing line."""
    closing = ""
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if re.search(r"\d+ (passed|failed|errors?|skipped|deselected).* in [\d.]+s", line):
                closing = line
    found = re.findall(r"(\d+) (passed|failed|error|skipped)", closing)
    return process.returncode, {outcome: int(number) for number, outcome in found}
