"""Files and job folders of strangers: docs/security.md lists the threats, one test stands for each."""

import json
import os
import socket
import struct
import threading
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.clip import probe_clip
from core.errors import RestageError
from core.job import FrameRecord, Job, JobRecord
from core.job_opening import open_job
from core.picture import read_mask, read_picture
from core.settings import Settings
from core.viewer import write_page
from tests.core.synthetic_job import make_job

# How a page's script can turn text into elements or code.
RUNNING = ("innerHTML", "outerHTML", "document.write", "eval(", "insertAdjacentHTML", "new Function")
needs_links = pytest.mark.skipif(os.name == "nt", reason="Windows lets only administrators make links")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path / "mannequin.restage")


def refused(folder: Path) -> RestageError:
    with pytest.raises(RestageError) as caught:
        Job.open(folder)
    return caught.value


def change(job: Job, **values: object) -> None:
    path = job.folder / "job.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | values), encoding="utf-8")


@needs_links
@pytest.mark.parametrize("name", ["frames", "clip", "person", "preview", "page", "unfinished", "frames/000099.ply"])
def test_a_link_out_of_the_folder_is_refused_and_nothing_there_is_touched(job: Job, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "private"
    outside.mkdir()
    (outside / "000010.ply").write_text("mine")
    (outside / "x.partial").write_text("mine")
    place = job.folder / name
    if place.exists():
        place.rename(tmp_path / "moved")
    place.symlink_to(outside, target_is_directory=True)
    assert refused(job.folder).code == "job_unsafe"
    clip = tmp_path / "mannequin.png"
    clip.write_bytes(next((job.folder / "clip").glob("*")).read_bytes() if name != "clip" else b"x")
    with pytest.raises(RestageError) as caught:
        open_job(clip, job.folder, Settings(), restart=True)
    assert caught.value.code == "job_unsafe"
    assert {path.name: path.read_text() for path in outside.iterdir()} == {"000010.ply": "mine", "x.partial": "mine"}


@needs_links
def test_a_pipe_in_the_folder_does_not_hang_the_reader(job: Job) -> None:
    os.mkfifo(job.folder / "frames" / "000099.ply")
    assert refused(job.folder).code == "job_unsafe"


@pytest.mark.parametrize("name", ["../../outside", "/tmp/outside", "..", "", "a\nb", 5, None])
def test_names_of_files_are_names(job: Job, name: object) -> None:
    change(job, clip={"width": 4, "height": 3, "frame_rate": 1.0, "frame_count": 1, "names": {"000010": name}})
    assert refused(job.folder).code == "job_unreadable"


@pytest.mark.parametrize(
    "values",
    [
        {"name": "../x"},
        {"frames": {"-1": {"time": 0.0}}},
        {"frames": {"../../x": {"time": 0.0}}},
        {"frames": {"9999999999": {"time": 0.0}}},
        {"frames": {"1": {"time": "soon"}}},
        {"frames": {"1": {"time": float("nan")}}},
        {"frames": {"1": {"time": 0.0, "status": "hacked"}}},
        {"clip": {"width": -4, "height": 3}},
        {"clip": {"width": 10**12, "height": 3}},
        {"clip": {"frame_rate": float("inf")}},
        {"stages": {"frames": ["x"]}},
        {"source": 5},
    ],
)
def test_values_that_no_job_has_are_refused(job: Job, values: dict[str, object]) -> None:
    change(job, **values)
    assert refused(job.folder).code == "job_unreadable"


def test_nesting_without_end_is_refused(job: Job) -> None:
    (job.folder / "job.json").write_text("[" * 200_000)
    assert refused(job.folder).code == "job_unreadable"


def test_a_picture_that_claims_to_be_huge_is_refused_by_its_header(tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    content = zlib.compress(bytes(1_000_000))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b""))
    for read in (read_mask, read_picture):
        with pytest.raises(RestageError, match="million pixels"):
            read(path)


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4"])
def test_a_playlist_fetches_nothing(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(3.0)
        asked: list[object] = []

        def listen() -> None:
            try:
                connection, _ = server.accept()
                asked.append(connection.recv(100))
                connection.close()
            except TimeoutError:
                pass

        listener = threading.Thread(target=listen)
        listener.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a.ts"
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{address}\n#EXT-X-ENDLIST\n"
        (tmp_path / name).write_text(playlist)
        with pytest.raises(RestageError) as caught:
            probe_clip(tmp_path / name)
        listener.join()
    assert caught.value.code == "video_unreadable"
    assert asked == []


def test_a_list_of_files_cannot_leave_its_folder(tmp_path: Path) -> None:
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile '/etc/passwd'\n")
    with pytest.raises(RestageError) as caught:
        probe_clip(tmp_path / "list.mp4")
    assert caught.value.code == "video_unreadable"


class Elements(HTMLParser):
    """Counts a page's elements and keeps what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def elements(page: Path) -> Elements:
    parser = Elements()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def test_the_result_page_shows_names_and_runs_none(job: Job) -> None:
    plain = elements(write_page(job))
    evil = "</script></title><script>alert(1)</script><img src=x onerror=alert(1)>@@DATA@@"
    job.record.name = evil
    for record in job.record.frames.values():
        record.reason = evil
    job.record.source["name"] = evil
    shown = elements(write_page(job))
    assert shown.tags == plain.tags
    assert shown.handlers == plain.handlers
    assert "<img src=x" not in job.page_path.read_text(encoding="utf-8")
    # What the page's script gets is the text as it is; it may only ever show it as text.
    for script in (Path(__file__).parents[2] / "core" / "viewer").glob("*.js"):
        code = script.read_text(encoding="utf-8")
        assert not [
            word for word in ("innerHTML", "outerHTML", "document.write", "eval(", "insertAdjacentHTML") if word in code
        ]


def test_a_job_keeps_frames_in_its_own_folder(tmp_path: Path) -> None:
    job = Job(tmp_path, JobRecord("walk", {}, Settings(), frames={999_999: FrameRecord(0.1)}))
    job.save()
    assert Job.open(tmp_path).mesh_path(999_999).parent == tmp_path / "frames"
