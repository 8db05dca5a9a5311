"""The body model inside a clothed avatar: fitted once in the avatar's rest pose, then moved by the avatar's bones."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel, forward_kinematics
from ..job import atomic_write
from .avatar import Avatar, skin

Float = npt.NDArray[np.float32]

# Bones of the body model by the beginning of their names, and the avatar's bone that moves them; SIDE is Left or Right.
FOLLOWS = (
    ("root", "Hips"), ("pelvis", "Hips"), ("upperleg", "SIDEUpLeg"), ("lowerleg", "SIDELeg"), ("foot", "SIDEFoot"),
    ("toe", "SIDEToeBase"), ("spine05", "Hips"), ("spine04", "Spine"), ("spine03", "Spine1"), ("spine02", "Spine2"),
    ("spine01", "Spine2"), ("clavicle", "SIDEShoulder"), ("shoulder", "SIDEShoulder"), ("upperarm", "SIDEArm"),
    ("lowerarm", "SIDEForeArm"), ("wrist", "SIDEHand"), ("finger", "SIDEHand"), ("metacarpal", "SIDEHand"),
    ("neck", "Neck"), ("head", "Head"), ("eye", "Head"),
)  # fmt: skip
# Joints that mean the same in both rigs, and how far they may be trusted.
JOINTS = {
    "upperarm01": ("Arm", 0.3), "lowerarm01": ("ForeArm", 1.0), "wrist": ("Hand", 1.0), "upperleg01": ("UpLeg", 0.2),
    "lowerleg01": ("Leg", 1.0), "foot": ("Foot", 1.0), "finger3-1": ("HandMiddle1", 1.0),
}  # fmt: skip
BENT = (
    "root", "upperleg01", "lowerleg01", "foot", "spine04", "spine02", "clavicle", "upperarm01", "lowerarm01", "wrist",
    "neck01", "head",
)  # fmt: skip
JOINT_STEPS, SURFACE_STEPS, PAIRS_EVERY = 200, 150, 10
# Metres. Skin further than this below the clothes is not pulled any harder.
REACH = 0.025


@dataclass(frozen=True, eq=False)
class BoundBody:
    """rest: (V, 3) metres, the body inside the avatar's rest pose; bones: (V, K) the avatar's bones that move each
    vertex, with the body model's own weights."""

    rest: Float
    bones: npt.NDArray[np.int32]

    @classmethod
    def load(cls, avatar: Avatar, folder: Path) -> "BoundBody":
        """The body of an avatar, fitted when it is first asked for and kept in `folder`."""
        path = folder / f"{avatar.name}.npz"
        if not path.exists():
            with atomic_write(path) as stream:
                np.savez(stream, rest=fit_body(avatar))
        with np.load(path, allow_pickle=False) as values:
            return cls(values["rest"], avatar_bones(avatar)[BodyModel.load().weight_bones])

    def posed(self, rotations: Float, offsets: Float) -> Float:
        """(V, 3) metres: moved by the bones' transforms (Avatar.transforms)."""
        return skin(self.rest, self.bones, BodyModel.load().weights, rotations, offsets)


def fit_body(avatar: Avatar) -> Float:
    """(V, 3) metres: the body model as it best lies under the avatar's surface in its rest pose.

    First the joints only, since the rest poses differ; then the surface: skin must not come out of the clothes and
    wants to lie close below them.
    """
    import torch
    from scipy.spatial import KDTree

    model = BodyModel.load()
    chosen = np.flatnonzero(model.exterior)[::4]
    heads, shapes = torch.from_numpy(model.mean_heads), torch.from_numpy(model.shape_heads)
    pairs = [
        (model.bone(f"{name}.{side[0]}"), avatar.bone(f"{side}{target}"), weight)
        for name, (target, weight) in JOINTS.items()
        for side in ("Left", "Right")
    ]
    own, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    trust = torch.tensor([pair[2] for pair in pairs])[:, None]
    targets = torch.from_numpy(avatar.heads[theirs])
    bent = [b for b, name in enumerate(model.bone_names) if name.split(".")[0] in BENT]
    shape = torch.zeros(model.shape_count, requires_grad=True)
    turns = torch.zeros(len(bent), 3, requires_grad=True)
    place = torch.from_numpy(avatar.heads[avatar.bone("Hips")].copy()).requires_grad_(True)
    template, blend = (torch.from_numpy(a[..., chosen, :].copy()) for a in (model.mean_vertices, model.shape_vertices))
    weights = torch.from_numpy(model.bone_weights(chosen))
    normals = avatar.vertex_normals(avatar.vertices)
    tree = KDTree(avatar.vertices)
    optimiser = torch.optim.Adam([shape, turns, place], lr=0.03)
    nearest = np.zeros(len(chosen), np.int64)
    for step in range(JOINT_STEPS + SURFACE_STEPS):
        rest = heads + torch.tensordot(shape, shapes, 1)
        rotations = torch.zeros(len(heads), 3).index_add(0, torch.tensor(bent), turns)
        matrices, joints = (
            value[0] for value in forward_kinematics(model.bone_parents, rest[None], rotations[None], place[None])
        )
        loss = 40.0 * (trust * (joints[own] - targets) ** 2).sum() + 0.002 * (shape**2).sum()
        loss = loss + 0.01 * (turns**2).sum()
        if step >= JOINT_STEPS:
            offsets = joints - torch.einsum("bij,bj->bi", matrices, rest)
            points = template + torch.tensordot(shape, blend, 1)
            moved = torch.einsum("vb,bij,vj->vi", weights, matrices, points) + weights @ offsets
            if (step - JOINT_STEPS) % PAIRS_EVERY == 0:
                nearest = tree.query(moved.detach().numpy())[1]
            away = moved - torch.from_numpy(avatar.vertices[nearest])
            height = (away * torch.from_numpy(normals[nearest])).sum(dim=1)
            outside, distance = torch.relu(height), away.norm(dim=1)
            loss = loss + 400.0 * (outside**2).mean() + 20.0 * (REACH * torch.tanh(distance / REACH) * distance).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    full = np.zeros((len(heads), 3), np.float32)
    full[bent] = turns.detach().numpy()
    return model.vertices(shape.detach().numpy(), 1.0, full, place.detach().numpy()).astype(np.float32)


def avatar_bones(avatar: Avatar) -> npt.NDArray[np.int32]:
    """For every bone of the body model, the avatar's bone that moves it."""
    found = []
    for name in BodyModel.load().bone_names:
        target = next(target for start, target in FOLLOWS if name.startswith(start))
        found.append(avatar.bone(target.replace("SIDE", "Left" if name.endswith(".L") else "Right")))
    return np.array(found, np.int32)
