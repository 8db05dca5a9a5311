"""Cameras and points that explain what key pictures show: structure from motion (Hartley and Zisserman 2004).

Two pictures that parallax parts give a first geometry (Nister 2004), further ones are added by what they show of it,
and bundle adjustment makes all agree. Cameras have OpenCV's axes: x right, y down, z forwards.
"""

import numpy as np
import numpy.typing as npt

from .adjustment import Bundle, adjust

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# Pixels: what points tremble by, and from where on a point is wrong; at the end so many times the median error, within
# bounds: edges of near things that cross far ones slide along, slowly, and must go.
TREMBLE, WRONG = 0.3, 1.5
FINAL_TREMBLE, FINAL_WRONG = (1.5, 0.15, 0.3), (5.0, 0.6, 1.5)
FEWEST_POINTS = 24
# What could not be placed is tried again when it shows so many times as much of what is known.
RETRIED = 1.5
# Degrees between two rays to a point: of the first two pictures, as a median, up to where more says more, and of each
# point that is believed.
FIRST_ANGLE, ENOUGH_ANGLE, LEAST_ANGLE = 1.0, 6.0, 0.5
# So many pictures are tried as the first, with others so far on as the second.
FIRST_TRIES, FIRST_STEPS = 8, np.array([1, 2, 3, 5, 8, 13, 21, 34])
# The share of key pictures that must have their place in the end, and of a picture's points that must agree on it.
LEAST_PLACED, LEAST_AGREEING = 0.9, 0.4


