"""Restage's reconstruction system: a clip goes in, a job folder comes out. Never imports bpy."""

__version__ = "0.1.0"
