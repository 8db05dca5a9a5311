"""Fetching: a connection that breaks, a file that is another one, and a folder instead of the network."""

import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import unquote

import pytest

from core import engine, engine_packages, engine_wheels
from core.errors import RestageError
from tests.core.small_engine import build_wheel, no_report, small_engine, version_in, write_hashes

# More than fits into the buffers between server and pip.
PAYLOAD = bytes(range(256)) * 16384


class BreakingIndex(ThreadingHTTPServer):
    """A package index that breaks off in the middle of files, and knows ranges as PyPI does.

    `breaks`: how often each file is cut off still. `asked`: (file, Range header) of every request for a file.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.breaks: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"


class _Handler(BaseHTTPRequestHandler):
    server: BreakingIndex

    def do_GET(self) -> None:
        name = unquote(self.path.rstrip("/").rpartition("/")[2])
        if self.path.startswith("/simple/"):
            names = [path.name for path in self.server.folder.glob("*.whl") if path.name.split("-")[0] == name]
            page = "".join(f'<a href="/files/{file}">{file}</a>' for file in names).encode()
            self._send(200, page, {"Content-Type": "text/html", "Content-Length": str(len(page))})
            return
        content = (self.server.folder / name).read_bytes()
        wanted = self.headers.get("Range", "")
        self.server.asked.append((name.split("-")[0], wanted))
        start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
        headers = {"Content-Length": str(len(content) - start), "Accept-Ranges": "bytes", "ETag": '"1"'}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        broken = self.server.breaks.get(name.split("-")[0], 0) > 0
        if broken:
            self.server.breaks[name.split("-")[0]] -= 1
        self._send(206 if start else 200, content[start : len(content) // 2] if broken else content[start:], headers)
        self.close_connection = True

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        return


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BreakingIndex]:
    """A small engine whose packages come from the breaking index alone; beta is one of them, and large."""
    lock = small_engine(tmp_path, monkeypatch)
    lock.write_text(
        lock.read_text().replace("alpha==1.0", "alpha==1.0\nbeta==1.0").replace("[test]\nbeta==1.0", "[test]")
    )
    build_wheel(tmp_path / "wheels", "beta", "1.0", PAYLOAD)
    write_hashes(engine_wheels.HASHES, tmp_path / "wheels")
    server = BreakingIndex(tmp_path / "wheels")
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", server.address)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setattr(engine_packages, "BATCH", 1)
    yield server
    server.shutdown()


def times_asked(index: BreakingIndex, name: str) -> int:
    return [file for file, _ in index.asked].count(name)


def test_after_a_broken_download_only_the_rest_is_fetched(index: BreakingIndex, tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    index.breaks["beta"] = 100
    with pytest.raises(RestageError) as caught:
        engine.set_up(folder, ["worker"], no_report)
    # A pip that cannot go on with a file takes what it got for another file.
    assert caught.value.code in ("setup_failed", "wheel_wrong")
    assert "goes on where it stopped" in str(caught.value).splitlines()[0]
    assert not engine.is_ready(folder, ["worker"])
    index.breaks.clear()
    engine.set_up(folder, ["worker"], no_report)
    assert engine.is_ready(folder, ["worker"])
    assert (version_in(folder, "alpha"), version_in(folder, "beta")) == ("1.0", "1.0")
    assert times_asked(index, "alpha") == 1 and times_asked(index, "beta") >= 2
    assert not (folder / "downloads").exists()


def test_a_break_in_the_middle_of_a_file_is_gone_on_with(index: BreakingIndex, tmp_path: Path) -> None:
    pip = distribution("pip")
    if f"pip=={pip.version}" != engine_packages.PIP:
        pytest.skip(f"this engine has pip {pip.version}, from before it was pinned")
    with zipfile.ZipFile(index.folder / f"pip-{pip.version}-py3-none-any.whl", "w") as archive:
        for file in pip.files or []:
            if not file.as_posix().startswith("..") and "__pycache__" not in file.as_posix():
                archive.write(str(file.locate()), file.as_posix())
    index.breaks["beta"] = 1
    parts: list[float] = []
    engine.set_up(tmp_path / "engine", ["worker"], lambda line, part: parts.append(part) if "MB" in line else None)
    assert version_in(tmp_path / "engine", "beta") == "1.0"
    ranges = [wanted for file, wanted in index.asked if file == "beta"]
    assert ranges[0] == "" and int(re.findall(r"\d+", ranges[1])[0]) > 0
    assert parts == sorted(parts) and max(parts) > 0.5


def test_a_file_that_is_another_one_is_refused(index: BreakingIndex, tmp_path: Path) -> None:
    build_wheel(tmp_path / "wheels", "alpha", "1.0", b"something else")
    with pytest.raises(RestageError, match="is not the file that Restage was tested with") as caught:
        engine.set_up(tmp_path / "engine", ["worker"], no_report)
    assert caught.value.code == "wheel_wrong"
    assert not list((tmp_path / "engine").rglob("alpha*"))


def test_a_folder_serves_a_machine_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_engine(tmp_path, monkeypatch)
    folder, wheels = tmp_path / "engine", tmp_path / "wheels"
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    (wheels / "alpha-1.0-py3-none-any.whl").rename(tmp_path / "away.whl")
    with pytest.raises(RestageError, match=r"lacks alpha==1\.0") as caught:
        engine.set_up(folder, ["worker"], no_report, source=wheels)
    assert caught.value.code == "wheels_missing"
    build_wheel(wheels, "alpha", "1.0", b"something else")
    with pytest.raises(RestageError, match="its SHA-256 is another one") as caught:
        engine.set_up(folder, ["worker"], no_report, source=wheels)
    assert caught.value.code == "wheel_wrong"
    (tmp_path / "away.whl").rename(wheels / "alpha-1.0-py3-none-any.whl")
    engine.set_up(folder, ["worker"], no_report, source=wheels)
    assert version_in(folder, "alpha") == "1.0"


def test_too_little_space_is_said_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_engine(tmp_path, monkeypatch)
    sizes = engine_wheels.HASHES.read_text()
    engine_wheels.HASHES.write_text(re.sub(r" \d+ ", f" {10**15} ", sizes))
    with pytest.raises(RestageError, match="GB is free") as caught:
        engine.set_up(tmp_path / "engine", ["worker"], no_report)
    assert caught.value.code == "disk_full"
    assert not list((tmp_path / "engine").rglob("alpha*"))


def test_installing_moves_with_the_bytes_that_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_engine(tmp_path, monkeypatch)
    monkeypatch.setattr(engine_packages, "BATCH", 1)
    parts: list[float] = []

    def report(line: str, part: float) -> None:
        if line == "Installing packages":
            parts.append(part)

    engine.set_up(tmp_path / "engine", ["worker", "test"], report)
    assert parts[0] == 0.0 and parts[1:] == pytest.approx([1 / 3, 2 / 3], abs=0.02)
    assert version_in(tmp_path / "engine", "beta") == "1.0"