class Structure:
    """rotations: (K, 3, 3) and shifts: (K, 3) from the points' axes into each camera; points: (T, 3); NaN where nothing
    is known."""

    def __init__(self, seen: Floats, pixels: float) -> None:
        """seen: (K, T, 2) in focal lengths from the picture's middle, NaN where a picture does not show a point;
        pixels: of a focal length."""
        self.pixels = pixels
        self.rotations = np.full((len(seen), 3, 3), np.nan)
        self.shifts = np.full((len(seen), 3), np.nan)
        self.points = np.full((seen.shape[1], 3), np.nan)
        self._all, self._seen = seen, seen.copy()
        self._tremble, self._wrong = TREMBLE, WRONG
        # Of the key pictures that could not be placed, how much of what was known they showed then.
        self._failed = np.zeros(len(seen))

    @property
    def cameras(self) -> Indices:
        """Pictures whose cameras are known."""
        return np.flatnonzero(np.isfinite(self.shifts[:, 0]))

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(T,) whether a point's place is known."""
        return np.isfinite(self.points[:, 0])

    def build(self) -> bool:
        """Find everything; whether there is enough to go by."""
        if not self._begin():
            return False
        while self._grow():
            pass
        self._refine(25)
        self._triangulate()
        median = float(np.median(self._refine(25)))
        self._tremble, self._wrong = (
            min(max(times * median, least), most) for times, least, most in (FINAL_TREMBLE, FINAL_WRONG)
        )
        for _ in range(2):
            self._refine(25)
        return len(self.cameras) > LEAST_PLACED * len(self.rotations) and int(self.known.sum()) >= FEWEST_POINTS

    def error(self) -> float:
        """The median error of all that pictures show, pixels; what is not explained counts as infinitely wrong."""
        local = np.einsum("kij,tj->kti", self.rotations, self.points) + self.shifts[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            errors = np.linalg.norm(local[..., :2] / local[..., 2:] - self._all, axis=-1) * self.pixels
            errors[~(local[..., 2] > 0)] = np.inf
        return float(np.median(errors[np.isfinite(self._all[..., 0])]))

    def parallax(self) -> float:
        """Degrees between the directions that points are seen from, first and last, as a median over the points."""
        angles_of = []
        for dot in np.flatnonzero(self.known):
            cameras = [camera for camera in self.cameras if np.isfinite(self._seen[camera, dot, 0])]
            rays = self.points[dot] + np.einsum("cji,cj->ci", self.rotations[cameras], self.shifts[cameras])
            angles_of.append(float(angles(rays[:1], rays[-1:])[0]))
        return float(np.median(angles_of))

    @property
    def believed(self) -> Floats:
        """(K, T, 2) what was seen and is explained, NaN elsewhere."""
        explained = self.known & np.isfinite(self.shifts[:, :1])
        return np.where(explained[..., None], self._seen, np.nan)

    def bundle(self) -> tuple[Bundle, Indices, Indices, Floats]:
        """The cameras and points that are known, and what is believed of the pictures: rows of cameras and of points
        (N,), and where they are seen (N, 2)."""
        cameras, dots = self.cameras, np.flatnonzero(self.known)
        seen = self._seen[np.ix_(cameras, dots)]
        rows, columns = np.nonzero(np.isfinite(seen[..., 0]))
        return (
            Bundle(self.rotations[cameras], self.shifts[cameras], self.points[dots]),
            rows,
            columns,
            seen[rows, columns],
        )

    @property
    def tremble(self) -> float:
        """What points tremble by, focal lengths."""
        return self._tremble / self.pixels

    def _begin(self) -> bool:
        """The first two cameras: the pair with the largest parallax among those that share many points."""
        pairs = (
            (first, second)
            for first in range(0, len(self._seen) - 1, max(1, len(self._seen) // FIRST_TRIES))
            for second in first + FIRST_STEPS[len(self._seen) - first > FIRST_STEPS]
        )
        found = [(*pair, *geometry) for pair in pairs if (geometry := self._between(*pair)) is not None]
        if not found:
            return False
        first, second, _, rotation, shift = max(found, key=lambda pair: pair[2])
        self.rotations[first], self.shifts[first] = np.eye(3), np.zeros(3)
        self.rotations[second], self.shifts[second] = rotation, shift
        self._triangulate()
        self._refine(20)
        return int(self.known.sum()) >= FEWEST_POINTS

    def _between(self, first: int, second: int) -> tuple[float, Floats, Floats] | None:
        """How good a beginning two pictures are, and the rotation and shift between them."""
        import cv2

        shared = np.isfinite(self._seen[first, :, 0]) & np.isfinite(self._seen[second, :, 0])
        if shared.sum() < 2 * FEWEST_POINTS:
            return None
        one, two = self._seen[first, shared], self._seen[second, shared]
        essential, _ = cv2.findEssentialMat(one, two, np.eye(3), cv2.RANSAC, 0.999, WRONG / self.pixels)
        if essential is None or essential.shape != (3, 3):
            return None
        _, rotation, shift, mask = cv2.recoverPose(essential, one, two, np.eye(3))
        good = mask[:, 0] > 0
        if good.sum() < FEWEST_POINTS:
            return None
        angle = float(np.median(angles(_rays(one[good]), _rays(two[good]) @ rotation)))
        if angle < FIRST_ANGLE:
            return None
        score = float(good.mean()) ** 2 * min(angle, ENOUGH_ANGLE)
        return score, np.asarray(rotation, np.float64), np.asarray(shift, np.float64)[:, 0]

    def _grow(self) -> bool:
        """Add the key picture that shows most of what is known; False when none is left that shows enough."""
        there = np.isfinite(self._seen[..., 0])
        shown = (there & self.known).sum(axis=1)
        shown[self.cameras] = 0
        shown[shown < RETRIED * self._failed] = 0
        chosen = int(shown.argmax())
        if shown[chosen] < FEWEST_POINTS:
            return False
        self._failed[chosen] = shown[chosen]
        nearest = int(self.cameras[np.abs(self.cameras - chosen).argmin()])
        dots = np.flatnonzero(there[chosen] & self.known)
        start = self.rotations[nearest], self.shifts[nearest]
        found = locate(self.points[dots], self._seen[chosen, dots], *start, self.pixels)
        if found is not None:
            self.rotations[chosen], self.shifts[chosen], _ = found
            self._triangulate()
            self._refine(4)
        return True

    def _triangulate(self) -> None:
        """Give a place to every point that two or more known cameras see (linearly, from all of them)."""
        cameras = self.cameras
        there = np.isfinite(self._seen[cameras][..., 0])
        for dot in np.flatnonzero((there.sum(axis=0) >= 2) & ~self.known):
            chosen = cameras[there[:, dot]]
            matrices = np.concatenate([self.rotations[chosen], self.shifts[chosen][:, :, None]], axis=2)
            places = self._seen[chosen, dot]
            last = np.linalg.svd((places[:, :, None] * matrices[:, 2:] - matrices[:, :2]).reshape(-1, 4))[2][-1]
            point = last[:3] / (last[3] if abs(last[3]) > 1e-12 else 1e-12)
            local = self.rotations[chosen] @ point + self.shifts[chosen]
            errors = np.linalg.norm(local[:, :2] / np.maximum(local[:, 2:], 1e-9) - places, axis=1) * self.pixels
            rays = np.einsum("cji,cj->ci", self.rotations[chosen], local)
            angle = float(angles(rays, rays[:1]).max())
            if (local[:, 2] > 0).all() and errors.max() < WRONG and angle > LEAST_ANGLE:
                self.points[dot] = point

    def _refine(self, steps: int) -> Floats:
        """Bundle adjustment, after which points that do not agree are forgotten; returns the errors (N,), pixels."""
        cameras, dots = self.cameras, np.flatnonzero(self.known)
        bundle, rows, columns, seen = self.bundle()
        bundle = adjust(bundle, rows, columns, seen, self.tremble, steps)
        self.rotations[cameras], self.shifts[cameras], self.points[dots] = (
            bundle.rotations,
            bundle.shifts,
            bundle.points,
        )
        errors = np.linalg.norm(bundle.errors(rows, columns, seen), axis=1) * self.pixels
        wrong = (errors > self._wrong) | (bundle.depths(rows, columns) < 0)
        self._seen[cameras[rows[wrong]], dots[columns[wrong]]] = np.nan
        left = np.isfinite(self._seen[np.ix_(cameras, dots)][..., 0]).sum(axis=0)
        self.points[dots[left < 2]] = np.nan
        return errors


def locate(
    points: Floats, seen: Floats, rotation: Floats, shift: Floats, pixels: float
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]] | None:
    """Rotation and shift of a camera that sees points (N, 3) at (N, 2), begun from another's, and which points agree
    (N,); None where too few do. pixels: of a focal length."""
    import cv2

    if len(points) < FEWEST_POINTS // 2:
        return None
    vector = cv2.Rodrigues(rotation)[0]
    ok, vector, moved, inliers = cv2.solvePnPRansac(
        points, seen, np.eye(3), np.zeros(4), vector, shift[:, None].copy(), True, 100, WRONG / pixels, 0.999,
        flags=cv2.SOLVEPNP_ITERATIVE,
    )  # fmt: skip
    if not ok or inliers is None or len(inliers) < max(FEWEST_POINTS // 2, LEAST_AGREEING * len(points)):
        return None
    good = np.asarray(inliers, np.intp)[:, 0]
    vector, moved = cv2.solvePnPRefineLM(points[good], seen[good], np.eye(3), np.zeros(4), vector, moved)
    agreeing = np.zeros(len(points), bool)
    agreeing[good] = True
    return np.asarray(cv2.Rodrigues(vector)[0], np.float64), np.asarray(moved, np.float64)[:, 0], agreeing


def angles(first: Floats, second: Floats) -> Floats:
    """Degrees between vectors (N, 3)."""
    cosine = (first * second).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _rays(places: Floats) -> Floats:
    return np.concatenate([places, np.ones((len(places), 1))], axis=1)
