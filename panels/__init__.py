"""Panels: each draws state and does no work."""

from . import main, settings

CLASSES = (
    main.RESTAGE_PT_main,
    settings.RESTAGE_PT_frames,
    settings.RESTAGE_PT_quality,
    settings.RESTAGE_PT_result,
    settings.RESTAGE_PT_turntable,
)
