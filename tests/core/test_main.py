"""The command line: exit codes, error events, and what a program that starts it can rely on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import ExitCode, RestageError

ROOT = Path(__file__).resolve().parents[2]


def events(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def reconstruct(clip: Path, output: Path, *more: str) -> list[str]:
    return ["reconstruct", str(clip), "--output", str(output), "--json", *more]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--preset", "best"], "bad_settings"),
        (["--frames", "1:2:0"], "bad_settings"),
        (["--frames", "one"], "bad_settings"),
        (["--height", "-2"], "bad_settings"),
        (["--height", "tall"], "bad_arguments"),
        (["--no-such-option"], "bad_arguments"),
        (["--resume", "--restart"], "bad_arguments"),
    ],
)
def test_bad_arguments_are_an_error_event_with_exit_code_2(
    demo_clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    assert main(reconstruct(demo_clip, tmp_path / "out", *arguments)) == ExitCode.BAD_ARGUMENTS
    (event,) = events(capsys.readouterr().out)
    assert (event["event"], event["code"]) == ("error", code)
    assert event["message"].endswith(".")
    assert not (tmp_path / "out").exists()


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["reconstruct", "--help"])
    assert stopped.value.code == 0
    assert "--frames" in capsys.readouterr().out


def test_a_file_that_is_no_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mp4").touch()
    assert main(reconstruct(tmp_path / "empty.mp4", tmp_path / "out")) == ExitCode.ERROR
    captured = capsys.readouterr()
    (event,) = events(captured.out)
    assert event["code"] == "video_unreadable"
    assert "empty" in event["message"]
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("problem", "code", "exit_code", "traced"),
    [
        (RestageError("no_person", "Nobody."), "no_person", 1, False),
        (KeyboardInterrupt(), "cancelled", 130, False),
        (OSError(28, "No space left on device"), "disk_full", 1, True),
        (ZeroDivisionError("division by zero"), "crashed", 1, True),
    ],
)
def test_every_failure_is_one_error_event(
    demo_clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    problem: BaseException,
    code: str,
    exit_code: int,
    traced: bool,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr("core.pipeline.reconstruct", fail)
    assert main(reconstruct(demo_clip, tmp_path)) == exit_code
    captured = capsys.readouterr()
    (event,) = events(captured.out)
    assert (event["event"], event["code"]) == ("error", code)
    assert ("Traceback" in captured.err) == traced


def test_text_is_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing.mp4"
    assert main(["reconstruct", str(missing), "--output", str(tmp_path)]) == ExitCode.ERROR
    assert capsys.readouterr().out == f"error: There is no file {missing}. Check the path of the clip.\n"


@pytest.mark.parametrize("command", ["reconstruct", "probe"])
def test_a_command_stops_quietly_when_nobody_listens(demo_clip: Path, tmp_path: Path, command: str) -> None:
    arguments = {
        "reconstruct": reconstruct(demo_clip, tmp_path, "--frames", "0:4:2"),
        "probe": ["probe", str(demo_clip)],
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *arguments[command]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    log = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == ExitCode.INTERRUPTED
    assert "Traceback" not in log
    assert "BrokenPipe" not in log


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no limit on the size of files")
def test_a_disk_that_takes_no_more_is_told_in_one_sentence(demo_clip: Path, tmp_path: Path) -> None:
    # A limit on the size of files fails like a full disk, in the middle of a write; job.json fits, pictures do not.
    program = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "from core.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, *reconstruct(demo_clip, tmp_path, "--frames", "0:4:2")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    assert result.returncode == ExitCode.ERROR
    assert events(result.stdout)[-1]["code"] == "disk_full"
    assert [path.name for path in (tmp_path / "balance.restage").iterdir() if path.name != "run.lock"] == ["job.json"]


def test_probe(demo_clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", str(demo_clip)]) == ExitCode.OK
    values = json.loads(capsys.readouterr().out)
    assert (values["width"], values["height"], values["readable"]) == (612, 1080, True)
