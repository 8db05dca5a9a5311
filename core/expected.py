"""How long stages take, about, for whoever waits: what one takes of the whole holds on other machines too."""

from typing import NamedTuple

# Seconds on two processors for each stage, and for every frame of it (docs/results).
SECONDS: dict[str, tuple[float, float]] = {
    "person": (5.0, 0.2),
    "body": (7.0, 0.13),
    "clothing": (3.0, 0.0),
    "props": (6.0, 0.1),
    "colours": (6.0, 0.0),
    "frames": (1.0, 1.0),
    "character": (28.0, 0.3),
    "textures": (1.0, 0.2),
    "page": (3.0, 0.05),
    "video": (2.0, 0.27),
}


class Expected(NamedTuple):
    """Seconds of the stages before one, of that one, and of those after it."""

    before: float
    seconds: float
    after: float


def expected(route: tuple[str, ...], stage: str, frames: int) -> Expected:
    """What is to be expected of the stages of a job with so many frames."""
    seconds = [SECONDS[name][0] + SECONDS[name][1] * frames for name in route]
    index = route.index(stage)
    return Expected(sum(seconds[:index]), seconds[index], sum(seconds[index + 1 :]))
