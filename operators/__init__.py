"""Operators: each reads properties, calls `scene`, and reports."""

import bpy

from . import (
    accept_pamir,
    cancel,
    character_video,
    choose_person,
    convert_sequence,
    copy_report,
    export,
    forget_job,
    import_job,
    install_model,
    open_clip,
    open_folder,
    preview_frame,
    proxies,
    reconstruct,
    resume_job,
    retime,
    setup_engine,
    show_log,
    turntable,
)

CLASSES = (
    reconstruct.RESTAGE_OT_reconstruct,
    resume_job.RESTAGE_OT_resume_job,
    cancel.RESTAGE_OT_cancel,
    import_job.RESTAGE_OT_import_job,
    convert_sequence.RESTAGE_OT_convert_sequence,
    retime.RESTAGE_OT_retime,
    proxies.RESTAGE_OT_add_proxies,
    proxies.RESTAGE_OT_remove_proxies,
    export.RESTAGE_OT_export,
    turntable.RESTAGE_OT_render_turntable,
    turntable.RESTAGE_OT_cancel_turntable,
    open_folder.RESTAGE_OT_open_folder,
    character_video.RESTAGE_OT_character_video,
    open_clip.RESTAGE_OT_open_clip,
    open_clip.RESTAGE_FH_video,
    choose_person.RESTAGE_OT_choose_person,
    preview_frame.RESTAGE_OT_preview_frame,
    forget_job.RESTAGE_OT_forget_job,
    copy_report.RESTAGE_OT_copy_report,
    show_log.RESTAGE_OT_show_log,
    setup_engine.RESTAGE_OT_setup_engine,
    setup_engine.RESTAGE_OT_setup_pamir,
    setup_engine.RESTAGE_OT_engine_from_folder,
    setup_engine.RESTAGE_OT_use_python,
    setup_engine.RESTAGE_OT_verify_engine,
    setup_engine.RESTAGE_OT_remove_engine,
    install_model.RESTAGE_OT_install_model,
    accept_pamir.RESTAGE_OT_accept_pamir,
)


def draw_import_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    """The entry in File > Import."""
    menu.layout.operator(import_job.RESTAGE_OT_import_job.bl_idname, text="Restage Reconstruction (job.json)")


def draw_export_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    """The entry in File > Export."""
    menu.layout.operator(export.RESTAGE_OT_export.bl_idname, text="Restage Person (USD, Alembic, GLB, OBJ, PLY)")
