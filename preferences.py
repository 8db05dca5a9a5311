"""What belongs to this machine and not to a scene: where the engine is."""

import bpy


class RESTAGE_AP_preferences(bpy.types.AddonPreferences):
    """Preferences of the extension."""

    # Blender looks preferences up by the name of the extension's root package, which is this file's package.
    bl_idname = __package__

    engine_dir: bpy.props.StringProperty(
        name="Engine Folder",
        description="Folder of the engine, about 2 GB. Leave empty to keep it in Blender's own folder for extensions",
        subtype="DIR_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "engine_dir")
        layout.operator("restage.setup_engine")


CLASSES = (RESTAGE_AP_preferences,)
