"""Ray casting of triangle meshes with Embree: what each pixel of a view sees, and which points a camera sees."""

import numpy as np
import numpy.typing as npt

from ..spaces import Array, Camera, Crop
from .hits import Hits
from .view import CameraView, View

Indices = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]

# Directions slightly off the axes, so that rays do not run along the edges of regular meshes.
PROBES = np.array([[0.0123, 0.0291, 1.0], [0.0317, -0.0171, -1.0], [1.0, 0.0219, 0.0133]], np.float32)


class MeshCaster:
    """Casts rays against one mesh; building the tree takes most of the time, so keep it for several views.

    vertices: (V, 3) world, metres; faces: (T, 3) vertex indices.
    """

    def __init__(self, vertices: Array, faces: Indices) -> None:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self.vertices = np.ascontiguousarray(vertices, np.float32)
        self.faces = np.ascontiguousarray(faces, np.int32)
        self._scene = EmbreeScene()
        TriangleMesh(self._scene, self.vertices, self.faces)

    def render(self, camera: Camera, width: int, height: int, region: Crop | None = None) -> Hits:
        """What the clip's camera sees, as a picture of the whole image or of one crop of it."""
        return self.cast(CameraView(camera, width, height, region))

    def cast(self, view: View) -> Hits:
        """One ray through the centre of every pixel of the view."""
        face = np.full((view.height, view.width), -1, np.int32)
        barycentric = np.zeros((view.height, view.width, 3), np.float32)
        depth = np.full((view.height, view.width), np.inf, np.float32)
        rows, columns = self._covered(view)
        x, y = np.meshgrid(np.arange(columns.start, columns.stop), np.arange(rows.start, rows.stop))
        if x.size:
            origins, directions = view.rays(np.stack([x.ravel() + 0.5, y.ravel() + 0.5], axis=1))
            result = self._scene.run(_contiguous(origins), _contiguous(directions), output=True)
            hit = result["primID"] >= 0
            u, v = result["u"], result["v"]
            face[rows, columns] = result["primID"].reshape(x.shape)
            weights = np.stack([1.0 - u - v, u, v], axis=1) * hit[:, None]
            barycentric[rows, columns] = weights.reshape(*x.shape, 3)
            depth[rows, columns] = np.where(hit, result["tfar"], np.inf).reshape(x.shape)
        return Hits(face, barycentric, depth, self.faces, view)

    def visible(self, points: Array, camera: Camera, offset: float = 0.002) -> Mask:
        """Which surface points the clip's camera sees: (N, 3) world metres -> (N,) bool.

        One shadow ray a point, started `offset` metres towards the camera so that the surface the point lies on
        does not hide it. Points behind the camera or outside its picture are not told apart here.
        """
        if len(points) == 0:
            return np.zeros(0, bool)
        to_camera = camera.camera_to_world[:3, 3] - points
        distance = np.linalg.norm(to_camera, axis=1, keepdims=True)
        origins = points + to_camera * (offset / distance)
        return ~self.blocked(origins, to_camera, 1.0 - offset / distance[:, 0])

    def blocked(self, origins: Array, directions: Array, reach: Array) -> Mask:
        """Whether the mesh lies on each ray: origins, directions (N, 3) world; reach (N,) in directions -> (N,)."""
        reach = np.ascontiguousarray(reach, np.float32)
        return self._scene.run(_contiguous(origins), _contiguous(directions), reach, query="OCCLUDED") >= 0

    def distances(self, origins: Array, directions: Array) -> Array:
        """How far the mesh is along each ray, in lengths of its direction: (N, 3), (N, 3) -> (N,), inf for a miss."""
        result = self._scene.run(_contiguous(origins), _contiguous(directions), output=True)
        return np.where(result["primID"] >= 0, result["tfar"], np.inf).astype(np.float32)

    def inside(self, points: Array) -> Mask:
        """Which points a closed mesh encloses: (N, 3) -> (N,) bool.

        A ray that first meets the back of a face started inside. Three rays vote, since meshes of bodies fold into
        themselves at armpits, lips and ears.
        """
        votes = np.zeros(len(points), np.int8)
        if len(points) == 0:
            return votes > 0
        for direction in PROBES:
            result = self._scene.run(_contiguous(points), np.tile(direction, (len(points), 1)), output=True)
            corners = self.vertices[self.faces[result["primID"]]]
            normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
            votes += (result["primID"] >= 0) & (normals @ direction > 0)
        return votes >= 2

    def _covered(self, view: View) -> tuple[slice, slice]:
        """Rows and columns of the view that can show the mesh: its projected box, or everything if it is too near."""
        axis, position = view.camera_to_world[:3, 2], view.camera_to_world[:3, 3]
        if len(self.vertices) == 0:
            return slice(0, 0), slice(0, 0)
        if ((self.vertices - position) @ axis).max() > -1e-3:
            return slice(0, view.height), slice(0, view.width)
        pixels = view.pixels(self.vertices)
        size = np.array([view.width, view.height])
        low = np.clip(np.floor(pixels.min(axis=0)), 0, size).astype(int)
        high = np.clip(np.ceil(pixels.max(axis=0)), low, size).astype(int)
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _contiguous(values: Array) -> Array:
    return np.ascontiguousarray(values, np.float32)
