"""When operators that ask for the same thing can run, and what else their buttons say."""

import bpy

from ..scene import run
from ..scene.record import is_sequence


class NeedsClip:
    """Mixin: there is a clip that could be reconstructed now."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = run.refusal(context.scene.restage)
        if reason:
            cls.poll_message_set(reason)
        return not reason


class NeedsPerson:
    """Mixin: the active object is a person that Restage imported, in Object Mode."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = ""
        if not is_sequence(context.object):
            reason = "Select a person that Restage imported"
        elif context.mode != "OBJECT":
            reason = "Go back to Object Mode first"
        if reason:
            cls.poll_message_set(reason)
        return not reason
