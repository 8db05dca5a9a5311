"""Render Turntable: one full turn around the imported person, a picture at a time while Blender stays usable."""

from collections.abc import Generator
from pathlib import Path

import bpy

from ..choices import BACKGROUNDS, ENGINES, LIGHTS, MOTIONS, OUTPUTS
from ..core.errors import RestageError
from ..scene import turntable_run
from ..scene.job_import import earlier_imports
from ..scene.paths import resolved_path
from ..scene.record import collection_of, person_of, sequence_in
from ..scene.turntable import TurntableOptions, render_turntable
from .conditions import Refuses
from .errors import report

# Settings of the scene that the button takes: the operator's name of each.
SETTINGS = ("frames", "size", "motion", "light", "engine", "background", "colour", "shadow", "output")
# Seconds between two pictures, in which Blender answers the mouse.
TICK = 0.05


class RESTAGE_OT_render_turntable(Refuses, bpy.types.Operator):
    """Render a full turn around the person, without touching the scene"""

    bl_idname = "restage.render_turntable"
    bl_label = "Render Turntable"
    bl_options = {"REGISTER"}

    filepath: bpy.props.StringProperty(
        name="File", description="MP4 file or folder to write. Empty: in the job folder", subtype="FILE_PATH"
    )
    frame: bpy.props.IntProperty(
        name="Frame", description="Frame of the timeline to show; 0 is the current one", min=0, options={"SKIP_SAVE"}
    )
    frames: bpy.props.IntProperty(name="Frames", description="Frames of one full turn", min=2, default=48)
    size: bpy.props.IntProperty(
        name="Size", description="Width and height of the picture", subtype="PIXEL", min=64, step=2, default=512
    )
    motion: bpy.props.EnumProperty(name="Motion", description="Whether the person moves during the turn", items=MOTIONS)
    light: bpy.props.EnumProperty(name="Light", description="Light of the turntable", items=LIGHTS)
    engine: bpy.props.EnumProperty(name="Engine", description="What renders the turntable", items=ENGINES)
    background: bpy.props.EnumProperty(name="Background", description="What is behind the person", items=BACKGROUNDS)
    colour: bpy.props.FloatVectorProperty(
        name="Colour", description="Colour behind the person", subtype="COLOR", default=(0.05, 0.05, 0.05), min=0, max=1
    )
    shadow: bpy.props.BoolProperty(name="Shadow", description="Catch the person's shadow on the ground; in Cycles")
    output: bpy.props.EnumProperty(name="Output", description="What is written", items=OUTPUTS)

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if turntable_run.current:
            return "A turntable is being rendered; cancel it first"
        return "Reconstruct a clip or import a reconstruction first" if _person(context) is None else ""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        for name in SETTINGS:
            setattr(self, name, getattr(context.scene.restage, f"turntable_{name}"))
        # With another engine the panel does not show it, so nobody could switch it off.
        self.shadow = self.shadow and self.engine == "CYCLES"
        if bpy.app.background:
            return self.execute(context)
        self._run = turntable_run.begin(self._render(context))
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if turntable_run.current is not self._run:
            self.cancel(context)
            self.report({"INFO"}, "Turntable stopped; nothing was written")
            return {"CANCELLED"}
        try:
            self._run.advance()
        except StopIteration:
            self.cancel(context)
            return self._finish()
        except RestageError as error:
            self.cancel(context)
            return report(self, error)
        except BaseException:
            # Whatever it was: with a run that nobody goes on with, the button would refuse for good.
            self.cancel(context)
            raise
        _redraw(context)
        return {"PASS_THROUGH"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop, at the end, on request, or because Blender closes the window or loads another file."""
        context.window_manager.event_timer_remove(self._timer)
        if turntable_run.current is self._run:
            turntable_run.end()
        _redraw(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The whole turn, synchronously: for scripts."""
        try:
            for _ in self._render(context):
                pass
        except RestageError as error:
            return report(self, error)
        return self._finish()

    def _render(self, context: bpy.types.Context) -> Generator[tuple[int, int], None, None]:
        person = _person(context)
        pictures = self.output == "PNG"
        name = "turntable" if pictures else "turntable.mp4"
        preview = resolved_path(person.restage.job) / "preview"
        self._path = Path(bpy.path.abspath(self.filepath)) if self.filepath else preview / name
        options = TurntableOptions(
            frames=self.frames,
            size=self.size,
            motion=self.motion,
            light=self.light,
            engine=self.engine,
            colour=None if self.background == "TRANSPARENT" else tuple(self.colour),
            shadow=self.shadow,
            pictures=pictures,
        )
        # Not later, as the first step would be: until then something else may be selected.
        return self._turn(context.scene, collection_of(person), options)

    def _turn(
        self, scene: bpy.types.Scene, collection: bpy.types.Collection, options: TurntableOptions
    ) -> Generator[tuple[int, int], None, None]:
        current = scene.frame_current
        try:
            if self.frame:
                scene.frame_set(self.frame)
            yield from render_turntable(scene, collection, self._path, options)
        finally:
            if self.frame:
                scene.frame_set(current)

    def _finish(self) -> set[str]:
        self.report({"INFO"}, f"Turntable written to {self._path}")
        return {"FINISHED"}


class RESTAGE_OT_cancel_turntable(bpy.types.Operator):
    """Stop the turntable; nothing is written"""

    bl_idname = "restage.cancel_turntable"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not turntable_run.current:
            cls.poll_message_set("No turntable is being rendered")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        # At once and not by a flag: it also ends what nothing goes on with any more.
        turntable_run.end()
        return {"FINISHED"}


def _person(context: bpy.types.Context) -> bpy.types.Object | None:
    """The object that carries the person to turn: the active one, or else that of the scene's last import."""
    if person := person_of(context.object):
        return person
    job = context.scene.restage.job
    imports = earlier_imports(resolved_path(job), context.scene) if job else []
    return sequence_in(imports[0]) if imports else None


def _redraw(context: bpy.types.Context) -> None:
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
