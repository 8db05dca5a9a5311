"""What every operator that waits for the engine's process shares: the timer, the drain, the end."""

import bpy

from ..core.errors import Cancelled, RestageError
from ..scene import session
from ..scene.worker import Event, Worker
from .errors import report

TICK = 0.2
STOPPED = "Stopped. What was finished is kept; start again to go on from there"


class WorkerModal:
    """Mixin: watch session.current.worker from a modal timer while Blender stays usable, then call `complete`."""

    _timer: bpy.types.Timer | None = None
    _worker: Worker | None = None

    def watch(self, context: bpy.types.Context) -> set[str]:
        """Begin to watch the worker that has just been started."""
        self._worker = session.current.worker
        manager = context.window_manager
        # The main window: were it the preferences', closing them would end the run.
        window = manager.windows[0]
        self._timer = manager.event_timer_add(TICK, window=window)
        with context.temp_override(window=window):
            manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        worker = self._worker
        if worker is not session.current.worker:  # the extension was switched off and on meanwhile
            self._end(context)
            return {"CANCELLED"}
        running = worker.running
        if worker.drain() or not running:
            _redraw(context)
        if running:
            return {"PASS_THROUGH"}
        self._end(context)
        try:
            done = worker.result()
            session.finish("")
            return self.complete(context, done)
        except Cancelled:
            session.finish(STOPPED)
            self.report({"INFO"}, STOPPED)
            return {"CANCELLED"}
        except RestageError as error:
            session.finish(str(error).partition("\n")[0], failed=True)
            return report(self, error)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender closes the window or loads another file: the worker goes too, its job folder stays.

        It calls this as well when a dialog before the run is left; what runs or ran is none of its business then.
        """
        if self._worker is None:
            return
        self._end(context)
        session.stop()

    def complete(self, context: bpy.types.Context, done: Event) -> set[str]:
        """What to do with the result; may raise RestageError."""
        raise NotImplementedError

    def _end(self, context: bpy.types.Context) -> None:
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        _redraw(context)


def _redraw(context: bpy.types.Context) -> None:
    """Draw the sidebars and the preferences again, so that their progress moves."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES"}:
                area.tag_redraw()
