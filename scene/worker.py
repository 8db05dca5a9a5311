"""The engine's process: started, listened to, stopped. Knows nothing of Blender, so a test can run it alone."""

import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ..core.errors import Cancelled, RestageError
from ..core.events import parse_event
from .progress import Event, Progress

LOG_LINES = 20


class Worker:
    """One engine process. Its stdout is JSON lines, its stderr a log that is kept in a file of its own, or until the
    object goes.

    A thread reads stdout and fills a queue, nothing else; `drain` and `wait` hand the events out on the caller's
    thread. `done` is the final event of a run that succeeded.
    """

    def __init__(self, command: list[str], folder: Path, log: Path | None = None) -> None:
        """Start `command` in `folder`; raises RestageError `engine_broken` when it cannot be started."""
        self.progress = Progress(started=time.monotonic())
        self.warnings: list[str] = []
        self.done: Event | None = None
        self._error: Event | None = None
        self._cancelled = False
        self._queue: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._log = _open_log(log)
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=clean_environment(dict(os.environ)),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                encoding="utf-8",
                errors="replace",
                **_own_group(),
            )
        except OSError as error:
            self._log.close()
            raise _broken(command, error) from error
        self._reader = threading.Thread(target=self._read, name="restage-worker", daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether events may still come."""
        return self._reader.is_alive() or not self._queue.empty()

    @property
    def cancelled(self) -> bool:
        """Whether a stop was asked for."""
        return self._cancelled

    def drain(self) -> list[Event]:
        """Every event since the last call, at once; never waits."""
        events = []
        while not self._queue.empty():
            event = self._queue.get_nowait()
            if event is not None:
                events.append(self._take(event))
        return events

    def wait(self, listen: Callable[[Event], None] | None = None) -> Event:
        """Block until the run ends, and return its `done` event; raises what `result` raises.

        `listen` hears every event as it comes.
        """
        while (event := self._queue.get()) is not None:
            self._take(event)
            if listen:
                listen(event)
        return self.result()

    def result(self) -> Event:
        """The `done` event of a run that has ended.

        Raises Cancelled after a stop on request, RestageError with the code of the worker's error event, or
        `engine_stopped` with the end of the log when the process died without a word.
        """
        code = self._process.wait()
        if self.done is not None:
            return self.done
        if self._cancelled or code == 130:
            raise Cancelled
        if self._error is not None:
            raise RestageError(str(self._error["code"]), str(self._error["message"]))
        raise RestageError(
            "engine_stopped",
            f"The engine stopped unexpectedly in stage '{self.progress.stage}' (exit code {code}). What was finished is"
            f" kept; start again to go on from there.\nThe end of its log:\n{self.log_tail() or 'nothing'}",
        )

    def cancel(self) -> None:
        """Ask the process to stop cleanly; asked again, end it with everything that it started."""
        if self._process.poll() is not None:
            return
        if self._cancelled:
            self.kill()
            return
        self._cancelled = True
        if os.name == "nt":
            self._process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            self._process.terminate()

    def kill(self) -> None:
        """End the process and its children at once; the job folder stays valid."""
        self._cancelled = True
        if os.name == "nt":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(self._process.pid)], capture_output=True, check=False)
        elif self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self, patience: float = 5.0) -> None:
        """Cancel unless that was done, wait `patience` seconds, then kill: for when Blender itself ends."""
        if not self._cancelled:
            self.cancel()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_tail(self) -> str:
        """The last lines that the process wrote to stderr."""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                event = parse_event(line)
                if event is not None:
                    self._queue.put(event)
        self._process.wait()
        self._queue.put(None)

    def _take(self, event: Event) -> Event:
        self.progress.update(event, time.monotonic())
        if event["event"] == "warning":
            self.warnings.append(str(event["message"]))
        elif event["event"] == "error":
            self._error = event
        elif event["event"] == "done":
            self.done = event
        return event


def module_command(python: Path, *arguments: str) -> list[str]:
    """Command that runs `core` in the engine, apart from the user's own Python packages and settings."""
    return [str(python), "-s", "-E", "-X", "utf8", "-m", "core", *arguments]


def quiet_process(command: list[str], folder: Path, output: BinaryIO) -> subprocess.Popen:
    """Start a short command whose whole output is read at its end; raises RestageError `engine_broken`."""
    environment = clean_environment(dict(os.environ))
    try:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL
        )
    except OSError as error:
        raise _broken(command, error) from error


def _broken(command: list[str], error: OSError) -> RestageError:
    return RestageError(
        "engine_broken",
        f"The engine's Python {command[0]} does not start ({error.strerror or error}). Set it up again.",
    )


def _open_log(path: Path | None) -> BinaryIO:
    """A file to write and to read, as long as the worker lives; without a name where that one cannot be written."""
    try:
        return path.open("w+b") if path else tempfile.TemporaryFile()
    except OSError:
        return tempfile.TemporaryFile()


def clean_environment(variables: dict[str, str]) -> dict[str, str]:
    """An environment without what would lead another Python astray: Blender's and the user's Python settings."""
    strangers = ("PYTHON", "BLENDER_", "__PYVENV")
    return {name: value for name, value in variables.items() if not name.upper().startswith(strangers)}


def _own_group() -> dict[str, Any]:
    """Popen arguments that keep a Ctrl-C in the terminal from the worker: only `cancel` stops it."""
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
