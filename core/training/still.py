"""A synthetic person filmed whole: the picture that a user would bring, and what the same light shows from all sides.

Samples are crops (sample.py); results are measured, and MediaPipe's errors learnt, on whole pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..render import CameraView, Hits, Layer, MeshCaster, silhouette
from .photo import Light, photograph
from .scene import Scene

Picture = npt.NDArray[np.uint8]
Float = npt.NDArray[np.float32]

# Pixels over which a lens blurs the person's edge, and how dark the floor is near the feet.
EDGE_BLUR, CONTACT_SHADE = 0.7, 0.35
SHAPES = 14


@dataclass(frozen=True, eq=False)
class Still:
    """picture: (H, W, 3) uint8 RGB as the scene's camera takes it; mask: (H, W) float32 0-1, the person; views: one
    (h, w, 3) uint8 RGB, on white, for each of the hits that were asked for, equally lit and exposed."""

    picture: Picture
    mask: Float
    views: tuple[Picture, ...]


def take_still(scene: Scene, rng: np.random.Generator, views: Sequence[Hits] = ()) -> Still:
    """Photograph a scene before a background that `rng` invents, under the light that `rng` draws next.

    With the generator that made the scene this is the light of its training sample (training.sample). views: what
    other views see of the avatar's mesh, in any space: only faces and weights count.
    """
    camera, avatar = scene.view.camera, scene.avatar
    caster = MeshCaster(scene.world, avatar.faces)
    whole = caster.cast(CameraView(camera, camera.width, camera.height))
    hits = [whole, *views]
    seen = [silhouette(one) for one in hits]
    # One photograph of all that is seen, so that there is one exposure.
    pixels = sum(int(part.sum()) for part in seen)
    together = Layer(
        np.ones((1, pixels), bool),
        np.zeros((1, pixels), np.float32),
        np.zeros((1, pixels, 3), np.float32),
        np.concatenate([one.face[part] for one, part in zip(hits, seen, strict=True)])[None],
        np.concatenate([one.barycentric[part] for one, part in zip(hits, seen, strict=True)])[None],
    )
    light, normals = Light.random(rng), avatar.vertex_normals(scene.world)
    lit = photograph(avatar, [together], scene.world, normals, caster, light, rng)[0][0, :, :3]
    pictures, start = [], 0
    for part in seen:
        picture = np.full((*part.shape, 3), 255, np.uint8)
        picture[part] = lit[start : start + int(part.sum())]
        start += int(part.sum())
        pictures.append(picture)
    picture, mask = before(background(camera.height, camera.width, rng), pictures[0], seen[0])
    return Still(picture, mask, tuple(pictures[1:]))


def background(height: int, width: int, rng: np.random.Generator) -> Float:
    """(height, width, 3) float32 0-255: a wall and a floor with soft shadows, furniture-like shapes and grain."""
    import cv2

    horizon = int(height * rng.uniform(0.55, 0.75))
    wall, floor = rng.uniform(60, 220, (2, 1)) + rng.normal(0, 18, (2, 3))
    left, right = rng.uniform(0.8, 1.15, 2)
    slope = np.linspace(1.1, 0.85, height)[:, None, None] * np.linspace(left, right, width)[None, :, None]
    scene = np.where(np.arange(height)[:, None, None] < horizon, wall, floor) * slope
    scene = np.ascontiguousarray(scene, np.float32)
    for _ in range(SHAPES):
        place = rng.uniform(-0.1, 1.0, 2) * [width, horizon]
        size = rng.uniform(0.03, 0.3, 2) * [width, height]
        end = np.minimum(place + size, [np.inf, horizon + 0.05 * height])
        low, high = ((int(x), int(y)) for x, y in (place, end))
        colour = np.clip(wall * rng.uniform(0.5, 1.4) + rng.normal(0, 30, 3), 0, 255)
        cv2.rectangle(scene, low, high, tuple(map(float, colour)), -1, cv2.LINE_AA)
    # What is behind the person is a little out of focus.
    scene = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(1.0, 4.0)))
    coarse = rng.normal(0, 6, (height // 64 + 1, width // 64 + 1)).astype(np.float32)
    scene += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    return np.clip(scene + rng.normal(0, 2.0, scene.shape), 0, 255).astype(np.float32)


def before(behind: Float, person: Picture, seen: npt.NDArray[np.bool_]) -> tuple[Picture, Float]:
    """The person on the background, standing on its own dim shadow; and the soft mask."""
    import cv2

    if seen.any():
        rows, columns = np.nonzero(seen)
        axes = 0.4 * float(np.ptp(columns)) + 1, 0.05 * float(np.ptp(rows)) + 1
        middle = (int(columns.mean()), int(rows.max()))
        shadow = np.zeros(seen.shape, np.float32)
        cv2.ellipse(shadow, middle, (int(axes[0]), int(axes[1])), 0, 0, 360, (1.0,), -1)
        behind = behind * (1 - CONTACT_SHADE * cv2.GaussianBlur(shadow, (0, 0), axes[1] / 2))[..., None]
    mask = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), EDGE_BLUR).astype(np.float32, copy=False)
    # Colours of the person carried over its edge, so that none of the white around it shines in.
    carried = cv2.GaussianBlur(np.where(seen[..., None], person, 0).astype(np.float32), (0, 0), EDGE_BLUR)
    inside = np.where(seen[..., None], person, carried / np.maximum(mask, 1e-3)[..., None])
    picture = mask[..., None] * inside + (1 - mask[..., None]) * behind
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8), mask
