"""The body inside a scan: first to its landmarks in space, then under its surface.

In the manner of SMPLify (Bogo et al., ECCV 2016), with landmarks of many views met in space beforehand.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from ...render import MeshCaster, vertex_normals
from ..labels import outer, sample_surface
from .landmarks import Landmarks
from .scan import Float, Int, Scan

LANDMARK_STEPS, SURFACE_STEPS, PAIRS_EVERY = 200, 240, 10
RATE = 0.03
# Of the scan's outer surface: points that skin is compared with, and those of them that look for skin.
SURFACE_POINTS, SEEKING_POINTS, MEASURED_POINTS = 30_000, 5_000, 20_000
NEIGHBOURS = 8
# Cosine between normals of points that may belong together.
AGREEING = 0.3
# Metres. Landmarks; how far skin may come out; depth below the clothes from which on the pull grows no further; the
# same for points of the scan, of which hair and wide clothes are the robust part.
LANDMARK_SPREAD, OUTSIDE_SPREAD, REACH, SEEKING_REACH = 0.02, 0.006, 0.03, 0.01
# When the surface speaks, landmarks are hints; without them a body would shrink away from clothes.
LATER_LANDMARKS = 0.5
OUTSIDE_WEIGHT, BELOW_WEIGHT, SEEKING_WEIGHT = 150.0, 150.0, 1500.0
# Pairs of landmarks whose distance hardly depends on the pose: limbs, hips and shoulders.
LENGTHS = (
    (11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (11, 23), (12, 24), (11, 12),
)  # fmt: skip


class ScanBody(Protocol):
    """A body model with the unknowns of one fit: OpenBody or SmplFit."""

    chosen: Int
    landmark_trust: torch.Tensor

    @property
    def kind(self) -> str: ...

    @property
    def triangles(self) -> Int: ...

    @property
    def rest_landmarks(self) -> Float: ...

    def start(self, orientation: torch.Tensor, hips: torch.Tensor) -> None: ...

    def unknowns(self) -> list[dict[str, Any]]: ...

    def landmarks(self) -> torch.Tensor: ...

    def surface(self) -> torch.Tensor: ...

    def prior(self) -> torch.Tensor: ...

    def arrays(self, unit: float) -> dict[str, np.ndarray]: ...


@dataclass(frozen=True, eq=False)
class FittedBody:
    """arrays: the body by the names of its kind, canonical; distance: mean of the scan's outer surface from the body,
    escaped: share of the body's vertices that come out of the scan by more than half a centimetre; both in metres of a
    person of the model's size."""

    kind: str
    arrays: dict[str, np.ndarray]
    distance: float
    escaped: float


def fit_body(body: ScanBody, scan: Scan, caster: MeshCaster, found: Landmarks, rng: np.random.Generator) -> FittedBody:
    """Fit a body to a scan in the canonical volume, whose caster and landmarks are given."""
    unit = body_unit(body, found)
    points, normals = outer_surface(scan, caster, rng)
    surface = Surface(points / unit, normals)
    targets = torch.from_numpy(found.points / np.float32(unit))
    trust = torch.from_numpy(found.trust) * body.landmark_trust
    body.start(trunk_orientation(targets), (targets[23] + targets[24]) / 2)
    for steps, seen in ((LANDMARK_STEPS, False), (SURFACE_STEPS, True)):
        groups = [{"params": group["params"], "lr": RATE * group["share"]} for group in body.unknowns()]
        optimiser = torch.optim.Adam(groups)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps, eta_min=RATE / 30)
        for step in range(steps):
            miss = torch.linalg.norm(body.landmarks() - targets, dim=1) / LANDMARK_SPREAD
            loss = (LATER_LANDMARKS if seen else 1.0) * (trust * robust(miss)).sum() + body.prior()
            if seen:
                skin = body.surface()
                if step % PAIRS_EVERY == 0:
                    surface.pair(skin.detach().numpy(), body.arrays(1.0)["vertices"], body)
                loss = loss + surface.energy(skin)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    arrays = body.arrays(unit)
    vertices = arrays["vertices"]
    distance = surface_distance(points[:MEASURED_POINTS], vertices, body.triangles) / unit
    heights = surface.heights(vertices[body.chosen] / unit)
    return FittedBody(body.kind, arrays, distance, float((heights > 0.005).mean()))


