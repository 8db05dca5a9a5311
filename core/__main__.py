"""The command line: `python -m core COMMAND`. Everything a button does, a command does."""

import argparse
import json
import os
import signal
import sys
import traceback
from typing import NoReturn

from .errors import Cancelled, ExitCode, RestageError
from .evaluation.character_command import add_evaluate_character
from .evaluation.people_command import add_evaluate_people
from .events import Events, JsonEvents, TextEvents, Unheard
from .failures import explain
from .job_commands import add_job_commands
from .pamir.weights_command import add_weights
from .reconstruct_command import add_reconstruct
from .training.commands import add_dataset, add_train


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code (core.errors.ExitCode)."""
    arguments = sys.argv[1:] if arguments is None else arguments
    # Known before the arguments are understood, so that a program hears of a mistake in them too.
    events: Events = JsonEvents() if "--json" in arguments else TextEvents()
    try:
        try:
            options = _parser().parse_args(arguments)
            code = options.run(options, events)
            sys.stdout.flush()
            return code
        except (Unheard, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            error: RestageError = Cancelled()
        except RestageError as known:
            error = known
        except Exception as unknown:  # noqa: BLE001 - nothing is swallowed: it is told, and its trace is in the log
            traceback.print_exc()
            error = explain(unknown)
        events.emit("error", code=error.code, message=str(error))
        return error.exit_code
    except (Unheard, BrokenPipeError):
        # Python would complain at its end about what could not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.INTERRUPTED


class _Parser(argparse.ArgumentParser):
    """Reports bad arguments like every other error: a RestageError with exit code 2."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise RestageError(
            "bad_arguments", f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.", ExitCode.BAD_ARGUMENTS
        )


def _stop_on_request() -> None:
    """Let SIGINT, SIGTERM and Windows' Ctrl-Break end the process at once.

    An exception in the middle of native code may crash it, and waiting for the end of a frame takes seconds. The job
    folder is made for being left at any moment, so leaving is the safest way to stop.
    """
    message = str(Cancelled())
    as_json = json.dumps({"event": "error", "code": Cancelled().code, "message": message})
    line = as_json if "--json" in sys.argv else f"\nerror: {message}"

    def stop(_signal: int, _frame: object) -> None:
        try:
            # Past Python's own buffer, which may be in the middle of a write.
            os.write(sys.stdout.fileno(), f"{line}\n".encode())
        finally:
            os._exit(ExitCode.INTERRUPTED)

    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="A clip of a person becomes a 3D person.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add_reconstruct(commands)
    add_job_commands(commands)
    add_weights(commands)
    command = commands.add_parser("self-test", help="one picture through every stage; says what networks run on")
    command.add_argument("--json", action="store_true", help="print events as JSON lines")
    command.set_defaults(run=_self_test)
    add_evaluate_people(commands)
    add_evaluate_character(commands)
    add_dataset(commands)
    add_train(commands)
    return parser


def _self_test(options: argparse.Namespace, events: Events) -> int:
    from .self_test import self_test

    found = self_test(events)
    events.emit("notice", message=f"The engine works, on: {found['device_name']}")
    events.emit("done", **found)
    return ExitCode.OK


if __name__ == "__main__":
    _stop_on_request()
    sys.exit(main())
