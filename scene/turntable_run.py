"""How far the turntable is that renders in a window, for its panel. Belongs to Blender, not to a scene."""

from dataclasses import dataclass


@dataclass
class Run:
    """Pictures done, of how many; `cancelled` asks it to stop."""

    done: int = 0
    count: int = 0
    cancelled: bool = False

    def update(self, done: int, count: int) -> None:
        self.done, self.count = done, count


current: Run | None = None


def begin() -> None:
    """A turntable has begun."""
    global current
    current = Run()


def end() -> None:
    """It has ended, however."""
    global current
    current = None
