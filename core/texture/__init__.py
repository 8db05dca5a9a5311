"""Colours for the mesh of a frame: seen surface from its picture, hidden surface from what the clip shows of it."""
