"""The headless command, in a process of its own as a user starts it, with a stand-in for the engine."""

import errno
import hashlib
import importlib
import json
import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import bpy
import pytest

from tests.blender.walk import ROOT

FAKE = Path(__file__).with_name("fake_engine.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in engine is a shell script")


@pytest.fixture
def start(tmp_path: Path, make_job):
    """Start restage_batch.py with arguments, as a terminal would."""

    def start(mode: str, *arguments: str, statuses: dict[int, str] | None = None) -> subprocess.Popen:
        engine = tmp_path / "engine"
        python = engine / "venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" {mode} "$@"\n')
        python.chmod(0o755)
        lock = hashlib.sha256((ROOT / "core" / "engine.lock").read_bytes()).hexdigest()
        (engine / "ready.json").write_text(json.dumps({"lock": lock, "groups": ["worker"], "packages": []}))
        for name in ("walk", "talk"):
            (tmp_path / f"{name}.mp4").write_bytes(b"film")
        environment = os.environ | {
            "RESTAGE_ENGINE": str(engine),
            "RESTAGE_TEST_JOB": str(make_job(statuses).folder),
            "BLENDER_USER_RESOURCES": str(tmp_path / "user"),
        }
        return subprocess.Popen(
            [sys.executable, str(ROOT / "restage_batch.py"), "--", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
            # Tests that run in the background are deaf to Ctrl-C, and would hand that on.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    return start


@pytest.fixture
def batch(start):
    """Run restage_batch.py with arguments; returns the finished process."""

    def run(mode: str, *arguments: str, statuses: dict[int, str] | None = None) -> subprocess.CompletedProcess:
        process = start(mode, *arguments, statuses=statuses)
        stdout, stderr = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    return run


@pytest.fixture
def main(extension, monkeypatch: pytest.MonkeyPatch, capsys):
    """Run the command for two clips in this process, the first of which ends with an error; returns the exit code, the
    summary of all clips and the code of the error."""

    def main(error: BaseException) -> tuple[int, list[dict], str]:
        module = importlib.import_module(f"{extension.__name__}.scene.batch")

        def run_clip(clip: Path, _options: object, _events: object, line) -> None:
            if clip.name == "walk.mp4":
                raise error
            line.state = "done"

        monkeypatch.setattr(module, "run_clip", run_clip)
        code = module.main(["walk.mp4", "talk.mp4", "--output", "out", "--json"])
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        told = next(event["code"] for event in events if event["event"] == "error")
        return code, next(event["clips"] for event in events if event["event"] == "summary"), told

    return main


def test_one_command_makes_everything(batch, tmp_path: Path) -> None:
    answer = batch("work", "walk.mp4", "--output", "out")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    blend, video = tmp_path / "out" / "walk.blend", tmp_path / "out" / "walk.restage" / "preview" / "turntable.mp4"
    assert answer.stdout.splitlines()[-2:] == [f"blend: {blend}", f"turntable: {video}"]
    assert video.stat().st_size > 1000
    clip = bpy.data.movieclips.load(str(video))
    assert (clip.frame_duration, tuple(clip.size)) == (48, (512, 512))

    bpy.ops.wm.open_mainfile(filepath=str(blend))
    scene = bpy.context.scene
    assert [item.name for item in bpy.data.collections["walk"].objects if item.type == "MESH"]
    assert (scene.frame_start, scene.frame_end) == (1, 3)
    picture = scene.camera.data.background_images[0].image.filepath
    assert sorted(path.name for path in blend.parent.iterdir()) == ["walk.blend", "walk.restage"]
    assert scene.restage.job == "//walk.restage"
    assert bpy.data.objects["walk"].restage.job == "//walk.restage"
    assert picture.startswith("//") and Path(bpy.path.abspath(picture)).exists()


def test_files_for_other_programs_are_made_on_request(batch, tmp_path: Path) -> None:
    answer = batch(
        "work", "walk.mp4", "--output", "out", "--no-turntable", "--export", "usd", "--export", "ply", "--workers", "2",
        "--steadiness", "0", "--texture-size", "4096", "--no-video",
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    engine_arguments = json.loads((tmp_path / "out" / "walk.restage" / "arguments.json").read_text())
    for name, value in (("--workers", "2"), ("--steadiness", "0.0"), ("--texture-size", "4096")):
        assert engine_arguments[engine_arguments.index(name) + 1] == value
    assert "--no-video" in engine_arguments
    assert (tmp_path / "out" / "walk.usdc").stat().st_size > 1000
    assert len(list((tmp_path / "out" / "walk.ply").glob("*.ply"))) == 3
    assert f"usd: {tmp_path / 'out' / 'walk.usdc'}" in answer.stdout.splitlines()


def test_all_people_come_into_one_file_with_files_of_their_own(batch, tmp_path: Path) -> None:
    arguments = ("--person", "all", "--export", "obj", "--turntable", "turn.mp4", "--json")
    answer = batch("work", "walk.mp4", "--output", "out", *arguments)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    done = json.loads(answer.stdout.splitlines()[-1])["files"]
    out = tmp_path / "out"
    assert {name: Path(path) for name, path in done.items() if name != "job"} == {
        "blend": out / "walk.blend",
        "obj of walk": out / "walk.obj",
        "obj of walk_2": out / "walk_2.obj",
        "turntable of walk": tmp_path / "turn.mp4",
        "turntable of walk_2": tmp_path / "turn_2.mp4",
    }
    assert all(Path(path).exists() for path in done.values())
    assert json.loads(answer.stdout.splitlines()[-2])["clips"][0]["frames"] == "6 of 6"
    bpy.ops.wm.open_mainfile(filepath=str(out / "walk.blend"))
    people = {item.name: item.restage.job for item in bpy.data.objects if item.restage.mode}
    assert people == {"walk": "//walk.restage", "walk_2": "//walk_2.restage"}
    assert bpy.context.scene.restage.job == "//walk.restage"


def test_what_is_known_of_the_clip_reaches_the_engine(batch, tmp_path: Path) -> None:
    known = ("--height", "1.82", "--focal", "0.9", "--rate", "29.97003", "--masks", "masks", "--smpl", "smpl.npz")
    answer = batch("work", "walk.mp4", "--output", "out", "--no-turntable", "--no-camera", "--export", "ply", *known)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    arguments = json.loads((tmp_path / "out" / "walk.restage" / "arguments.json").read_text())
    pairs = dict(pairwise(arguments))
    assert (pairs["--height"], pairs["--focal"], pairs["--rate"]) == ("1.82", "0.9", "29.97003")
    # The engine runs in another folder.
    assert (pairs["--masks"], pairs["--smpl"]) == (str(tmp_path / "masks"), str(tmp_path / "smpl.npz"))
    assert "--weights" not in arguments
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "walk.blend"))
    assert not [item for item in bpy.data.objects if item.type == "CAMERA"] and bpy.context.scene.camera is None
    assert bpy.context.scene.frame_end == 3


def test_what_was_begun_is_gone_on_with_or_done_again(extension, tmp_path: Path) -> None:
    arguments = extension.scene.session.reconstruct_arguments
    clip = tmp_path / "walk.mp4"
    (tmp_path / "walk.restage").mkdir()
    (tmp_path / "walk.restage" / "job.json").touch()
    assert "--resume" in arguments(clip, tmp_path, {"restart": False})
    again = arguments(clip, tmp_path, {"restart": True})
    assert "--restart" in again and "--resume" not in again
    parse = importlib.import_module(f"{extension.__name__}.scene.batch").parse
    assert parse(["walk.mp4", "--output", "out", "--restart"], "restage").restart
    with pytest.raises(SystemExit):
        parse(["walk.mp4", "--output", "out", "--restart", "--resume"], "restage")


def test_the_turntable_is_made_as_it_is_asked_for(batch, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "walk.restage" / "preview" / "turntable"
    asked = ("--turntable-frames", "3", "--turntable-size", "65", "--turntable-background", "transparent")
    answer = batch("work", "walk.mp4", "--output", "out", *asked)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.splitlines()[-1] == f"turntable: {folder}"
    assert [path.name for path in sorted(folder.iterdir())] == ["000001.png", "000002.png", "000003.png"]
    picture = bpy.data.images.load(str(folder / "000001.png"))
    assert tuple(picture.size) == (64, 64) and picture.pixels[3] == 0.0


def test_options_become_settings_of_import_and_turntable(extension) -> None:
    name = f"{extension.__name__}.scene"
    batch, options = importlib.import_module(f"{name}.batch"), importlib.import_module(f"{name}.batch_options")

    def parse(*arguments: str):
        return batch.parse(["a.mp4", "--output", "out", *arguments], "restage")

    plain = parse()
    assert options.import_options(plain) == extension.scene.job_import.ImportOptions()
    assert options.turntable_options(plain) == extension.scene.turntable.TurntableOptions()
    assert not any(options.engine_settings(plain).values())
    assert options.import_options(parse("--ground")).ground
    assert not options.import_options(parse("--ground", "--no-ground")).ground
    colour = options.turntable_options(parse("--turntable-background", "#FF8000")).colour
    assert colour == pytest.approx((1.0, 0.2158605, 0.0), abs=1e-5)


def test_a_failed_clip_does_not_stop_the_others(batch, tmp_path: Path) -> None:
    arguments = ("gone.mp4", "walk.mp4", "--output", "out", "--no-turntable", "--json")
    answer = batch("work", *arguments)
    events = [json.loads(line) for line in answer.stdout.splitlines() if line.startswith("{")]
    assert answer.returncode == 1
    assert [event["code"] for event in events if event["event"] == "error"] == ["video_missing"]
    summary = next(event for event in events if event["event"] == "summary")["clips"]
    assert [(line["clip"], line["state"], line["frames"]) for line in summary] == [
        ("gone.mp4", "failed", ""),
        ("walk.mp4", "done", "3 of 3"),
    ]
    assert summary[0]["reason"].startswith("There is no file")
    assert events[-1]["files"]["blend"] == str(tmp_path / "out" / "walk.blend")
    assert not (tmp_path / "out" / "walk.restage" / "preview").exists()


def test_a_file_that_cannot_be_saved_does_not_stop_the_others(batch, tmp_path: Path) -> None:
    (tmp_path / "out" / "walk.blend").mkdir(parents=True)
    answer = batch("work", "walk.mp4", "talk.mp4", "--output", "out", "--no-turntable")
    assert answer.returncode == 1
    rows = [line.split() for line in answer.stdout.splitlines() if line.startswith(("walk.mp4 ", "talk.mp4 "))]
    assert [row[:2] for row in rows] == [["walk.mp4", "failed"], ["talk.mp4", "done"]]
    assert f"Blender could not save {tmp_path / 'out' / 'walk.blend'} (" in " ".join(rows[0])
    assert (tmp_path / "out" / "talk.blend").stat().st_size > 1000


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "x.ply"), "disk_full", "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "out"), "output_unwritable", "Cannot write to out"),
        (RuntimeError("Error: Cannot render, no camera\n"), "blender_failed", "go on (Cannot render, no camera)."),
        (MemoryError(), "out_of_memory", "The memory does not suffice"),
        (ZeroDivisionError("division by zero"), "crashed", "(ZeroDivisionError: division by zero)"),
    ],
)
def test_nothing_that_goes_wrong_with_a_clip_stops_the_others(main, error, code: str, words: str) -> None:
    exit_code, clips, told = main(error)
    assert (exit_code, told) == (1, code)
    assert [line["state"] for line in clips] == ["failed", "done"]
    assert words in clips[0]["reason"] and "\n" not in clips[0]["reason"]


