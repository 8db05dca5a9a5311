"""PaMIR's losses (Zheng et al., sections 4.1, 4.4)."""

import torch
from torch import Tensor
from torch.nn import functional

# Weight of the loss that wants the picture's own colours, and what keeps its logarithm finite.
ATTENTION, SMALLEST = 0.005, 1e-4


def occupancy_losses(stages: list[Tensor], inside: Tensor) -> dict[str, Tensor]:
    """`loss`: the sum over all stages of the mean squared error; `last`: the last stage's alone; `error`: share of
    points on the wrong side in the last stage.

    stages: (B, N, 1) each; inside: (B, N, 1) 1 or 0.
    """
    errors = [functional.mse_loss(stage, inside) for stage in stages]
    with torch.no_grad():
        wrong = ((stages[-1] > 0.5) != (inside > 0.5)).float().mean()
    return {"loss": torch.stack(errors).sum(), "last": errors[-1], "error": wrong}


def colour_losses(predicted: Tensor, final: Tensor, attention: Tensor, colours: Tensor) -> dict[str, Tensor]:
    """`loss`: mean absolute errors of the final and of the predicted colours, and a little for attention that is low;
    its three parts `final`, `predicted`, `attention` without their weights.

    predicted, final, colours: (B, N, 3) RGB 0-1; attention: (B, N, 1) 0-1.
    """
    parts = {
        "final": functional.l1_loss(final, colours),
        "predicted": functional.l1_loss(predicted, colours),
        "attention": -torch.log(attention + SMALLEST).mean(),
    }
    return {"loss": parts["final"] + parts["predicted"] + ATTENTION * parts["attention"], **parts}
