"""The user's SMPL body as a fit to one scan moves it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...body.smpl import JOINTS, SHAPES, SmplBody
from .scan import Float, Int

STRIDE = 2
DEGREE = np.pi / 180
# Standard deviations of the joints' angles about the T-pose; hands keep theirs. Joints as in SMPL's paper.
SPREADS = {
    0: 1e4, 1: 35, 2: 35, 3: 12, 4: 40, 5: 40, 6: 12, 7: 15, 8: 15, 9: 12, 10: 5, 11: 5, 12: 15, 13: 10, 14: 10, 15: 15,
    16: 50, 17: 50, 18: 45, 19: 45, 20: 20, 21: 20, 22: 1, 23: 1,
}  # fmt: skip
# Knees bend about +x, the left elbow about -y and the right one about +y: (joint, axis, sign of the wrong way).
HINGES = ((4, 0, -1.0), (5, 0, -1.0), (18, 1, 1.0), (19, 1, -1.0))
LIMIT_SPREAD, SCALE_SPREAD = 0.05, 0.03
# MediaPipe's landmarks that are joints of SMPL, and how far they may be trusted.
JOINT_LANDMARKS = {
    11: (16, 0.6), 12: (17, 0.6), 13: (18, 1.0), 14: (19, 1.0), 15: (20, 1.0), 16: (21, 1.0), 19: (22, 0.2),
    20: (23, 0.2), 23: (1, 0.3), 24: (2, 0.3), 25: (4, 1.0), 26: (5, 1.0), 27: (7, 1.0), 28: (8, 1.0),
}  # fmt: skip
HEAD, LEFT_FOOT, RIGHT_FOOT = (15,), (7, 10), (8, 11)
# Those of the skin: a part of the body (its joints), the direction in which the vertex lies furthest at rest.
SKIN_LANDMARKS = {
    0: (HEAD, (0, 0, 1), 1.0), 7: (HEAD, (1, 0, 0), 0.5), 8: (HEAD, (-1, 0, 0), 0.5),
    29: (LEFT_FOOT, (0, 0, -1), 0.6), 30: (RIGHT_FOOT, (0, 0, -1), 0.6),
    31: (LEFT_FOOT, (0, 0, 1), 0.6), 32: (RIGHT_FOOT, (0, 0, 1), 0.6),
}  # fmt: skip


class SmplFit:
    """The unknowns of SMPL (core.body.smpl): pose, shape, size and place, metres."""

    kind = "smpl"

    def __init__(self, path: Path) -> None:
        """Raises as SmplBody.surface does."""
        self.body = SmplBody.surface(path)
        template, part = self.body.template.numpy(), self.body.weights.argmax(dim=1).numpy()
        self.chosen: Int = np.arange(0, len(template), STRIDE, dtype=np.int32)
        self._skin: dict[int, int] = {}
        self.landmark_trust = torch.zeros(33)
        for landmark, (_, trust) in JOINT_LANDMARKS.items():
            self.landmark_trust[landmark] = trust
        for landmark, (joints, direction, trust) in SKIN_LANDMARKS.items():
            owned = np.flatnonzero(np.isin(part, joints))
            self._skin[landmark] = int(owned[np.argmax(template[owned] @ np.array(direction, np.float32))])
            self.landmark_trust[landmark] = trust
        self._spread = torch.tensor([SPREADS[joint] * DEGREE for joint in range(JOINTS)])[:, None]
        self._first_turn = torch.eye(3)
        self._pose = torch.zeros(JOINTS, 3, requires_grad=True)
        self._betas = torch.zeros(SHAPES, requires_grad=True)
        self._log_scale = torch.zeros((), requires_grad=True)
        self._place = torch.zeros(3, requires_grad=True)

    @property
    def triangles(self) -> Int:
        """(F, 3) of the whole body."""
        return self.body.faces.numpy().astype(np.int32)

    @property
    def rest_landmarks(self) -> Float:
        """(33, 3) metres, of the mean body at rest; 0 for landmarks without trust."""
        with torch.no_grad():
            vertices, joints = self.body.pose(torch.zeros(1, 3 * JOINTS), torch.zeros(1, SHAPES))
            return self._pick(vertices[0], joints[0]).numpy()

    def start(self, orientation: torch.Tensor, hips: torch.Tensor) -> None:
        """Turn the whole body by (3, 3) and put it at (3,) metres."""
        self._first_turn = orientation
        # SMPL's root lies beside its origin, and stays there when it turns.
        root = self.body.regressor[0] @ self.body.template
        self._place.data.copy_(hips - root)

    def unknowns(self) -> list[dict[str, Any]]:
        """What an optimiser changes, by its share of the rate."""
        return [
            {"params": [self._pose, self._betas], "share": 1.0},
            {"params": [self._place, self._log_scale], "share": 0.3},
        ]

    def landmarks(self) -> torch.Tensor:
        """(33, 3) metres; 0 for landmarks without trust."""
        return self._pick(*self._posed())

    def surface(self) -> torch.Tensor:
        """(N, 3) metres, the vertices `chosen`."""
        return self._posed()[0][torch.from_numpy(self.chosen).long()]

    def prior(self) -> torch.Tensor:
        """How unlikely pose, shape and size are."""
        wrong = torch.stack([torch.relu(sign * self._pose[joint, axis]) for joint, axis, sign in HINGES])
        likely = ((self._pose / self._spread) ** 2).sum() + ((wrong / LIMIT_SPREAD) ** 2).sum()
        return 0.5 * likely + (self._betas**2).sum() + (self._log_scale / SCALE_SPREAD) ** 2

    def arrays(self, unit: float) -> dict[str, np.ndarray]:
        """The body by the names that PaMIR's training reads, and its vertices (V, 3); unit: of a metre."""
        with torch.no_grad():
            vertices, _ = self._posed()
            return {
                "betas": self._betas.detach().numpy()[None].copy(),
                "body_pose": self._axis_angles().numpy().reshape(1, -1),
                "global_body_translation": (unit * self._place).numpy(),
                "body_scale": np.array([unit * float(torch.exp(self._log_scale))], np.float32),
                "vertices": (unit * vertices).numpy(),
            }

    def _axis_angles(self) -> torch.Tensor:
        """(24, 3); the root's is its full orientation."""
        import roma

        root = roma.rotmat_to_rotvec(self._first_turn @ roma.rotvec_to_rotmat(self._pose[0]))
        return torch.cat([root[None], self._pose[1:]])

    def _posed(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Vertices (V, 3) and joints (24, 3), metres."""
        vertices, joints = self.body.pose(self._axis_angles().reshape(1, -1), self._betas[None])
        scale = torch.exp(self._log_scale)
        return scale * vertices[0] + self._place, scale * joints[0] + self._place

    def _pick(self, vertices: torch.Tensor, joints: torch.Tensor) -> torch.Tensor:
        zero = vertices.new_zeros(3)
        rows = [
            joints[JOINT_LANDMARKS[n][0]]
            if n in JOINT_LANDMARKS
            else vertices[self._skin[n]]
            if n in self._skin
            else zero
            for n in range(33)
        ]
        return torch.stack(rows)
