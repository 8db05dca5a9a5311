"""Dresses a naked figure at random."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import RestageError
from . import fabric
from .figure import SKIN_END, Figure
from .garment import Garment
from .piece import Piece, components
from .skirt import skirt

Float = npt.NDArray[np.float32]

# Metres: the sheets of hair, how far clothes stand off at most, and how long the waves of that are.
HAIR_THICKNESS, LOOSE, LOOSE_LENGTHS = 0.014, 0.03, (0.15, 0.6)
# How often somebody wears a skirt, trousers that come out below it, a hat; metres that clothes are tucked in.
SKIRTS, TROUSERS, HATS, TUCKED = 0.4, 0.3, 0.1, 0.05
# How much longer hair becomes at most below the ears, and wider than it is made.
LONGER_HAIR, WIDER_HAIR = 1.0, 0.12
# Parts of a garment smaller than this share of its triangles are of one fabric: buttons, buckles.
TRIMMINGS = 0.04
# Bones around which clothes are never loose.
TIGHT = ("Hand", "Foot", "Toe", "Head", "Neck")


@dataclass(frozen=True)
class Wardrobe:
    """Everything to choose from."""

    suits: tuple[Garment, ...]
    shoes: tuple[Garment, ...]
    hats: tuple[Garment, ...]
    hair: tuple[Garment, ...]

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls, folder: Path) -> "Wardrobe":
        """Every `.mhclo` below a folder, sorted; raises RestageError `wardrobe_empty`, `garment_unreadable`."""
        kinds: dict[str, list[Garment]] = {"suit": [], "shoes": [], "fedora": [], "hair": []}
        for path in sorted(folder.glob("**/*.mhclo")):
            name = "hair" if "hair" in path.relative_to(folder).parts else path.stem
            kind = next((kind for kind in ("shoes", "fedora", "hair") if name.startswith(kind)), "suit")
            kinds[kind].append(Garment.load(path))
        if not (kinds["suit"] and kinds["shoes"] and kinds["hair"]):
            raise RestageError(
                "wardrobe_empty",
                f"{folder} does not hold clothes, shoes and hair of MakeHuman (.mhclo). Give the folder that"
                " docs/dataset.md describes.",
            )
        return cls(*(tuple(kinds[kind]) for kind in ("suit", "shoes", "fedora", "hair")))


def dressed(figure: Figure, wardrobe: Wardrobe, rng: np.random.Generator) -> tuple[str, list[Piece]]:
    """What somebody wears, as a name and as pieces in the hanging pose, the skin that is left among them."""
    suit, shoes, hair = (_any(group, rng) for group in (wardrobe.suits, wardrobe.shoes, wardrobe.hair))
    hidden = np.zeros(len(figure.base), bool)
    hidden[np.concatenate([suit.hidden, shoes.hidden])] = True
    clothes = _loosened(figure, _clothes(figure, suit, rng), rng)
    pieces = [_worn(figure, shoes, (fabric.leather(rng),))]
    name = "-".join(garment.name.replace("_", "") for garment in (suit, shoes, hair))
    if rng.random() < SKIRTS:
        hanging = skirt(figure, rng)
        waist, hem = float(hanging.vertices[:, 1].max()), float(hanging.vertices[:, 1].min())
        pieces.append(hanging)
        name += "-skirt"
        # What is under a skirt would come out of it where the legs bend; legs or trousers are seen below its hem.
        end = hem + TUCKED if rng.random() < TROUSERS else -np.inf
        height = clothes.vertices[:, 1]
        clothes = _cut(clothes, (height > waist - TUCKED) | (height < end))
        level = figure.base[:, 1]
        bare = (level < hem + TUCKED) & (level > end)
        bare[shoes.hidden] = False
        hidden = (hidden & ~bare) | ((level > hem + TUCKED) & (level < waist - TUCKED) & (figure.arms < 0.5))
    pieces.append(clothes)
    if wardrobe.hats and rng.random() < HATS:
        pieces.append(_worn(figure, _any(wardrobe.hats, rng), (fabric.cloth(rng),)))
        name += "-hat"
    pieces.append(_hair(figure, hair, rng))
    return name, [_skin(figure, hidden, rng), *pieces]


def _any(group: tuple[Garment, ...], rng: np.random.Generator) -> Garment:
    return group[int(rng.integers(len(group)))]


def _worn(figure: Figure, garment: Garment, textures: tuple[npt.NDArray[np.uint8], ...]) -> Piece:
    """A garment on a figure, all of one fabric."""
    return Piece(
        garment.fitted(figure.base).astype(np.float32),
        garment.weights(figure.weights),
        garment.triangles,
        garment.uv,
        garment.uv_triangles,
        np.zeros(len(garment.triangles), np.int32),
        textures,
    )


def _clothes(figure: Figure, suit: Garment, rng: np.random.Generator) -> Piece:
    """A suit whose parts, shirt, trousers, belt, are each of a cloth of their own."""
    parts = components(suit.triangles, len(suit.bound))
    large = int((np.bincount(parts) > TRIMMINGS * len(parts)).sum())
    textures = tuple(fabric.cloth(rng) for _ in range(large + 1))
    return replace(_worn(figure, suit, textures), fabric=np.minimum(parts, large))


def _loosened(figure: Figure, piece: Piece, rng: np.random.Generator) -> Piece:
    """Wider than it was made, here more and there less; at wrists, ankles and the neck as it was."""
    tight = [any(part in name for part in TIGHT) for name in figure.bone_names]
    loose = rng.uniform(0, LOOSE) * (1 - piece.weights[:, tight].sum(axis=1))
    waves = np.zeros(len(piece.vertices))
    for _ in range(3):
        direction = rng.normal(size=3)
        direction *= 2 * np.pi / (np.linalg.norm(direction) * rng.uniform(*LOOSE_LENGTHS))
        waves += np.sin(piece.vertices @ direction + rng.uniform(0, 2 * np.pi))
    share = np.clip(0.5 + waves / 4, 0, 1)
    return piece.moved((loose * share)[:, None] * piece.normals())


def _hair(figure: Figure, garment: Garment, rng: np.random.Generator) -> Piece:
    """Hair of random fullness, long hair of random length, closed around each sheet."""
    piece = _worn(figure, garment, (fabric.hair(rng),))
    head = figure.heads[figure.bone("Head")]
    middle = head + np.array([0.0, 0.10, 0.02], np.float32)
    wider = 1 + rng.uniform(0, WIDER_HAIR) * np.clip((piece.vertices[:, 1:2] - head[1]) / 0.1, 0, 1)
    vertices = middle + (piece.vertices - middle) * wider
    below = np.clip(head[1] - vertices[:, 1], 0, None)
    vertices[:, 1] -= rng.uniform(0, LONGER_HAIR) * below
    return replace(piece, vertices=vertices.astype(np.float32)).thickened(HAIR_THICKNESS)


def _cut(piece: Piece, kept: npt.NDArray[np.bool_]) -> Piece:
    """A piece without the triangles of which a vertex is not kept."""
    left = kept[piece.triangles].all(axis=1)
    return replace(
        piece, triangles=piece.triangles[left], uv_triangles=piece.uv_triangles[left], fabric=piece.fabric[left]
    )


def _skin(figure: Figure, hidden: npt.NDArray[np.bool_], rng: np.random.Generator) -> Piece:
    """The body where no garment hides it, and its eyes."""
    shown = ~hidden[figure.faces].all(axis=1)
    faces = figure.faces[shown]
    return Piece(
        figure.base,
        figure.weights,
        faces,
        figure.uv,
        figure.uv_faces[shown],
        (faces >= SKIN_END).all(axis=1).astype(np.int32),
        (fabric.skin(rng), fabric.eyes()),
    )
