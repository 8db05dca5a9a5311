"""A turntable's end: done, stopped, or because something went wrong; the next one can always begin."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest


@pytest.fixture
def job(make_job):
    job = make_job()
    bpy.ops.restage.import_job(filepath=str(job.folder / "job.json"))
    return job


class Window:
    """The operator and Blender's window, as far as they go in a Blender that has none."""

    def __init__(self, extension, steps: Iterator[tuple[int, int]]) -> None:
        self._operator = extension.operators.turntable.RESTAGE_OT_render_turntable
        self._run, self._timer = extension.scene.turntable_run.begin(steps), "timer"
        self.removed: list[str] = []
        self.said: list[str] = []
        self._context = SimpleNamespace(
            window_manager=SimpleNamespace(windows=[], event_timer_remove=self.removed.append)
        )

    def tick(self) -> set[str]:
        return self._operator.modal(self, self._context, SimpleNamespace(type="TIMER"))

    def cancel(self, context: SimpleNamespace) -> None:
        self._operator.cancel(self, context)

    def report(self, _kind: set[str], text: str) -> None:
        self.said.append(text)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), RuntimeError("no"), KeyError("walk")])
def test_whatever_ends_a_turn_another_can_begin(job, extension, error: Exception) -> None:
    def steps() -> Iterator[tuple[int, int]]:
        yield 1, 2
        raise error

    window = Window(extension, steps())
    assert window.tick() == {"PASS_THROUGH"} and not bpy.ops.restage.render_turntable.poll()
    with pytest.raises(type(error)):
        window.tick()
    assert window.removed == ["timer"] and bpy.ops.restage.render_turntable.poll()


def test_a_shadow_that_the_panel_does_not_show_is_none(job, extension) -> None:
    settings, turntable = bpy.context.scene.restage, extension.operators.turntable
    settings.turntable_shadow = True
    for engine, shadow in (("WORKBENCH", False), ("CYCLES", True)):
        settings.turntable_engine = engine
        operator = SimpleNamespace(execute=lambda context: {"FINISHED"})
        turntable.RESTAGE_OT_render_turntable.invoke(operator, bpy.context, None)
        assert operator.shadow is shadow


def test_cancel_ends_a_turn_at_once(job, extension, tmp_path: Path) -> None:
    from bl_ext.user_default.restage.scene.turntable import TurntableOptions, render_turntable

    path = tmp_path / "turn" / "turn.mp4"
    steps = render_turntable(bpy.context.scene, bpy.data.collections["walk"], path, TurntableOptions(frames=4, size=64))
    window = Window(extension, steps)
    window.tick()
    assert len(bpy.data.scenes) == 2 and list(path.parent.iterdir())
    assert bpy.ops.restage.cancel_turntable() == {"FINISHED"}
    # Nothing waits for the window, which may be gone.
    assert len(bpy.data.scenes) == 1 and not list(path.parent.iterdir())
    assert bpy.ops.restage.render_turntable.poll() and not bpy.ops.restage.cancel_turntable.poll()
    assert window.tick() == {"CANCELLED"}
    assert window.removed == ["timer"] and window.said == ["Turntable stopped; nothing was written"]


def test_switching_the_extension_off_ends_a_turn(job, extension) -> None:
    ended = []

    def steps() -> Iterator[tuple[int, int]]:
        try:
            yield 1, 2
        finally:
            ended.append(True)

    Window(extension, steps()).tick()
    bpy.ops.preferences.addon_disable(module=extension.__name__)
    bpy.ops.preferences.addon_enable(module=extension.__name__)
    assert ended and extension.scene.turntable_run.current is None


@pytest.mark.parametrize(
    ("name", "output"), [("file/turn.mp4", "MP4"), ("folder.mp4", "MP4"), ("file", "PNG"), ("file/turn", "PNG")]
)
def test_a_place_that_cannot_be_written_is_said_in_a_sentence(job, tmp_path: Path, name: str, output: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(RuntimeError) as caught:
        bpy.ops.restage.render_turntable(filepath=str(tmp_path / name), frames=2, size=64, output=output)
    message = str(caught.value).removeprefix("Error: ").strip()
    assert message.startswith(f"{tmp_path / name} cannot be written (") and message.endswith("with free space.")
    assert "\n" not in message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.mp4", "jobs"]
    assert len(bpy.data.scenes) == 1


def test_pictures_come_into_a_folder_beside_what_is_in_it(job, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "000003.png").write_text("of a longer turn")
    arguments = {"frames": 2, "size": 64, "output": "PNG"}
    assert bpy.ops.restage.render_turntable(filepath=str(tmp_path), **arguments) == {"FINISHED"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000001.png", "000002.png", "jobs", "notes.txt"]
