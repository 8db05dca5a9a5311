"""The turntable that renders in a window: its steps, and how far it is. Belongs to Blender, not to a scene."""

from collections.abc import Generator
from dataclasses import dataclass


@dataclass
class Run:
    """`steps` renders a picture at every step and yields how many are done, and of how many."""

    steps: Generator[tuple[int, int], None, None]
    done: int = 0
    count: int = 0

    def advance(self) -> None:
        """Render a picture; raises StopIteration after the last, and what the steps raise."""
        self.done, self.count = next(self.steps)


current: Run | None = None


def begin(steps: Generator[tuple[int, int], None, None]) -> Run:
    """A turntable has begun."""
    global current
    current = Run(steps)
    return current


def end() -> None:
    """It has ended, however: what it had made in the file and on the disk so far is removed."""
    global current
    run, current = current, None
    if run is not None:
        run.steps.close()
