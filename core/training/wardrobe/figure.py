"""The naked people: Anny's bodies as MakeHuman's base mesh, with the humanoid rig that avatars have."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ...body.export_anny import world_axes
from ...errors import RestageError

Float = npt.NDArray[np.float32]
Int = npt.NDArray[np.int32]

PREFIX = "mixamorig:"
AGES = (18.0, 70.0)
# Base vertices from here on are no skin: eyes, teeth, and the helpers that clothes are bound to.
SKIN_END = 13380
# Bones that are laid along an axis for the T-pose, parents first: the bone, the bone at its end, its direction.
T_POSE = tuple(
    (f"{side}{bone}", f"{side}{end}", direction)
    for side, left in (("Left", 1.0), ("Right", -1.0))
    for bone, end, direction in (
        ("Arm", "ForeArm", (left, 0.0, 0.0)),
        ("ForeArm", "Hand", (left, 0.0, 0.0)),
        ("Hand", "HandMiddle1", (left, 0.0, 0.0)),
        ("UpLeg", "Leg", (0.0, -1.0, 0.0)),
        ("Leg", "Foot", (0.0, -1.0, 0.0)),
    )
)


@dataclass(frozen=True, eq=False)
class Figure:
    """base: (19158, 3) metres, +Y up, facing +Z, arms hanging; weights: (19158, B) skinning; faces, uv, uv_faces: of
    the skin and eyes, into base; heads: (B, 3) joints; bone_parents come before children."""

    base: Float
    weights: Float
    faces: Int
    uv: Float
    uv_faces: Int
    heads: Float
    bone_names: tuple[str, ...]
    bone_parents: tuple[int, ...]

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Figure":
        """An adult of any build. Raises RestageError `anny_missing`."""
        import torch

        figure, skin = _models()
        from anny.shape_distribution import SimpleShapeDistribution  # pyright: ignore[reportMissingImports]

        torch.manual_seed(int(rng.integers(2**31)))
        youngest, oldest = (torch.tensor(age, dtype=figure.dtype) for age in AGES)
        ages = torch.distributions.Uniform(youngest, oldest)
        _, phenotypes = SimpleShapeDistribution(figure, morphological_age_distribution=ages).sample(1)
        # Drawn by itself: people are women or men, seldom in between.
        gender = float(np.clip(rng.choice([0.0, 1.0]) + rng.normal(0, 0.12), 0, 1))
        phenotypes["gender"] = torch.full((1,), gender, dtype=figure.dtype)
        with torch.no_grad():
            made = figure(phenotype_kwargs=phenotypes)
        chosen = skin.base_mesh_vertex_indices.numpy()
        weights = np.zeros((len(figure.vertex_bone_weights), len(figure.bone_labels)), np.float32)
        np.put_along_axis(weights, figure.vertex_bone_indices.numpy(), figure.vertex_bone_weights.numpy(), axis=1)
        return cls(
            base=world_axes(made["rest_vertices"][0].numpy()).astype(np.float32),
            weights=weights,
            faces=chosen[skin.faces.numpy()].astype(np.int32),
            uv=skin.texture_coordinates.numpy().astype(np.float32),
            uv_faces=skin.face_texture_coordinate_indices.numpy().astype(np.int32),
            heads=world_axes(made["rest_bone_heads"][0].numpy()).astype(np.float32),
            bone_names=tuple(str(name).removeprefix(PREFIX) for name in figure.bone_labels),
            bone_parents=tuple(int(parent) for parent in figure.bone_parents),
        )

    def bone(self, name: str) -> int:
        """Index of a bone by its name."""
        return self.bone_names.index(name)

    @property
    def arms(self) -> Float:
        """(19158,) how much each base vertex goes with an arm, 0-1."""
        bones = [bone for bone, name in enumerate(self.bone_names) if "Arm" in name or "Hand" in name]
        return self.weights[:, bones].sum(axis=1)

    def t_pose(self) -> tuple[Float, Float]:
        """How the bones move into the avatars' rest pose: turns (B, 3, 3) and joints (B, 3) there."""
        from scipy.spatial.transform import Rotation

        turns = np.tile(np.eye(3, dtype=np.float32), (len(self.heads), 1, 1))
        wanted = {self.bone(bone): (self.bone(end), np.array(axis)) for bone, end, axis in T_POSE}
        joints = self.heads.copy()
        for bone, parent in enumerate(self.bone_parents):
            if parent >= 0:
                turns[bone] = turns[parent]
                joints[bone] = joints[parent] + turns[parent] @ (self.heads[bone] - self.heads[parent])
            if bone in wanted:
                end, axis = wanted[bone]
                along = turns[bone] @ (self.heads[end] - self.heads[bone])
                along /= np.linalg.norm(along)
                angle, about = np.arccos(np.clip(along @ axis, -1, 1)), np.cross(along, axis)
                vector = about / max(float(np.linalg.norm(about)), 1e-9) * angle
                turns[bone] = Rotation.from_rotvec(vector).as_matrix() @ turns[bone]
        return turns.astype(np.float32), joints.astype(np.float32)


@lru_cache(maxsize=1)
def _models() -> tuple[Any, Any]:
    """The base mesh with the humanoid rig, and the mesh of skin and eyes alone."""
    try:
        import anny  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise RestageError(
            "anny_missing",
            "People are made from the body model Anny, which is not installed. Run `pip install anny==0.6.2` in the"
            " engine's environment.",
        ) from error
    return anny.Anny(rig="mixamo", topology="makehuman-full"), anny.Anny()
