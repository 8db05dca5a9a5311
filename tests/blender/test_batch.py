"""The headless command, in a process of its own as a user starts it, with a stand-in for the engine."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from tests.blender.walk import ROOT

FAKE = Path(__file__).with_name("fake_engine.py")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in engine is a shell script")


@pytest.fixture
def batch(tmp_path: Path, make_job):
    """Run restage_batch.py with arguments; returns the finished process."""

    def run(mode: str, *arguments: str, statuses: dict[int, str] | None = None) -> subprocess.CompletedProcess:
        engine = tmp_path / "engine"
        python = engine / "venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" {mode} "$@"\n')
        python.chmod(0o755)
        lock = hashlib.sha256((ROOT / "core" / "engine.lock").read_bytes()).hexdigest()
        (engine / "ready.json").write_text(json.dumps({"lock": lock, "groups": ["worker"], "packages": []}))
        (tmp_path / "walk.mp4").write_bytes(b"film")
        environment = os.environ | {
            "RESTAGE_ENGINE": str(engine),
            "RESTAGE_TEST_JOB": str(make_job(statuses).folder),
            "BLENDER_USER_RESOURCES": str(tmp_path / "user"),
        }
        return subprocess.run(
            [sys.executable, str(ROOT / "restage_batch.py"), "--", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            env=environment,
            cwd=tmp_path,
        )

    return run


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
    arguments = json.loads((tmp_path / "out" / "walk.restage" / "arguments.json").read_text())
    for name, value in (("--person", "2"), ("--steadiness", "1.0"), ("--texture-size", "2048")):
        assert arguments[arguments.index(name) + 1] == value
    assert "--no-video" not in arguments
    assert extension._run_command(["--help"]) == 0
    assert "usage: blender --command restage" in capfd.readouterr().out
    assert extension._run_command(["walk.mp4"]) == 2
    assert extension._run_command([str(tmp_path / "gone.mp4"), "--output", str(tmp_path)]) == 1
    assert len(extension._commands) == 1