def test_ctrl_c_outside_the_engine_stops_everything(main) -> None:
    exit_code, clips, told = main(KeyboardInterrupt())
    assert (exit_code, told) == (130, "cancelled")
    assert [(line["clip"], line["state"]) for line in clips] == [("walk.mp4", "stopped")]


def test_ctrl_c_stops_the_engine_and_all_clips(start, tmp_path: Path) -> None:
    process = start("slow", "walk.mp4", "talk.mp4", "--output", "out")
    while "person" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stdout + stderr
    assert [line.split()[:2] for line in stdout.splitlines() if ".mp4 " in line] == [["walk.mp4", "stopped"]]
    assert "Traceback" not in stderr


def test_a_run_that_nobody_listens_to_stops(start) -> None:
    process = start("work", "walk.mp4", "--output", "out")
    process.stdout.close()
    process.stderr.read()
    assert process.wait(60) == 130


def test_missing_frames_are_a_partial_success(batch) -> None:
    answer = batch("work", "walk.mp4", "--output", "out", "--no-turntable", statuses={0: "ok", 1: "no_person"})
    assert answer.returncode == 3
    assert "walk.mp4: 1 of 2 frames, 1 without a person." in answer.stdout
    row = next(line for line in answer.stdout.splitlines() if line.startswith("walk.mp4  partial"))
    assert row.split()[:5] == ["walk.mp4", "partial", "1", "of", "2"]


