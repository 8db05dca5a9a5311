"""Stands in for Blender's layouts, which exist only while a window is drawn."""

from types import SimpleNamespace

import bpy


class Recorder:
    """Stands in for UILayout: remembers labels, buttons and bars; sub-layouts share the memory."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.enabled = True
        self.operator_context = "INVOKE_DEFAULT"

    def row(self, **_options):
        return self

    column = box = row

    def label(self, text: str = "", **_options) -> None:
        self.drawn.append(text)

    def operator(self, name: str, **_options) -> SimpleNamespace:
        namespace, _, operator = name.partition(".")
        assert hasattr(getattr(bpy.ops, namespace), operator)
        getattr(getattr(bpy.ops, namespace), operator).get_rna_type()
        self.drawn.append(name if _options.get("text") in (None, "") else f"{name} {_options['text']}")
        return SimpleNamespace()

    def operator_menu_enum(self, name: str, values: str, **_options) -> None:
        self.operator(name)

    def prop(self, owner, name: str, **_options) -> None:
        # Custom properties are paths in brackets.
        assert name in owner.bl_rna.properties or owner.path_resolve(name) is not None
        self.drawn.append(name)

    def progress(self, factor: float, text: str, **_options) -> None:
        self.drawn.append(f"{factor:.2f} {text}")
