"""Builds PaMIR's networks by the keys under which the checkpoints hold them."""

from typing import Any

from torch import nn

from .body_regressor import SmplParamRegressor
from .geometry_network import PamirNet
from .graph_network import GraphCNN
from .texture_network import TexPamirNetAttention

NETWORKS: dict[str, type[nn.Module]] = {
    "pamir_net": PamirNet,
    "pamir_tex_net": TexPamirNetAttention,
    "graph_cnn": GraphCNN,
    "smpl_param_regressor": SmplParamRegressor,
}


def build(key: str, **kwargs: Any) -> nn.Module:
    """The network whose state dict a checkpoint holds under `key`, with new weights.

    `graph_cnn` takes adjacency (V, V), row-normalised, and template (V, 3); `smpl_param_regressor` may be given
    another number of vertices. Raises KeyError for an unknown key.
    """
    return NETWORKS[key](**kwargs)
