"""A headless browser for the tests of the result page: found, installed where that is possible, and driven.

    python -m tests.core.viewer.browser     has one, or says in one line why the tests that need it will not run

Any browser of Chromium's family serves. Where none is, those tests are skipped; with the environment variable
RESTAGE_NEED_BROWSER=1 they fail.
"""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from core.engine_system import install_packages
from core.job import Job

REQUIRED = "RESTAGE_NEED_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome", "msedge")
# Where browsers lie that are not on the path.
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
# Debian's name of it. Ubuntu has it only as a snap, which apt-get does not bring.
PACKAGE = "chromium"
MISSING = (
    "The browser tests did not run: there is no Chromium, Chrome or Edge here, and apt-get could not install"
    f" {PACKAGE}. Install one of them; {REQUIRED}=1 makes the tests fail without it."
)
SWITCHES = (
    "--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


def find_browser() -> str | None:
    """The browser's executable; None where there is none."""
    found = [*filter(None, map(shutil.which, NAMES)), *filter(os.path.exists, PLACES)]
    return found[0] if found else None


def needed_browser() -> str:
    """The browser's executable; skips the test that asks where there is none, or fails it if one is required."""
    found = find_browser()
    if found is None and os.environ.get(REQUIRED):
        pytest.fail(MISSING)
    return found or pytest.skip(MISSING)


def open_page(
    job: Job, tmp_path: Path, fragment: str, *request: str, page: Path | None = None, size: str = "1000,600"
) -> str:
    """Open the page from disk in a headless browser with software WebGL; returns its standard output."""
    command = [
        needed_browser(), *SWITCHES, f"--user-data-dir={tmp_path / 'profile'}", f"--window-size={size}",
        "--virtual-time-budget=10000", *request, f"{(page or job.page_path).as_uri()}#{fragment}",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


class Tab:
    """A page that is open in a browser, driven through the browser's debugging port (a WebSocket)."""

    def __init__(self, address: str) -> None:
        host, _, path = address.removeprefix("ws://").partition("/")
        name, _, port = host.partition(":")
        self._socket = socket.create_connection((name, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode("ascii")
        self._socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode("ascii")
        )
        self._stream = self._socket.makefile("rb")
        while self._stream.readline().strip():
            pass
        self._calls = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._stream.close()
        self._socket.close()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the debugging protocol and return its result."""
        self._calls += 1
        self._send(json.dumps({"id": self._calls, "method": method, "params": parameters}).encode("utf-8"))
        while True:
            answer = json.loads(self._receive())
            if answer.get("id") == self._calls:
                assert "error" not in answer, answer
                return answer["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page; a promise is waited for."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def wait_for(self, condition: str, seconds: float = 60.0) -> None:
        """Wait until a JavaScript expression is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < end, f"{condition} did not come true"
            time.sleep(0.05)

    def press(self, key: str, code: str, text: str = "") -> None:
        """Press and release a key, as a keyboard does."""
        number = ord(text) if text else 0
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if kind == "keyDown" and text else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, windowsVirtualKeyCode=number, **typed)

    def click(self, element: str, along: float = 0.5) -> None:
        """Click on an element, by its id: `along` its width, 0-1, and in the middle of its height."""
        left, top, width, height = self.evaluate(
            f"(({{left, top, width, height}}) => [left, top, width, height])"
            f"(document.getElementById('{element}').getBoundingClientRect())"
        )
        place = {"x": left + along * width, "y": top + height / 2, "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **place)

    def picture(self) -> bytes:
        """What the tab shows, as a PNG file."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def _send(self, data: bytes) -> None:
        """One text frame; a mask of zeros leaves the data as they are."""
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self._socket.sendall(b"\x81" + length + bytes(4) + data)

    def _receive(self) -> bytes:
        length = self._stream.read(2)[1]
        if length > 125:
            length = int.from_bytes(self._stream.read(2 if length == 126 else 8), "big")
        return self._stream.read(length)


@contextmanager
def driven_page(job: Job, tmp_path: Path, fragment: str = "") -> Iterator[Tab]:
    """The page open in a browser of its own, in real time."""
    profile = tmp_path / "driven"
    switches = [*SWITCHES, f"--user-data-dir={profile}", "--window-size=1000,600", "--remote-debugging-port=0"]
    address = f"{job.page_path.as_uri()}#{fragment}"
    with subprocess.Popen([needed_browser(), *switches, address], stderr=subprocess.DEVNULL) as process:
        try:
            port = _soon(lambda: (profile / "DevToolsActivePort").read_text().splitlines()[0])
            listed = _soon(lambda: _pages(port)[0])
            with Tab(listed["webSocketDebuggerUrl"]) as tab:
                tab.wait_for("document.body && document.body.dataset.frame")
                yield tab
        finally:
            process.kill()


def _pages(port: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
        return [entry for entry in json.load(answer) if entry["type"] == "page"]


def _soon(get: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What a call returns as soon as it no longer fails."""
    end = time.monotonic() + seconds
    while True:
        try:
            return get()
        except (OSError, LookupError):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def main() -> int:
    """Have a browser, from apt-get if need be; returns 1 where there is none."""
    if find_browser() is None:
        install_packages([PACKAGE], lambda line, part: print(line, file=sys.stderr, flush=True))
    found = find_browser()
    print(found or MISSING)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
