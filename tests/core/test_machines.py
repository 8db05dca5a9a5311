"""What machines do to a run: rights, long and odd paths, full disks, clocks, languages. One sentence, nothing lost, and
afterwards the files of a run that was left alone."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from core.errors import ExitCode
from core.events import SilentEvents
from core.job import Job
from core.pipeline import reconstruct
from tests.core.faults import contents, differences

ROOT = Path(__file__).resolve().parents[2]
NOT_ON_WINDOWS = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights and no limits on files")
# A root user may write everywhere unless the process gives that up (capset(2), version 3, no capability).
WITHOUT_RIGHTS = """
import ctypes, sys
capset = getattr(ctypes.CDLL(None), "capset", None)
assert capset is None or capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()) == 0
from core.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
WITH_LITTLE_SPACE = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from core.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
WITH_COMMAS = """
import locale, sys
locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
assert locale.localeconv()["decimal_point"] == ","
from core.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
SETTINGS = ("--method", "body", "--preset", "draft", "--frames", "0:60:20", "--texture-size", "512")


def decoded(video: Path) -> np.ndarray:
    """(F, H, W, 3) uint8, every picture of a video."""
    with av.open(str(video)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def run(program: str, *arguments: str, **environment: str) -> tuple[int, list[dict], str]:
    """Exit code, events, and what the log holds of a command of `python -m core`, run by a program."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--json"],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def sentence(events: list[dict]) -> str:
    """What the error at a run's end says."""
    message = events[-1]["message"]
    assert "\n" not in message and message.endswith(".")
    return message


def again(job: Job, output: Path) -> Job:
    """Go on with a copy of the finished job in `output`, in this process."""
    return reconstruct(Path(job.record.source["path"]), output, job.record.settings, SilentEvents())


@pytest.fixture
def output(demo_job: Job, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of a finished job, as far from the clip as that one."""
    folder = tmp_path_factory.mktemp("output")
    shutil.copytree(demo_job.folder, folder / demo_job.folder.name)
    return folder


@pytest.fixture
def locked_folder() -> Iterator[Path]:
    """A folder whose owner may only read it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o500)
        yield Path(folder)
        Path(folder).chmod(0o700)


@NOT_ON_WINDOWS
def test_an_output_folder_without_rights(demo_clip: Path, locked_folder: Path) -> None:
    code, events, _ = run(WITHOUT_RIGHTS, "reconstruct", str(demo_clip), "--output", str(locked_folder), *SETTINGS)
    assert (code, events[-1]["code"]) == (ExitCode.ERROR, "output_unwritable")
    assert str(locked_folder) in sentence(events)
    assert list(locked_folder.iterdir()) == []


@NOT_ON_WINDOWS
def test_a_clip_without_rights(demo_clip: Path, tmp_path: Path) -> None:
    clip = Path(shutil.copy(demo_clip, tmp_path / "mine alone.mp4"))
    clip.chmod(0)
    code, events, _ = run(WITHOUT_RIGHTS, "reconstruct", str(clip), "--output", str(tmp_path / "output"), *SETTINGS)
    assert (code, events[-1]["code"]) == (ExitCode.ERROR, "video_unreadable")
    assert str(clip) in sentence(events) and "right" in sentence(events)
    assert not (tmp_path / "output").exists()


@NOT_ON_WINDOWS
def test_a_job_folder_that_became_read_only(demo_job: Job, demo_clip: Path, output: Path) -> None:
    places = [path for path in output.rglob("*") if path.name != "timings.json"]
    (output / demo_job.folder.name / "frames" / "000020.ply").unlink()
    before = contents(output)
    for path in reversed(places):
        if path.exists():
            path.chmod(0o500 if path.is_dir() else 0o400)
    arguments = ("reconstruct", str(demo_clip), "--output", str(output), *SETTINGS)
    code, events, _ = run(WITHOUT_RIGHTS, *arguments)
    for path in places:
        if path.exists():
            path.chmod(0o700 if path.is_dir() else 0o600)
    assert (code, events[-1]["code"]) == (ExitCode.ERROR, "output_unwritable")
    assert "--resume" in sentence(events)
    assert contents(output) == before
    again(demo_job, output)
    assert differences(demo_job.folder, output / demo_job.folder.name) == []


