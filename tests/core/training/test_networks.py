"""Networks to compare: each starts from the body, and learns only from what it is meant to."""

import pytest
import torch

from core.errors import RestageError
from core.open.network import CENTIMETRE
from core.training.networks import NETWORKS, new_network


@pytest.mark.parametrize("name", list(NETWORKS))
def test_a_new_network_says_what_the_body_says(name: str) -> None:
    torch.manual_seed(0)
    network = new_network(name).eval()
    points, body = torch.rand(2, 50, 3) - 0.5, 0.01 * torch.randn(2, 50, 11)
    with torch.inference_mode():
        # Cut to its middle columns.
        encoded = network.encode(torch.rand(2, 4, 256, 160), torch.rand(2, 12, 128, 80))
        logits = network.decode(encoded, points, body)
    assert logits.numpy() == pytest.approx((-body[..., 0] / CENTIMETRE).clamp(-6, 6).numpy(), abs=0.5)
    assert encoded.details.shape == (2, 9, 256, 160)


@pytest.mark.parametrize(("name", "formed"), [("open", True), ("bare", False), ("plain", False)])
def test_whether_surfaces_form_the_features(name: str, formed: bool) -> None:
    network = new_network(name)
    encoded = network.encode(torch.rand(1, 4, 256, 160), torch.rand(1, 12, 128, 80))
    (encoded.sides.sum() + encoded.details.sum()).backward()
    assert network.sides.weight.grad is not None
    assert (network.stem[0].weight.grad is not None) == formed


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(RestageError) as caught:
        new_network("hourglass")
    assert caught.value.code == "bad_arguments"
