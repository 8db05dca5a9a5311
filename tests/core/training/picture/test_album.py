"""Pictures kept on the device."""

import torch

from core.lifting.picture_network import PICTURE, QUERIES
from core.training.picture.album import Album
from core.training.picture.draws import Draws
from core.training.picture.film import Shots

CPU = torch.device("cpu")


def shots(*shades: float) -> Shots:
    """Pictures of one shade each, whose points all lie at it, too."""
    values = torch.tensor(shades)[:, None, None, None]
    pictures = values.expand(-1, 3, PICTURE, PICTURE)
    return Shots(pictures, torch.ones(len(shades), 1, PICTURE, PICTURE), values[..., 0].expand(-1, QUERIES, 3))


def test_new_pictures_take_the_places_of_the_oldest() -> None:
    album = Album(3, CPU)
    album.add(shots(0.1, 0.2))
    assert len(album) == 2
    album.add(shots(0.5, 0.6))
    drawn = album.draw(Draws.of(60, 0, CPU))
    shades = drawn.pictures[:, 0, 0, 0]
    assert torch.allclose(shades, drawn.points[:, 0, 0], atol=1 / 255)
    assert sorted({round(float(shade), 1) for shade in shades}) == [0.2, 0.5, 0.6]
