"""What the fitted body says to the network: its front and back as the crop sees them, and its surface near a point."""

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from ..body.model import BodyModel
from ..body.plain import plain_body
from ..parallel import threads
from ..render import Layer, MeshCaster, layers, vertex_normals
from .kept import field_share
from .places import body_places, solid_triangles
from .places import places as places_of

Float = npt.NDArray[np.float32]
Indices = npt.NDArray[np.integer]

MAP_CHANNELS, POINT_CHANNELS = 12, 11


class BodyShape:
    """A posed body in canonical space, ready to be asked. vertices: (V, 3); faces: (T, 3); codes: (V, 3) which place
    of a body each vertex is, -1 to 1; share: (V,) how much it counts against the network near each vertex, 0-1;
    places: (P, V) of its surface, where these are known."""

    def __init__(
        self, vertices: Float, faces: Indices, codes: Float, share: Float, places: csr_matrix | None = None
    ) -> None:
        from scipy.spatial import KDTree

        self.vertices, self._codes = vertices.astype(np.float32), codes
        self.caster = MeshCaster(self.vertices, faces)
        self.normals = vertex_normals(self.vertices, faces)
        if places is None:
            places = places_of(self.vertices, faces, NEAR)
        self._of_vertices = places
        self._places, self._directions, self._place_codes, self._share = (
            (places @ values).astype(np.float32) for values in (self.vertices, self.normals, codes, share)
        )
        self._directions /= np.maximum(np.linalg.norm(self._directions, axis=1, keepdims=True), 1e-9)
        self._tree = KDTree(self._places)
        self._layers: dict[int, tuple[Layer, Layer]] = {}

    @classmethod
    def posed(cls, vertices: Float, share: Float | None = None) -> "BodyShape":
        """The body model's, (V, 3) canonical, made plain: what it has of its own would show through the clothes.
        share: (V,), without it that of kept.py."""
        share = field_share() if share is None else share
        return cls(plain_body(vertices), solid_triangles(), vertex_codes(), share, body_places())

    def layers(self, size: int) -> tuple[Layer, Layer]:
        """Its front and its back as the crop sees them, computed once for a size."""
        if size not in self._layers:
            self._layers[size] = layers(self.caster, self.normals, size)
        return self._layers[size]

    def maps(self, size: int) -> Float:
        """(MAP_CHANNELS, size, size): whether there is a body; z and normal of its front; z and normal of its back;
        code of its front."""
        front, back = self.layers(size)
        parts = [front.seen[None], front.z[None], front.normals.transpose(2, 0, 1)]
        parts += [back.z[None], back.normals.transpose(2, 0, 1)]
        code = np.zeros((3, size, size), np.float32)
        corners = self._codes[self.caster.faces[front.face[front.seen]]]
        code[:, front.seen] = np.einsum("mk,mkc->cm", front.barycentric[front.seen], corners)
        parts.append(code)
        return np.concatenate(parts).astype(np.float32)

    def points(self, points: Float) -> Float:
        """(N, 3) -> (N, POINT_CHANNELS): signed distance to the body, negative inside; way from its nearest place; that
        place's normal; the point's z; all canonical. Then that place's code."""
        return self.near(points)[0]

    def at_places(self, values: Float) -> Float:
        """(P,) of the places that `near` names, what the vertices have, (V,)."""
        return (self._of_vertices @ values).astype(np.float32)

    def values_at(self, points: Float, values: Float) -> Float:
        """(N,) at the places nearest to points (N, 3), what the vertices have, (V,)."""
        return self.at_places(values)[self._tree.query(points, workers=threads())[1]]

    def near(self, points: Float) -> tuple[Float, Float, Indices]:
        """What `points` gives; how much the body counts there, (N,); and which of its places is nearest, (N,)."""
        distance, nearest = self._tree.query(points, workers=threads())
        away = points - self._places[nearest]
        sign = np.where(self.caster.inside(points), -1.0, 1.0)
        # Across the nearest place's plane where that is near, so that the distance does not jump at the surface.
        across = np.abs((away * self._directions[nearest]).sum(axis=1))
        signed = sign * np.where(distance < NEAR, across, distance)
        parts = [signed[:, None], away, self._directions[nearest], points[:, 2:], self._place_codes[nearest]]
        return np.concatenate(parts, axis=1).astype(np.float32), self._share[nearest], np.asarray(nearest)


@cache
def vertex_codes() -> Float:
    """(V, 3) which place of the body a vertex is, -1 to 1: its rest position, as in PaMIR's semantic volume (Zheng et
    al., TPAMI 2021, section 3.2)."""
    rest = BodyModel.load().mean_vertices
    low, high = rest.min(axis=0), rest.max(axis=0)
    return (2 * (rest - low) / (high - low) - 1).astype(np.float32)


# Canonical: about the way between two places.
NEAR = 0.006
