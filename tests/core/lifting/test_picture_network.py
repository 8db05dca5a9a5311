"""What the picture network is made of."""

import torch

from core.lifting.picture_network import FINE, FINE_SIDE, KEY, QUERIES, WIDTH, Glance, PictureNet, _grid


def test_a_glance_finds_the_place_that_is_wanted() -> None:
    glance = Glance()
    grid = _grid(FINE_SIDE, torch.device("cpu"))
    cell = 40 * FINE_SIDE + 10
    fine = torch.zeros(1, FINE_SIDE**2, FINE)
    fine[0, cell, 0] = 1.0
    with torch.no_grad():
        for layer in (glance.wanted, glance.known, glance.leave):
            layer.weight.zero_()
            layer.bias.zero_()
        glance.known.weight[0, 0] = KEY
        glance.wanted.bias[0] = KEY**0.5
        _, points = glance(torch.randn(1, 3, WIDTH), fine, grid)
    expected = torch.tensor([(10.5 / FINE_SIDE) - 0.5, (40.5 / FINE_SIDE) - 0.5])
    assert torch.allclose(points.image[0], expected.expand(3, 2), atol=1e-3)


def test_every_stage_speaks_of_every_point_and_the_last_one_counts() -> None:
    network = PictureNet().eval()
    pictures = torch.rand(2, 3, 256, 256)
    with torch.no_grad():
        stages, last = network.stages(pictures), network(pictures)
    assert [tuple(points.depth.shape) for points in stages] == [(2, QUERIES)] * 3
    assert torch.equal(stages[-1].image, last.image)