class Surface:
    """The outer surface of a scan, and which of its points belong to which of the body's. Metres."""

    def __init__(self, points: Float, normals: Float) -> None:
        from scipy.spatial import KDTree

        self._tree = KDTree(points)
        self._points, self._normals = (torch.from_numpy(np.ascontiguousarray(a, np.float32)) for a in (points, normals))
        self._seeking = torch.arange(min(SEEKING_POINTS, len(points)))
        self._below: tuple[torch.Tensor, torch.Tensor] | None = None
        self._above: tuple[torch.Tensor, torch.Tensor] | None = None

    def pair(self, skin: Float, vertices: Float, body: ScanBody) -> None:
        """Find the counterparts anew: skin (N, 3) are the chosen ones of the body's vertices (V, 3)."""
        from scipy.spatial import KDTree

        normals = vertex_normals(vertices, body.triangles)[body.chosen]
        seeking, outwards = self._points[self._seeking].numpy(), self._normals[self._seeking].numpy()
        self._below = _agreeing(self._tree, skin, normals, self._normals.numpy())
        self._above = _agreeing(KDTree(skin), seeking, outwards, normals)

    def energy(self, skin: torch.Tensor) -> torch.Tensor:
        """Skin (N, 3) does not come out of the clothes and lies close below them; where the scan is near, it is the
        skin."""
        if self._below is None or self._above is None:
            raise ValueError("points are paired before they are compared")
        nearest, known = self._below
        away = skin - self._points[nearest]
        height, distance = (away * self._normals[nearest]).sum(dim=1), away.norm(dim=1)
        outside = known * robust(torch.relu(height) / OUTSIDE_SPREAD)
        below = known * robust(distance / REACH, 1.0)
        nearest, known = self._above
        gap = ((self._points[self._seeking] - skin[nearest]) * self._normals[self._seeking]).sum(dim=1)
        seeking = known * fading(gap / SEEKING_REACH)
        return OUTSIDE_WEIGHT * outside.mean() + BELOW_WEIGHT * below.mean() + SEEKING_WEIGHT * seeking.mean()

    def heights(self, skin: Float) -> Float:
        """(N,) metres: how far skin (N, 3) is outside of the nearest point of the surface; negative inside."""
        nearest = self._tree.query(skin)[1]
        return ((skin - self._points[nearest].numpy()) * self._normals[nearest].numpy()).sum(axis=1)


def body_unit(body: ScanBody, found: Landmarks) -> float:
    """Canonical units of one of the body's metres: the median ratio of lengths that the pose leaves alone."""
    own = body.rest_landmarks
    ratios = [
        float(np.linalg.norm(found.points[a] - found.points[b]) / np.linalg.norm(own[a] - own[b])) for a, b in LENGTHS
    ]
    return float(np.median(ratios))


def trunk_orientation(landmarks: torch.Tensor) -> torch.Tensor:
    """(3, 3) how the trunk is turned, from hips and shoulders of landmarks (33, 3)."""
    across = (landmarks[11] - landmarks[12]) + (landmarks[23] - landmarks[24])
    upwards = torch.nn.functional.normalize((landmarks[11] + landmarks[12]) - (landmarks[23] + landmarks[24]), dim=0)
    across = torch.nn.functional.normalize(across - upwards * (across @ upwards), dim=0)
    return torch.stack([across, upwards, torch.linalg.cross(across, upwards)], dim=1)


def outer_surface(scan: Scan, caster: MeshCaster, rng: np.random.Generator) -> tuple[Float, Float]:
    """SURFACE_POINTS points (N, 3) of what is seen from outside, and their unit normals, canonical."""
    points, chosen, weights = sample_surface(scan.vertices, scan.faces, 2 * SURFACE_POINTS, rng)
    normals = np.einsum("nk,nkc->nc", weights, scan.normals[scan.faces[chosen]])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    kept = np.flatnonzero(outer(points, normals, caster, rng))[:SURFACE_POINTS]
    return points[kept], normals[kept].astype(np.float32)


def surface_distance(points: Float, vertices: Float, faces: Int) -> float:
    """Mean distance of points (N, 3) from a mesh, in their unit."""
    import igl

    squared = igl.point_mesh_squared_distance(
        points.astype(np.float64), vertices.astype(np.float64), faces.astype(np.int64)
    )[0]
    return float(np.sqrt(squared).mean())


def robust(ratio: torch.Tensor, cut: float = 3.0) -> torch.Tensor:
    """Squares up to `cut` standard deviations, then grows linearly (Charbonnier)."""
    return 2 * cut**2 * (torch.sqrt(1 + (ratio / cut) ** 2) - 1)


def fading(ratio: torch.Tensor) -> torch.Tensor:
    """Squares at first, and never more than 1: what is far does not pull (Geman and McClure 1987)."""
    return ratio**2 / (1 + ratio**2)


def _agreeing(
    tree: Any, points: npt.NDArray[np.floating], normals: Float, others: Float
) -> tuple[torch.Tensor, torch.Tensor]:
    """(N,) for each point the nearest of the tree's whose normal agrees, and (N,) 1 where there is one, else 0."""
    nearest = tree.query(points, NEIGHBOURS)[1]
    agree = np.einsum("nc,nkc->nk", normals, others[nearest]) > AGREEING
    chosen = nearest[np.arange(len(points)), agree.argmax(axis=1)]
    return torch.from_numpy(chosen), torch.from_numpy(agree.any(axis=1).astype(np.float32))
