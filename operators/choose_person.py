"""Choose Person: who of several people in the clip is reconstructed, or that all are."""

import bpy

from ..scene import probe, run, session

INSIST = (
    "Reconstruct it all the same. What is no person becomes a poor one; pressed again, the clip is refused as before"
)


class RESTAGE_OT_choose_person(bpy.types.Operator):
    """Reconstruct this person, or everybody, each as an object of their own"""

    bl_idname = "restage.choose_person"
    bl_label = "Choose Person"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    person: bpy.props.StringProperty(
        name="Person", description="Number of the person, or all; empty: the most prominent"
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """The tooltip: the button also insists on what was not taken for a person."""
        settings = context.scene.restage
        answer = probe.answer(run.clip_path(settings), settings.rate) if settings.clip else None
        return INSIST if answer and answer.suspects else ""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if session.current.worker:
            cls.poll_message_set(session.BUSY)
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.restage.person = self.person
        return {"FINISHED"}
