"""More people than there are avatars: other proportions, other colours of clothes, folds in the cloth."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .avatar import Avatar
from .binding import BoundBody

Float = npt.NDArray[np.float32]

# Width, height and depth of the rest pose; all but the height's ratio to the others is undone by make_scene.
WIDTHS, DEPTHS = (0.92, 1.08), (0.90, 1.15)
# Spread of the logarithm of a garment's gain in each channel, and the gain's limits.
GAIN_SPREAD, GAINS = 0.35, (0.4, 2.0)
# Skin is as the face is: largest differences of chromaticity, and of brightness (0-1).
SKIN_CHROMATICITY, SKIN_BRIGHTNESS = 0.035, 0.3
# Folds: how high, how long, in metres; how many waves are laid over each other.
FOLD_HEIGHTS, FOLD_LENGTHS, FOLD_WAVES = (0.0, 0.006), (0.04, 0.14), 6
# How often an arm takes the pose of another frame, and its bones, which hang on the chest.
BORROWED, CHEST, ARM = 0.3, "Spine2", ("Shoulder", "Arm", "ForeArm")
# Bones without cloth that could fold.
BARE = ("Head", "Neck", "Hand", "Foot", "Toe", "Eye", "Jaw")


@dataclass(frozen=True)
class Skin:
    """A person's skin: chromaticity (2,) of red and green, and brightness, 0-1."""

    chromaticity: Float
    brightness: float

    @classmethod
    def of(cls, avatar: Avatar) -> "Skin":
        """The median colour of the front of the head below the hair: nose, cheeks and mouth."""
        head, eyes = avatar.heads[avatar.bone("Head")], avatar.height - 0.12
        face = (avatar.vertices[:, 1] > head[1]) & (avatar.vertices[:, 1] < eyes)
        face &= avatar.vertices[:, 2] > np.quantile(avatar.vertices[face, 2], 0.7) if face.any() else face
        colours = vertex_colours(avatar)[face if face.any() else slice(None)]
        chromaticity, brightness = _split(np.median(colours, axis=0)[None])
        return cls(chromaticity[0], float(brightness[0]))

    def covers(self, colours: Float) -> npt.NDArray[np.bool_]:
        """(..., 3) colours 0-1 -> (...,) whether they are like this skin."""
        chromaticity, brightness = _split(colours)
        near = np.abs(chromaticity - self.chromaticity).max(axis=-1) < SKIN_CHROMATICITY
        return near & (np.abs(brightness - self.brightness) < SKIN_BRIGHTNESS)


def vary(avatar: Avatar, bound: BoundBody, rng: np.random.Generator) -> tuple[Avatar, BoundBody]:
    """Another person in other clothes, and the body inside them."""
    skin = Skin.of(avatar)
    cloth = ~skin.covers(vertex_colours(avatar))
    stretch = np.array([rng.uniform(*WIDTHS), 1.0, rng.uniform(*DEPTHS)], np.float32)
    folded = avatar.vertices + (_folds(avatar, rng) * cloth)[:, None] * avatar.vertex_normals(avatar.vertices)
    varied = replace(
        avatar,
        vertices=(folded * stretch).astype(np.float32),
        heads=avatar.heads * stretch,
        textures=tuple(_recoloured(texture, skin, rng) for texture in avatar.textures),
    )
    return varied, replace(bound, rest=bound.rest * stretch)


def mixed(turns: dict[str, Float], other: dict[str, Float], rng: np.random.Generator) -> dict[str, Float]:
    """Turns (3, 3) by bone of one frame, an arm now and then as it is to the chest in another frame."""
    changed = dict(turns)
    for side in ("Left", "Right"):
        if rng.random() < BORROWED:
            for name in (f"{side}{bone}" for bone in ARM):
                changed[name] = turns[CHEST] @ other[CHEST].T @ other[name]
    return changed


def vertex_colours(avatar: Avatar) -> Float:
    """(V, 3) unlit colours 0-1 of the texture at every vertex."""
    colours = np.zeros((len(avatar.vertices), 3), np.float32)
    for index, texture in enumerate(avatar.textures):
        used = np.unique(avatar.faces[avatar.face_texture == index])
        size = np.array([texture.shape[1], texture.shape[0]])
        place = np.clip(((avatar.uv[used] % 1.0) * size).astype(int), 0, size - 1)
        colours[used] = texture[place[:, 1], place[:, 0]] / np.float32(255)
    return colours


def _recoloured(texture: npt.NDArray[np.uint8], skin: Skin, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Everything but skin in another colour."""
    import cv2

    gain = np.clip(np.exp(rng.normal(0, GAIN_SPREAD) + rng.normal(0, 0.6 * GAIN_SPREAD, 3)), *GAINS)
    small = cv2.resize(texture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    bare = skin.covers(small.astype(np.float32) / 255).astype(np.float32)
    share = cv2.resize(cv2.GaussianBlur(bare, (0, 0), 1.0), texture.shape[1::-1])[..., None]
    return np.clip(texture * (share + (1 - share) * gain.astype(np.float32)), 0, 255).astype(np.uint8)


def _folds(avatar: Avatar, rng: np.random.Generator) -> Float:
    """(V,) metres that cloth stands out in the rest pose: waves of random lengths and directions, bent by each other,
    with round valleys and sharper ridges, as cloth hangs; 0 at head, hands and feet."""
    points = avatar.vertices
    height = np.zeros(len(points), np.float32)
    bend = np.zeros((len(points), 1), np.float32)
    for _ in range(FOLD_WAVES):
        direction = rng.normal(size=3) * [1.0, 0.5, 1.0]
        direction /= np.linalg.norm(direction)
        phase = points @ (direction * 2 * np.pi / rng.uniform(*FOLD_LENGTHS)) + rng.uniform(0, 2 * np.pi) + bend[:, 0]
        height += 1.0 - 2.0 * np.abs(np.sin(phase / 2)) ** 1.5
        bend = (2.0 * np.sin(phase))[:, None].astype(np.float32)
    bones = [any(part in name for part in BARE) for name in avatar.bone_names]
    bare = (avatar.weights * np.array(bones)[avatar.weight_bones]).sum(axis=1)
    amplitude = rng.uniform(*FOLD_HEIGHTS) / np.sqrt(FOLD_WAVES)
    return (amplitude * height * (1.0 - bare)).astype(np.float32)


def _split(colours: Float) -> tuple[Float, Float]:
    """Chromaticity (..., 2) and brightness (...,)."""
    total = colours.sum(axis=-1, keepdims=True)
    return colours[..., :2] / np.maximum(total, 1e-3), total[..., 0] / 3
