"""Software rendering in the worker: rays against triangle meshes, no GPU and no window."""

from .hits import GREY, Hits, shade, shade_pixels, silhouette, vertex_areas, vertex_normals
from .layer import Layer, layers
from .raycast import MeshCaster
from .view import CameraView, OrthographicView, View, orbit_view

__all__ = [
    "GREY",
    "CameraView",
    "Hits",
    "Layer",
    "MeshCaster",
    "OrthographicView",
    "View",
    "layers",
    "orbit_view",
    "shade",
    "shade_pixels",
    "silhouette",
    "vertex_areas",
    "vertex_normals",
]
