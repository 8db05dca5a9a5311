"""What a true and a predicted surface look like from four sides: outlines, normals and colours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..render import Hits, MeshCaster, View, orbit_view, silhouette

Float = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SIZE = 512
# Degrees around the person: as the input shows it, and on from there.
AZIMUTHS = (0.0, 90.0, 180.0, 270.0)
FRONT, BACK = 0, 2


@dataclass(frozen=True, eq=False)
class Frame:
    """The sphere that the four views frame: centre (3,) and radius, metres."""

    centre: npt.NDArray[np.floating]
    radius: float

    @classmethod
    def around(cls, vertices: Float) -> "Frame":
        """A sphere around the middle of the box of (V, 3) vertices that holds them all."""
        centre = (vertices.min(axis=0) + vertices.max(axis=0)) / 2
        return cls(centre, float(np.linalg.norm(vertices - centre, axis=1).max()))

    def reaching(self, vertices: Float) -> "Frame":
        """The sphere around the same centre that also holds (V, 3) vertices."""
        return Frame(self.centre, max(self.radius, float(np.linalg.norm(vertices - self.centre, axis=1).max())))

    def views(self) -> tuple[View, ...]:
        """The four orthographic views, SIZE square, of what has y up and z towards the camera."""
        return tuple(orbit_view(angle, self.centre, self.radius, SIZE, SIZE) for angle in AZIMUTHS)

    def cast(self, caster: MeshCaster) -> tuple[Hits, ...]:
        """What the four views see of a mesh."""
        return tuple(caster.cast(view) for view in self.views())


def normal_map(hits: Hits, normals: Float) -> Float:
    """(h, w, 3) float32 in [0, 1]: (n + 1) / 2 of what is seen, in the view's axes and facing the viewer, else 0.5.

    normals: (V, 3) smooth, of the mesh.
    """
    result = np.full((*hits.face.shape, 3), 0.5, np.float32)
    turned = hits.interpolate(normals) @ hits.view.camera_to_world[:3, :3].astype(np.float32)
    turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
    # Open meshes show their backs too.
    turned *= np.where(turned[:, 2:] < 0, -1.0, 1.0)
    result[silhouette(hits)] = (turned + 1) / 2
    return result


def normal_error(truth: Float, predicted: Float) -> float:
    """Squared difference of two normal maps, summed over the channels, mean over all pixels (ICON, Xiu et al. 2022,
    section 4, sums this over its four views)."""
    return float(((truth - predicted) ** 2).sum(axis=2).mean())


def overlap(truth: Mask, predicted: Mask) -> float:
    """Intersection over union, 1 where both are empty."""
    union = int((truth | predicted).sum())
    return float((truth & predicted).sum() / union) if union else 1.0


def view_errors(
    truth: tuple[Hits, ...], normals: Float, predicted: tuple[Hits, ...], their_normals: Float
) -> dict[str, Any]:
    """`normal_l2`: the sum over the views of normal_error; `silhouette_iou`: the mean over the views."""
    pairs = list(zip(truth, predicted, strict=True))
    return {
        "normal_l2": sum(normal_error(normal_map(a, normals), normal_map(b, their_normals)) for a, b in pairs),
        "silhouette_iou": float(np.mean([overlap(silhouette(a), silhouette(b)) for a, b in pairs])),
    }


def colour_errors(
    truth: tuple[Picture, ...], predicted: tuple[Picture, ...], shown: tuple[Mask, ...]
) -> dict[str, Any]:
    """PSNR in decibels and SSIM (Wang et al. 2004) of the four views' pictures on white, `front`, `back` and `mean`:
    over the whole picture, and `masked`, over `shown` alone, the union of both silhouettes."""
    rows = [_colour_error(*view) for view in zip(truth, predicted, shown, strict=True)]
    return {
        f"{name}_{place}": value
        for name in rows[0]
        for place, value in (
            ("front", rows[FRONT][name]),
            ("back", rows[BACK][name]),
            ("mean", float(np.mean([row[name] for row in rows]))),
        )
    }


def _colour_error(truth: Picture, predicted: Picture, shown: Mask) -> dict[str, float]:
    from skimage.metrics import structural_similarity

    squared = (truth.astype(np.float64) - predicted) ** 2
    similarity = structural_similarity(truth, predicted, channel_axis=2, data_range=255, full=True)[1].mean(axis=2)
    return {
        "psnr": decibels(float(squared.mean())),
        "psnr_masked": decibels(float(squared[shown].mean())) if shown.any() else decibels(0.0),
        "ssim": float(similarity.mean()),
        "ssim_masked": float(similarity[shown].mean()) if shown.any() else 1.0,
    }


def decibels(squared: float) -> float:
    """PSNR of pictures of bytes, from the mean of their squared differences."""
    # Those that agree to a hundredth of a step are equal.
    return float(10 * np.log10(255**2 / max(squared, 1e-4)))
