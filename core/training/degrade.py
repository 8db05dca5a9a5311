"""Pictures as cameras and estimated masks make them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

BLURRED = 0.6
# Pixels to each side that a blur reaches, unless asked for more.
REACH = 4


def degraded(pictures: Tensor, rng: np.random.Generator, noise: torch.Generator) -> tuple[Tensor, Tensor]:
    """(B, 4, H, W) RGB and mask, 0-1 -> the same with other exposure and colours, blur, noise, and an edge that is off
    by a pixel with something of the background inside it; RGB times mask. Then the gain of the colours, (B, 3, 1, 1).

    rng decides about each picture, noise, of the pictures' device, about its pixels.
    """
    size, (height, width) = len(pictures), pictures.shape[2:]

    def each(values: npt.NDArray[Any]) -> Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(pictures.device).reshape(size, -1, 1, 1)

    def normal(*shape: int) -> Tensor:
        return torch.randn(size, 3, *shape, generator=noise, device=pictures.device)

    colours, mask = pictures[:, :3], pictures[:, 3:]
    gain = each(rng.uniform(0.7, 1.3, (size, 1)) * rng.uniform(0.9, 1.1, (size, 3)))
    patches = functional.interpolate(normal(6, 6), (height, width), mode="bilinear", align_corners=False)
    background = each(rng.uniform(0, 1, (size, 3))) + 0.12 * patches
    values = torch.where(mask > 0, colours * gain + each(rng.uniform(-0.05, 0.05, size)), background)
    spread = np.where(rng.random(size) < BLURRED, rng.uniform(0.3, 1.3, size), 0.1)
    values = blurred(values, each(spread)) + normal(height, width) * each(rng.uniform(0, 0.03, size))
    change = each(rng.integers(-1, 2, size))
    wider, narrower = functional.max_pool2d(mask, 3, 1, 1), -functional.max_pool2d(-mask, 3, 1, 1)
    edge = torch.where(change > 0, wider, torch.where(change < 0, narrower, mask))
    soft = blurred(edge, each(rng.uniform(0.3, 1.5, size)))
    return torch.cat([values.clamp(0, 1) * soft, soft], dim=1), gain


def blurred(pictures: Tensor, spread: Tensor, reach: int = REACH) -> Tensor:
    """(B, C, H, W), each picture blurred by a Gaussian of its own, spread (B, 1, 1, 1) or (B,) pixels."""
    size, channels, height, width = pictures.shape
    steps = torch.arange(-reach, reach + 1, device=pictures.device)
    kernel = torch.exp(-(steps**2) / (2 * spread.reshape(size, 1) ** 2))
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(channels, dim=0)[:, None]
    flat = pictures.reshape(1, size * channels, height, width)
    flat = functional.pad(flat, (reach, reach, reach, reach), mode="reflect")
    flat = functional.conv2d(flat, kernel[:, :, None], groups=size * channels)
    return functional.conv2d(flat, kernel[..., None], groups=size * channels).reshape(pictures.shape)
