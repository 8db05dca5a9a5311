"""Pictures that show a whole job at a glance."""

from .contact_sheet import choose_frames, contact_sheet

__all__ = ["choose_frames", "contact_sheet"]
