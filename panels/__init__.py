"""Panels: each draws state and does no work."""

from . import export, jobs, main, pamir, sequence, settings, turntable

CLASSES = (
    main.RESTAGE_PT_main,
    pamir.RESTAGE_PT_pamir,
    settings.RESTAGE_PT_frames,
    settings.RESTAGE_PT_quality,
    settings.RESTAGE_PT_result,
    sequence.RESTAGE_PT_sequence,
    turntable.RESTAGE_PT_turntable,
    export.RESTAGE_PT_export,
    jobs.RESTAGE_PT_jobs,
)
