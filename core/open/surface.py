"""The surface of one picture by the open network: occupancy, fine relief, outline."""

import numpy as np
import numpy.typing as npt

from ..surface.folds import folds
from ..surface.grid import sample_field
from ..surface.mesh import Faces, Vertices, extract_mesh
from ..surface.outline import fit_outline
from ..surface.relief import add_relief
from ..surface.smoothing import smooth
from .body_maps import BodyShape
from .drape import drape
from .field import OpenField
from .fine import fine_face, fine_hands, whole_hand
from .hair import put_on_hair
from .kept import arm_share, field_share, limb_share
from .network import OpenNet
from .reach import reach

Float = npt.NDArray[np.float32]

# Cells: what is thinner is found by the field's anchors.
COARSEST = 8
# Pairs of steps that smooth the mesh.
RIPPLES = 14


def open_surface(
    network: OpenNet,
    picture: npt.NDArray[np.uint8],
    mask: Float,
    body: Float,
    thickness: Float,
    resolution: int,
    covered: Float | None = None,
    bare: Float | None = None,
) -> tuple[Vertices, Faces]:
    """The surface of a person in a crop: (V, 3) canonical and (T, 3).

    picture: (PICTURE, PICTURE, 3) uint8 RGB; mask: the same size, 0-1; body: (V, 3) canonical, the body model's, fitted
    to them; thickness: (V,) canonical, of its clothes; resolution: nodes along the canonical volume; covered: as the
    mask, 0-1, where something is in front of the person; bare: (V,) which of the body's vertices wear nothing, 0-1.
    Raises RestageError `surface_empty`.
    """
    share = field_share() if bare is None else np.maximum(field_share(), arm_share(bare))
    shape = BodyShape.posed(body, share)
    field = OpenField(network, picture, mask, shape, reach(shape, mask, thickness), covered)
    put_on_hair(field, shape)
    vertices, faces = extract_mesh(sample_field(field, resolution, COARSEST))
    # Hands are the body's and finer than ripples.
    vertices = smooth(vertices, faces, 1.0 - shape.values_at(vertices, limb_share()), RIPPLES)
    cloth = 1.0 - shape.values_at(vertices, share)
    vertices = drape(vertices, faces, shape)
    details = field.details * (mask > 0.5)[..., None]
    relieved = add_relief(vertices, faces, details[..., 0:3], details[..., 3:6], folds(picture, mask), cloth)
    vertices, faces = fine_hands(*fine_face(relieved, faces, shape), shape)
    return fit_outline(vertices, faces, mask, whole_hand(vertices, shape)), faces
