"""What the picture network saw is believed as far as it agrees with MediaPipe's landmarks."""

import numpy as np
import torch

from core.body.model import BodyModel
from core.body.seen_points import SeenPoints
from core.lifting.files import ClipPoints
from core.lifting.picture_network import QUERIES
from core.spaces import Crop

SIZE = (600, 800)
CROP = Crop((320.0, 410.0), 500.0)


def standing() -> np.ndarray:
    """(33, 2) landmarks of a person 1.7 m high, 400 pixels in the image."""
    places = BodyModel.load().landmark_mean[:, :2]
    return (places - places.mean(axis=0)) * [235.0, -235.0] + CROP.centre


def seen(*images: np.ndarray) -> SeenPoints:
    """SeenPoints of frames whose landmarks were seen at images (33, 2), and MediaPipe's always at `standing`."""
    count = len(images)
    image = np.zeros((count, QUERIES, 2), np.float32)
    image[:, :33] = (np.stack(images) - CROP.centre) / CROP.side
    errors = np.full((count, QUERIES, 2), 0.02, np.float32)
    points = ClipPoints(np.arange(count, dtype=np.int32), image, np.full((count, QUERIES), 0.1, np.float32), errors)
    landmarks = np.repeat(standing()[None], count, axis=0)
    return SeenPoints.of(points, [CROP] * count, SIZE, landmarks, 400.0)


def test_somebody_taken_for_mirrored_is_not_believed() -> None:
    mirrored = standing() * [-1.0, 1.0] + [2 * CROP.centre[0], 0.0]
    near = standing() + np.random.default_rng(0).normal(0.0, 6.0, (33, 2))
    trust = seen(standing(), near, mirrored).trust
    assert trust[0].min() > 0.999
    assert trust[1].min() > 0.9
    assert trust[2].max() < 0.1


def test_what_is_beyond_the_border_was_not_seen() -> None:
    beyond = standing()
    beyond[27] = [330.0, 803.0]
    trust = seen(beyond).trust[0]
    assert trust[27] == 0
    assert trust[25] > 0.5


def test_everything_is_in_pixels() -> None:
    points = seen(standing())
    assert torch.allclose(points.image[0, :33], torch.from_numpy(standing()).float(), atol=1e-3)
    assert torch.allclose(points.depth, torch.full((1, QUERIES), 50.0))
    assert torch.allclose(points.errors, torch.full((1, QUERIES, 2), 10.0))
