"""The body model moved by its own bones, where otherwise an avatar's bones move it (training.binding)."""

import numpy as np
import numpy.typing as npt
import torch

from ..body.articulation import Articulation
from ..body.model import BodyModel, forward_kinematics
from ..body.points import BodyPoints, to_tensor
from ..render import vertex_areas
from .alignment import rigid_between

Float = npt.NDArray[np.float32]

# Every so many vertices are fitted; Adam's steps and its first and last rate, radians, metres, standard deviations.
EVERY, STEPS, RATE, LAST_RATE = 7, 800, 0.05, 0.001


def own_rig_body(bound: Float, scale: float) -> Float:
    """(V, 3) metres: the body model posed by its own joints, those that Restage's fit moves, and its own skinning, as
    near as it gets to itself posed by an avatar's bones, `bound` (V, 3), vertex to vertex, all skin alike.

    scale: of the scene against the avatar; what is left of the person's size is shape.
    """
    from scipy.spatial.transform import Rotation

    model = BodyModel.load()
    articulation = Articulation.of(model)
    chosen = np.arange(0, len(bound), EVERY)
    # Most vertices are those of hands and face.
    area = (vertex_areas(model.mean_vertices, model.triangles) * model.exterior)[chosen]
    weights = to_tensor(area / area.mean())
    points, target = BodyPoints.vertices(model, chosen), to_tensor(bound[chosen])
    start = rigid_between(scale * model.mean_vertices[chosen].astype(np.float64), bound[chosen].astype(np.float64))
    turns = torch.zeros(len(articulation.bones), 3)
    turns[0] = to_tensor(Rotation.from_matrix(start.rotation).as_rotvec())
    place = to_tensor(start.apply(scale * model.mean_heads[:1]))
    shape = torch.zeros(model.shape_count)
    heads, shape_heads = (to_tensor(a[..., articulation.bones, :]) for a in (model.mean_heads, model.shape_heads))
    unknowns = [value.requires_grad_() for value in (turns, place, shape)]
    optimiser = torch.optim.Adam(unknowns, lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS, eta_min=LAST_RATE)
    for _ in range(STEPS):
        rest = scale * (heads + torch.tensordot(shape, shape_heads, 1))
        matrices, joints = forward_kinematics(articulation.parents, rest[None], turns[None], place)
        offsets = joints - torch.einsum("fjab,jb->fja", matrices, rest)
        away = points.posed(shape, scale, matrices, offsets)[0] - target
        loss = (weights * away.square().sum(dim=1)).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    rotations = np.zeros((len(model.bone_names), 3), np.float32)
    rotations[articulation.bones] = turns.detach().numpy()
    fitted, position = shape.detach().numpy(), place.detach().numpy()[0]
    return model.vertices(fitted, scale, rotations, position).astype(np.float32)
