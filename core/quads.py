"""The quads that the body model was made of: job files hold each as two triangles, one after the other."""

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.integer]


def face_corners(triangles: Indices, uv_triangles: Indices | None) -> Indices:
    """(Q, 4) which corners of the triangles, counted through from 0, are those of each quad; (T, 3), the triangles as
    they are, where they do not all pair up.

    triangles: (T, 3) indices of vertices; uv_triangles: (T, 3) of texture coordinates, None where there are none. A
    quad's corners 0 and 2 are the ends of the edge that its triangles share: Blender splits a convex quad there, so
    that what it draws and shades is the job's surface.
    """
    unpaired = np.arange(triangles.size).reshape(-1, 3)
    if len(triangles) % 2:
        return unpaired
    first, second = triangles.reshape(-1, 2, 3).transpose(1, 0, 2)
    same = first[:, :, None] == second[:, None, :]
    # The corner that a triangle has for itself: the one across the shared edge.
    own, other = same.any(axis=2).argmin(axis=1)[:, None], same.any(axis=1).argmin(axis=1)[:, None]
    starts = unpaired[::2, :1]
    corners = np.concatenate([starts + (own + [2, 0, 1]) % 3, starts + 3 + other], axis=1)
    # The second triangle runs along the shared edge the other way. A seam of the texture must not lie on it.
    shared, again = corners[:, [0, 2]], starts + 3 + (other + [1, 2]) % 3
    for rows in (triangles, triangles if uv_triangles is None else uv_triangles):
        if (rows.ravel()[shared] != rows.ravel()[again]).any():
            return unpaired
    vertices = np.sort(triangles.ravel()[corners], axis=1)
    return unpaired if (vertices[:, 1:] == vertices[:, :-1]).any() else corners
