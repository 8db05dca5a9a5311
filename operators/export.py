"""Export: the selected person as animated files for other programs."""

from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper

from ..core.errors import RestageError
from ..scene import formats
from ..scene.export import ENDINGS, export_sequence
from ..scene.record import person_of
from .conditions import NeedsPerson
from .errors import report


class RESTAGE_OT_export(NeedsPerson, bpy.types.Operator, ExportHelper):
    """Write the person, animated over the scene's frame range, for other programs"""

    bl_idname = "restage.export"
    bl_label = "Export Person"
    bl_options = {"REGISTER"}

    filename_ext = ""
    filter_glob: bpy.props.StringProperty(default="*.usdc;*.abc;*.glb", options={"HIDDEN"})
    format: bpy.props.EnumProperty(
        name="Format", description="What is written", items=formats.items(), default=formats.default()
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.format = context.scene.restage.export_format
        self.filepath = f"{person_of(context.object).name}{ENDINGS[self.format]}"
        return super().invoke(context, event)

    def check(self, context: bpy.types.Context) -> bool:
        """Blender calls this while the file browser is open: the name follows the format."""
        path = Path(self.filepath)
        named = str(path.with_suffix(ENDINGS[self.format]) if path.suffix in ENDINGS.values() else path)
        changed = named != self.filepath
        self.filepath = named
        return changed

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        if ENDINGS[self.format] and path.suffix != ENDINGS[self.format]:
            path = path.with_name(path.name + ENDINGS[self.format])
        try:
            export_sequence(context.scene, person_of(context.object), path, self.format)
        except RestageError as error:
            return report(self, error)
        self.report({"INFO"}, f"Written to {path}")
        return {"FINISHED"}
