"""When operators that ask for the same thing can run, and what else their buttons say."""

import bpy

from ..scene.record import person_of


class Refuses:
    """Mixin: an operator whose greyed button says in its tooltip why it cannot run."""

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        """Why it cannot run now; empty where it can."""
        raise NotImplementedError

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.refusal(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason


class NeedsPerson(Refuses):
    """Mixin: the active object is a person that Restage imported, in Object Mode."""

    @classmethod
    def refusal(cls, context: bpy.types.Context) -> str:
        if person_of(context.object) is None:
            return "Select a person that Restage imported"
        return "" if context.mode == "OBJECT" else "Go back to Object Mode first"
