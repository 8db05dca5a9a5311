"""One posed avatar before one camera: everything about a sample that is not a picture or a label yet."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..spaces import Camera, CanonicalView, Crop
from .avatar import Avatar
from .binding import BoundBody

Float = npt.NDArray[np.float32]

# The picture that the crop is cut from, pixels.
PICTURE = 1024
STANDING_SHARE, WIDEST_SHARE = 0.8, 0.94
FOCALS, PITCHES, HEIGHTS = (0.8, 2.5), (-12.0, 20.0), (1.55, 1.95)
# Radians: how wrong a fitted joint is, about the view's axis; about the other two axes, which tip a limb towards the
# camera or away from it, it is so many times as wrong. Errors of 40 bodies fitted to single pictures of avatars lie
# between the middle and the last value (limbs 0.2-0.35 tipped, 0.1-0.2 across); whole clips are fitted better.
JOINT_NOISE, TIPPED = (0.015, 0.035, 0.07), 2.5
# Metres: across and along the view.
ACROSS_NOISE, ALONG_NOISE = 0.006, 0.015
# A fit errs along the view; across, the picture holds it, so that only this share of a turn's effect is left.
ACROSS_SHARE = 0.4


@dataclass(frozen=True, eq=False)
class Scene:
    """world: (V, 3) the avatar, metres; canonical: (V, 3); body, noisy: (B, 3) the body model inside it, and as a fit
    might err, canonical; view: the crop; noise: how strong the errors are, radians; height: of the person upright,
    metres."""

    avatar: Avatar
    world: Float
    canonical: Float
    body: Float
    noisy: Float
    view: CanonicalView
    noise: float
    height: float


def make_scene(avatar: Avatar, bound: BoundBody, turns: dict[str, Float], rng: np.random.Generator) -> Scene:
    """Pose an avatar (turns: (3, 3) from the T-pose by bone, of one frame), turn it anyhow, and film it.

    The person's height, the lens, the camera's pitch and the crop are drawn by `rng`.
    """
    rotations = bone_rotations(avatar, turns, _about_y(rng.uniform(0, 2 * np.pi)))
    size = rng.uniform(*HEIGHTS) / avatar.height
    world = avatar.posed(rotations) * size
    transforms = avatar.transforms(rotations)
    middle = (world.min(axis=0) + world.max(axis=0)) / 2
    camera, depth = _camera(middle, avatar.height * size, rng)
    view = CanonicalView(camera, _crop(camera, world, avatar.height * size, depth, rng), depth)
    noise = float(rng.choice(JOINT_NOISE) * rng.uniform(0.3, 1.2))
    wrong = avatar.transforms(disturbed(avatar, rotations, noise, camera.camera_to_world[:3, :3], rng))
    shift = camera.camera_to_world[:3, :3] @ (rng.normal(size=3) * [ACROSS_NOISE, ACROSS_NOISE, ALONG_NOISE])
    body = view.from_world(bound.posed(*transforms) * size)
    noisy = view.from_world(bound.posed(*wrong) * size + shift)
    noisy[:, :2] = body[:, :2] + ACROSS_SHARE * (noisy[:, :2] - body[:, :2])
    return Scene(
        avatar,
        world.astype(np.float32),
        view.from_world(world).astype(np.float32),
        body.astype(np.float32),
        noisy.astype(np.float32),
        view,
        noise,
        float(avatar.height * size),
    )


def bone_rotations(avatar: Avatar, turns: dict[str, Float], heading: Float) -> Float:
    """(B, 3, 3) turns of all bones from the rest pose; a bone without one moves with its parent."""
    rotations = np.empty((len(avatar.bone_names), 3, 3), np.float32)
    for bone, (name, parent) in enumerate(zip(avatar.bone_names, avatar.bone_parents, strict=True)):
        inherited = rotations[parent] if parent >= 0 else heading
        rotations[bone] = heading @ turns[name] if name in turns else inherited
    return rotations


def disturbed(avatar: Avatar, rotations: Float, strength: float, view: Float, rng: np.random.Generator) -> Float:
    """Every bone turned a little more against its parent: errors add up down the chain, as they do in a fit.

    rotations: (B, 3, 3); strength: radians about the view's axis; view: (3, 3) the camera's axes in the world.
    """
    from scipy.spatial.transform import Rotation

    vectors = rng.normal(0, strength, (len(rotations), 3)) * [TIPPED, TIPPED, 1.0]
    extra = Rotation.from_rotvec(vectors @ view.T).as_matrix()
    wrong = np.empty_like(rotations)
    for bone, parent in enumerate(avatar.bone_parents):
        # What it does against its parent, with an error, on top of the parent's errors.
        inherited = wrong[parent] @ rotations[parent].T if parent >= 0 else np.eye(3)
        wrong[bone] = inherited @ extra[bone] @ rotations[bone]
    return wrong.astype(np.float32)


def _camera(middle: Float, height: float, rng: np.random.Generator) -> tuple[Camera, float]:
    focal = PICTURE * rng.uniform(*FOCALS)
    depth = focal * height / (PICTURE * rng.uniform(0.5, 0.7))
    pitch = np.radians(rng.uniform(*PITCHES))
    pose = np.eye(4)
    pose[:3, :3] = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    pose[:3, 3] = middle + pose[:3, 2] * depth
    return Camera(focal, (PICTURE / 2, PICTURE / 2), PICTURE, PICTURE, pose), float(depth)


def _crop(camera: Camera, world: Float, height: float, depth: float, rng: np.random.Generator) -> Crop:
    """As core.person.crop cuts it, with a little of its inaccuracy."""
    pixels = camera.project(world)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    side = max(camera.focal * height / depth / STANDING_SHARE, float((high - low).max()) / WIDEST_SHARE)
    side *= rng.uniform(1.0, 1.08)
    centre = (low + high) / 2 + rng.normal(0, 0.01, 2) * side
    return Crop((float(centre[0]), float(centre[1])), float(side))


def _about_y(angle: float) -> Float:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]], np.float32)
