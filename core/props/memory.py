"""What the clip remembers of the person without its things: these are found by it, and stain it until they are."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..render.hits import Hits
from ..texture.body_colours import Glimpse, remember
from .find import find_thing
from .palette import FEW, Palette
from .thing import Thing, joined

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# How often is looked again with what the frames show without the things found so far.
ROUNDS, ROUNDS_OF_FEW = 3, 5


@dataclass(frozen=True)
class Look:
    """What a frame shows: picture (SIZE, SIZE, 3) uint8 RGB, its crop; mask (SIZE, SIZE), where it shows the person;
    hits, the dressed body in the crop; glimpse, the colours that it gives the body's vertices; places (V, 2) int32,
    column and row of the crop where each of them is."""

    picture: npt.NDArray[np.uint8]
    mask: Mask
    hits: Hits
    glimpse: Glimpse
    places: npt.NDArray[np.int32]

    def without(self, thing: Thing | None) -> Glimpse:
        """What it shows of the person that is not behind the thing."""
        if thing is None:
            return self.glimpse
        hidden = thing.seen[self.places[:, 1], self.places[:, 0]]
        return replace(self.glimpse, weight=np.where(hidden, np.float32(0), self.glimpse.weight))


@dataclass(frozen=True)
class Memory:
    """colours (V, 4) float32: 0-255 of the body's vertices, and whether the clip knows them, 0 or 1; skin (3,): the
    colour of the hands, where it knows that."""

    colours: Float
    skin: Float | None

    @classmethod
    def of(cls, glimpses: list[Glimpse], clean: bool = True) -> "Memory":
        """What several frames show; clean: as remember takes it."""
        colours, seen, mirrored, _ = remember(glimpses, clean)
        known = seen | mirrored
        hands = known & BodyModel.load().of_parts("hand")
        skin = np.median(colours[hands], axis=0) if hands.any() else None
        return cls(np.concatenate([colours, known[:, None]], axis=1).astype(np.float32), skin)


def known_things(looks: list[Look]) -> tuple[Memory, Palette]:
    """What the clip remembers of the person without its things, and what these look like.

    A ball that is often before the same leg is remembered as the leg's colour, and is no surprise there, until the
    frames in which it is one have no say about that leg. What is certain in some frames at first says which colours
    things have in the others; where frames are FEW, what is certain in every round.
    """
    things: list[Thing | None] = [None] * len(looks)
    palette: Palette | None = None
    for _ in range(ROUNDS if len(looks) > FEW else ROUNDS_OF_FEW):
        memory = Memory.of(_without(looks, things), clean=False)
        found = [find_thing(look.picture, look.mask, look.hits, memory.colours, memory.skin, palette) for look in looks]
        before, things = things, [joined(thing, other) for thing, other in zip(things, found, strict=True)]
        pictures = [look.picture for look in looks]
        if palette is None or len(looks) <= FEW:
            palette = Palette.of(pictures, things)
        palette = palette.measured(pictures, found)
        if _size(things) == _size(before):
            break
    return Memory.of(_without(looks, things)), palette or Palette.of([], [])


def _without(looks: list[Look], things: list[Thing | None]) -> list[Glimpse]:
    return [look.without(thing) for look, thing in zip(looks, things, strict=True)]


def _size(things: list[Thing | None]) -> int:
    return sum(int(thing.seen.sum()) for thing in things if thing is not None)
