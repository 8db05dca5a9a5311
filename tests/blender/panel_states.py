"""The states that the panels can be in: what the engine would report is put in by hand."""

import hashlib
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace

import bpy
import pytest

from core.job import Job
from tests.blender.arm import add_arm
from tests.blender.walk import ROOT


@dataclass
class Stage:
    """What a state is made with."""

    extension: ModuleType
    monkeypatch: pytest.MonkeyPatch
    make_job: Callable[..., Job]
    folder: Path

    @property
    def settings(self) -> bpy.types.PropertyGroup:
        return bpy.context.scene.restage

    def set_up(self) -> None:
        """An engine that passes for ready, in a folder of its own."""
        folder = self.folder / "engine"
        python = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        python.parent.mkdir(parents=True)
        python.touch(0o755)
        lock = hashlib.sha256((ROOT / "core" / "engine.lock").read_bytes()).hexdigest()
        (folder / "ready.json").write_text(json.dumps({"lock": lock, "groups": ["worker"], "packages": []}))
        self.monkeypatch.setenv("RESTAGE_ENGINE", str(folder))

    def choose_clip(self) -> None:
        """A clip that was looked at, with two people in it."""
        self.set_up()
        clip = self.folder / "walk.mp4"
        clip.write_bytes(b"film")
        people = [{"id": number, "box": [0.3 * number, 0.1, 0.2, 0.8], "first": 0, "last": 9} for number in (1, 2)]
        values = {"width": 640, "height": 360, "frame_rate": 30.0, "frame_count": 10, "people": people}
        self.settings.clip = str(clip)
        probe = self.extension.scene.probe
        self.monkeypatch.setitem(probe._answers, probe._key(clip), probe.Answer(values=values))

    def run(self, cancelled: bool = False) -> None:
        """A process that is in the middle of its frames."""
        now = time.monotonic()
        progress = self.extension.scene.worker.Progress("frames", 6, 8, 118, 300, now - 95, now)
        self.extension.scene.session.current.worker = SimpleNamespace(
            progress=progress, cancelled=cancelled, warnings=[], stop=lambda: None, log_tail=lambda: "the log's end"
        )

    def begun_job(self) -> Job:
        """A job of the clip that is chosen."""
        job = self.make_job()
        self.settings.output = str(job.folder.parent)
        job.record.source["path"] = str(self.folder / "walk.mp4")
        self.extension.scene.recent.remember(job.folder)
        return job


def no_engine(stage: Stage) -> None:
    """As after the installation."""


def nothing_chosen(stage: Stage) -> None:
    stage.set_up()


def clip_chosen(stage: Stage) -> None:
    stage.choose_clip()


def refused(stage: Stage) -> None:
    stage.choose_clip()
    probe, clip = stage.extension.scene.probe, stage.folder / "walk.mp4"
    answer = probe.Answer(problem="No person was found in walk.mp4. Choose another clip.", refused=True)
    stage.monkeypatch.setitem(probe._answers, probe._key(clip), answer)


def without_character(stage: Stage) -> None:
    stage.choose_clip()
    stage.settings.use_character = False


def running(stage: Stage) -> None:
    # Another run, so the job cannot be gone on with now.
    interrupted(stage)
    stage.run()


def stopping(stage: Stage) -> None:
    stage.choose_clip()
    stage.run(cancelled=True)


def setting_up(stage: Stage) -> None:
    stage.run()


def interrupted(stage: Stage) -> None:
    stage.choose_clip()
    stage.begun_job().mesh_path(2).unlink()


def error(stage: Stage) -> None:
    interrupted(stage)
    stage.run()
    stage.extension.scene.session.finish("The engine stopped. Start again to go on from there.", failed=True)


def nobody_found(stage: Stage) -> None:
    stage.choose_clip()
    job = stage.begun_job()
    job.record.frames, job.record.stages = {}, {}
    job.save()
    stage.extension.scene.session.finish("No person was found. Choose another clip.", failed=True)


def done(stage: Stage) -> None:
    stage.choose_clip()
    bpy.ops.restage.import_job(filepath=str(stage.begun_job().folder / "job.json"))


def retimed(stage: Stage) -> None:
    done(stage)
    stage.extension.scene.playback.set_controls(bpy.context.object, retime=True)


def character(stage: Stage) -> None:
    stage.choose_clip()
    job = stage.begun_job()
    add_arm(job, [0, 1, 2])
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"), mode="character_cache")


def edited(stage: Stage) -> None:
    done(stage)
    bpy.ops.object.mode_set(mode="EDIT")


def nobody_selected(stage: Stage) -> None:
    done(stage)
    bpy.context.view_layer.objects.active = None


def turning(stage: Stage) -> None:
    done(stage)
    stage.extension.scene.turntable_run.begin(step for step in [(12, 48)]).advance()


def pamir_licence(stage: Stage) -> None:
    stage.choose_clip()
    stage.settings.method = "pamir"


def pamir_files(stage: Stage) -> None:
    pamir_licence(stage)
    bpy.ops.restage.accept_pamir()


STATES: tuple[Callable[[Stage], None], ...] = (
    no_engine,
    nothing_chosen,
    clip_chosen,
    refused,
    without_character,
    running,
    stopping,
    setting_up,
    interrupted,
    error,
    nobody_found,
    done,
    retimed,
    character,
    edited,
    nobody_selected,
    turning,
    pamir_licence,
    pamir_files,
)