@pytest.mark.parametrize(
    ("mode", "arguments", "code", "words"),
    [
        ("refuse", ("walk.mp4", "--output", "out"), 1, "No person found in frames 0-2"),
        ("crash", ("walk.mp4", "--output", "out"), 1, "Segmentation fault, says the last line"),
        ("work", ("walk.mp4",), 2, "--output"),
        ("work", ("walk.mp4", "--output", "out", "--steadiness", "firm"), 2, "--steadiness"),
        ("work", ("walk.mp4", "--output", "out", "--texture-size", "1000"), 2, "choose from 512"),
        ("work", ("a.mp4", "b.mp4", "--output", "out", "--blend", "x.blend"), 2, "one clip only"),
        ("work", ("a.mp4", "b.mp4", "--output", "out", "--masks", "masks"), 2, "one clip only"),
        ("work", ("a.mp4", "--output", "out", "--turntable-size", "5000"), 2, "no whole number from 64 to 4096"),
        ("work", ("a.mp4", "--output", "out", "--turntable-background", "#12"), 2, "neither #RRGGBB nor transparent"),
    ],
)
def test_failures_have_their_exit_code(batch, tmp_path: Path, mode, arguments, code: int, words: str) -> None:
    answer = batch(mode, *arguments)
    assert answer.returncode == code
    assert words in answer.stdout + answer.stderr
    assert not list(tmp_path.glob("out/*.blend"))


def test_blenders_own_command_does_the_same(batch, extension, tmp_path: Path, capfd) -> None:
    """`blender --command restage`: what Blender calls with the arguments that follow."""
    answer = batch("work", "walk.mp4", "--output", "out", "--no-turntable", "--person", "2", "--resume")
    assert answer.returncode == 0, answer.stderr
    arguments = json.loads((tmp_path / "out" / "walk_2.restage" / "arguments.json").read_text())
    for name, value in (("--person", "2"), ("--steadiness", "1.0"), ("--texture-size", "2048")):
        assert arguments[arguments.index(name) + 1] == value
    assert "--no-video" not in arguments
    # Beside the files of the first person, not over them.
    assert (tmp_path / "out" / "walk_2.blend").exists()
    assert extension._run_command(["--help"]) == 0
    assert "usage: blender --command restage" in capfd.readouterr().out
    assert extension._run_command(["walk.mp4"]) == 2
    assert extension._run_command([str(tmp_path / "gone.mp4"), "--output", str(tmp_path)]) == 1
    assert len(extension._commands) == 1
