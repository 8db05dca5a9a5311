"""How far a run is, and how long it still takes, as told by its events."""

from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]

# Expected seconds of work that tell how fast this machine is.
TELLING = 5.0
# Part of a stage after which its own speed is believed: the first frame waits for what is loaded.
TRUSTED = 0.1


@dataclass
class Progress:
    """How far a run is. Stages count from 1; `count` is 0 while unknown."""

    stage: str = "Starting"
    index: int = 0
    stages: int = 0
    done: int = 0
    count: int = 0
    # When the stage began, when its counter did and from where it counts, and when it counted last.
    began: float = 0.0
    started: float = 0.0
    first: int = 0
    updated: float = 0.0
    # What counts: a stage may count several things one after the other.
    counted: str = ""
    # Expected seconds (core.expected) of the stages before, of this one and of those after it, where they are told.
    expected: tuple[float, float, float] | None = None
    skipped: bool = False
    # Seconds that earlier stages took, and what was expected of them.
    spent: float = 0.0
    foreseen: float = 0.0
    _most: float = 0.0

    def update(self, event: Event, now: float) -> None:
        """Take in a `stage` or `frame` event; `now` is in seconds of a steady clock."""
        if event["event"] == "stage":
            if self.expected and not self.skipped:
                self.spent, self.foreseen = self.spent + now - self.began, self.foreseen + self.expected[1]
            if int(event["index"]) < self.index:
                self._most = 0.0  # the next person's, or another run's
            self.stage, self.index, self.stages = str(event["stage"]), int(event["index"]), int(event["count"])
            self.done = self.count = self.first = 0
            self.began = self.started = self.updated = now
            self.counted, self.skipped = "", bool(event.get("skipped"))
            told = [event.get(name) for name in ("before", "seconds", "after")]
            self.expected = None if None in told else (float(told[0]), float(told[1]), float(told[2]))
        elif event["event"] == "frame":
            done, counted = int(event["done"]), str(event["stage"])
            if counted != self.counted or done < self.done:
                self.counted = counted
                # A run that goes on counts what it finds done at once.
                self.first, self.started = (0, self.updated) if done == 1 else (done, now)
            self.done, self.count, self.updated = done, int(event["count"]), now

    @property
    def _within(self) -> float:
        """Part of the stage that is done, 0-1, as far as its counter tells."""
        counts = self.count and (self.expected is None or self.counted == self.stage)
        return self.done / self.count if counts else 0.0

    @property
    def _made(self) -> float:
        """Part of the stage that was done since its counter began."""
        return (self.done - self.first) / self.count

    @property
    def fraction(self) -> float:
        """Part of the whole run that is done, 0-1: by what is expected of the stages, else every stage alike."""
        if not self.stages:
            return 0.0
        if self.expected:
            before, seconds, after = self.expected
            part = (before + seconds * self._within) / max(before + seconds + after, 1e-9)
        else:
            part = (self.index - 1 + self._within) / self.stages
        self._most = min(1.0, max(self._most, part))
        return self._most

    def seconds_left(self, now: float) -> float | None:
        """Seconds until the run ends, where it tells what to expect, else until this counter does, at its speed so far;
        None while nothing can be said."""
        counter = None
        if self.first < self.done < self.count:
            counter = (self.updated - self.started) / (self.done - self.first) * (self.count - self.done)
            counter -= now - self.updated
        left = counter if self.expected is None else self._whole_left(counter, now, self.expected)
        return left if left is not None and left > 0 else None

    def _whole_left(self, counter: float | None, now: float, expected: tuple[float, float, float]) -> float:
        _, seconds, after = expected
        spent, foreseen = self.spent, self.foreseen
        trusted = counter is not None and self.counted == self.stage and self._made > TRUSTED
        if trusted:
            spent, foreseen = spent + self.updated - self.started, foreseen + seconds * self._made
        pace = spent / foreseen if foreseen > TELLING else 1.0
        here = counter if trusted and counter is not None else seconds * pace - (now - self.began)
        return max(here, 0.0) + after * pace