@NOT_ON_WINDOWS
def test_a_disk_that_gets_full_among_the_meshes(demo_job: Job, demo_clip: Path, output: Path) -> None:
    job = output / demo_job.folder.name
    shutil.rmtree(job / "frames")
    arguments = ("reconstruct", str(demo_clip), "--output", str(output), *SETTINGS)
    code, events, _ = run(WITH_LITTLE_SPACE, *arguments)
    assert (code, events[-1]["code"]) == (ExitCode.ERROR, "disk_full")
    assert "--resume" in sentence(events)
    assert list(output.rglob("*.partial")) == []
    assert {"person/landmarks.npz", "body/body.npz"} <= set(contents(job))
    again(demo_job, output)
    assert differences(demo_job.folder, job) == []


def test_a_long_path_of_many_letters(demo_job: Job, demo_clip: Path, tmp_path: Path) -> None:
    deep = tmp_path.joinpath(
        *["ein Ordner für Ünïcödé – 人 der länger ist als sonst üblich"] * (2 if os.name == "nt" else 12)
    )
    clip = deep / "Mein Film (1) – 人.mp4"
    deep.mkdir(parents=True)
    shutil.copy(demo_clip, clip)
    shutil.copytree(demo_job.folder, deep / f"{clip.stem}.restage")
    record = Job.open(deep / f"{clip.stem}.restage")
    record.record.name = clip.stem
    record.save()
    for name in ("frames/000020.ply", "character/template.npz"):
        (record.folder / name).unlink()
    made = reconstruct(clip, deep, demo_job.record.settings, SilentEvents())
    # What names the clip differs.
    assert set(differences(demo_job.folder, made.folder)) <= {"job.json", "index.html"}
    assert clip.stem in made.page_path.read_text(encoding="utf-8")


@NOT_ON_WINDOWS
@pytest.mark.parametrize("folder", [".", "x" * 200 + "/" + "y" * 200])
def test_a_name_that_the_disk_does_not_take(demo_clip: Path, tmp_path: Path, folder: str) -> None:
    clip = tmp_path / f"{'n' * 250}.mp4"
    shutil.copy(demo_clip, clip)
    arguments = ("reconstruct", str(clip), "--output", str(tmp_path / folder), *SETTINGS)
    code, events, _ = run("import sys; from core.__main__ import main; sys.exit(main(sys.argv[1:]))", *arguments)
    assert (code, events[-1]["code"]) == (ExitCode.ERROR, "output_unwritable")
    assert "shorter" in sentence(events)


def test_a_clock_that_was_set_back(demo_job: Job, output: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = output / demo_job.folder.name
    for path in job.rglob("*"):
        os.utime(path, (4e9, 4e9))
    for name in ("frames/000040.ply", "body/colours.npz"):
        (job / name).unlink()
    monkeypatch.setattr(time, "time", lambda: 1e8)
    again(demo_job, output)
    assert differences(demo_job.folder, job) == []


@pytest.mark.skipif(not shutil.which("localedef"), reason="needs localedef to make a language")
def test_a_language_with_decimal_commas(demo_job: Job, demo_clip: Path, output: Path, tmp_path: Path) -> None:
    made = subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], capture_output=True, check=False
    )
    if not (tmp_path / "de_DE.UTF-8").exists():
        pytest.skip(f"this system does not know German: {made.stderr.decode()[:200]}")
    job = output / demo_job.folder.name
    shutil.rmtree(job / "body")
    arguments = ("reconstruct", str(demo_clip), "--output", str(output), *SETTINGS)
    code, events, log = run(WITH_COMMAS, *arguments, LOCPATH=str(tmp_path), LC_ALL="de_DE.UTF-8")
    assert code == 0, (events[-1:], log[-2000:])
    # x264 writes its settings into a video, in the machine's language; the pictures are the same.
    video = Path("preview", "character.mp4")
    assert set(differences(demo_job.folder, job)) <= {str(video)}
    first, second = (decoded(folder / video) for folder in (demo_job.folder, job))
    assert len(first) > 1 and np.array_equal(first, second)
    code, _, log = run(
        WITH_COMMAS, "export", str(job), "--format", "obj", "--output", str(tmp_path / "obj"), LOCPATH=str(tmp_path)
    )
    assert code == 0, log[-2000:]
    assert "," not in (tmp_path / "obj" / "frames" / "000000.obj").read_text(encoding="utf-8")
