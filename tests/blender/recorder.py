"""Stands in for Blender's layouts, which exist only while a window is drawn."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import bpy


@dataclass(frozen=True)
class Control:
    """A button or a property that was drawn; `grey`: its layout greys it, and then no tooltip says why."""

    name: str
    is_operator: bool
    grey: bool


@dataclass
class Memory:
    """What was drawn: `texts` are the labels alone; `contexts`: how each button calls its operator."""

    drawn: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    contexts: list[str] = field(default_factory=list)
    operator_context: str = "INVOKE_DEFAULT"


class Recorder:
    """Stands in for UILayout: remembers labels, buttons and bars; sub-layouts share the memory."""

    def __init__(self, parent: "Recorder | None" = None) -> None:
        self._parent = parent
        self.memory: Memory = parent.memory if parent else Memory()
        self.enabled = self.active = True

    @property
    def drawn(self) -> list[str]:
        return self.memory.drawn

    @property
    def operator_context(self) -> str:
        """One for all layouts of a panel, as in Blender."""
        return self.memory.operator_context

    @operator_context.setter
    def operator_context(self, context: str) -> None:
        self.memory.operator_context = context

    def row(self, **_options) -> "Recorder":
        return Recorder(self)

    column = box = split = grid_flow = row

    def label(self, text: str = "", **_options) -> None:
        self.drawn.append(text)
        self.memory.texts.append(text)

    def operator(self, name: str, **_options) -> SimpleNamespace:
        namespace, _, operator = name.partition(".")
        assert hasattr(getattr(bpy.ops, namespace), operator)
        getattr(getattr(bpy.ops, namespace), operator).get_rna_type()
        self._remember(name, is_operator=True)
        self.memory.contexts.append(f"{name} {self.operator_context}")
        self.drawn.append(name if _options.get("text") in (None, "") else f"{name} {_options['text']}")
        return SimpleNamespace()

    def operator_menu_enum(self, name: str, values: str, **_options) -> None:
        self.operator(name)

    def prop(self, owner, name: str, text: str = "", **_options) -> None:
        # Custom properties are paths in brackets.
        assert name in owner.bl_rna.properties or owner.path_resolve(name) is not None
        self._remember(text or name, is_operator=False)
        self.drawn.append(name)

    def progress(self, factor: float, text: str, **_options) -> None:
        self.drawn.append(f"{factor:.2f} {text}")

    def _remember(self, name: str, is_operator: bool) -> None:
        self.memory.controls.append(Control(name, is_operator, self._is_grey()))

    def _is_grey(self) -> bool:
        own = not (self.enabled and self.active)
        return own or (self._parent is not None and self._parent._is_grey())
