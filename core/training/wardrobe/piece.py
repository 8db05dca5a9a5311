"""One textured part of a dressed person before everything is joined."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...render.hits import vertex_normals

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Piece:
    """vertices: (V, 3) metres in the hanging pose; weights: (V, B); triangles: (T, 3); uv: (U, 2) origin at the bottom
    left; uv_triangles: (T, 3); fabric: (T,) index into textures."""

    vertices: Float
    weights: Float
    triangles: Int
    uv: Float
    uv_triangles: Int
    fabric: Int
    textures: tuple[npt.NDArray[np.uint8], ...]

    def normals(self) -> Float:
        """(V, 3) unit normals, weighted by area."""
        return vertex_normals(self.vertices, self.triangles)

    def moved(self, offsets: Float) -> "Piece":
        """The piece with its vertices moved by (V, 3) metres."""
        return replace(self, vertices=(self.vertices + offsets).astype(np.float32))

    def thickened(self, thickness: float) -> "Piece":
        """A closed body around a sheet, half of `thickness` (metres) to each side: strands of hair are single sheets,
        around which no point would be inside."""
        count = len(self.vertices)
        half = self.normals() * (thickness / 2)
        edges = np.concatenate([self.triangles[:, [0, 1]], self.triangles[:, [1, 2]], self.triangles[:, [2, 0]]])
        uv_edges = np.concatenate(
            [self.uv_triangles[:, [0, 1]], self.uv_triangles[:, [1, 2]], self.uv_triangles[:, [2, 0]]]
        )
        keys = np.sort(edges, axis=1).astype(np.int64) @ np.array([count, 1])
        _, first, times = np.unique(keys, return_index=True, return_counts=True)
        rim = first[times == 1]
        a, b = edges[rim].T
        walls = np.concatenate([np.stack([b, a, a + count], 1), np.stack([b, a + count, b + count], 1)])
        uv_a, uv_b = uv_edges[rim].T
        uv_walls = np.concatenate([np.stack([uv_b, uv_a, uv_a], 1), np.stack([uv_b, uv_a, uv_b], 1)])
        fabric = np.tile(self.fabric, 3)[rim]
        return replace(
            self,
            vertices=np.concatenate([self.vertices + half, self.vertices - half]).astype(np.float32),
            weights=np.tile(self.weights, (2, 1)),
            triangles=np.concatenate([self.triangles, self.triangles[:, ::-1] + count, walls]).astype(np.int32),
            uv_triangles=np.concatenate([self.uv_triangles, self.uv_triangles[:, ::-1], uv_walls]).astype(np.int32),
            fabric=np.concatenate([self.fabric, self.fabric, fabric, fabric]).astype(np.int32),
        )


def components(triangles: Int, count: int) -> Int:
    """(T,) which connected part of a mesh of `count` vertices each triangle (T, 3) belongs to, the largest first."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = np.concatenate([triangles[:, :2], triangles[:, 1:]])
    graph = coo_matrix((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    labels = connected_components(graph, directed=False)[1][triangles[:, 0]]
    used, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    rank = np.empty(len(used), np.int64)
    rank[np.argsort(-sizes)] = np.arange(len(used))
    return rank[inverse.ravel()].astype(np.int32)
