"""The networks' building blocks written out in numpy from the description, for comparison. Float64, one picture.

Arrays are (C, ...) without a batch; weights come from a state dict by the description's names.
"""

import itertools
from collections.abc import Mapping

import numpy as np

Array = np.ndarray
Weights = Mapping[str, Array]


def convolve(
    x: Array, weight: Array, bias: Array | None, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Array:
    """Sum over the kernel's places of weight times the shifted, zero-padded input; any number of dimensions."""
    dimensions = x.ndim - 1
    padded = np.pad(x, [(0, 0)] + [(padding, padding)] * dimensions)
    kernel = weight.shape[2:]
    sizes = [(n + 2 * padding - dilation * (k - 1) - 1) // stride + 1 for n, k in zip(x.shape[1:], kernel, strict=True)]
    result = np.zeros((len(weight), *sizes))
    for place in itertools.product(*(range(k) for k in kernel)):
        window = tuple(
            slice(p * dilation, p * dilation + stride * (n - 1) + 1, stride) for p, n in zip(place, sizes, strict=True)
        )
        result += np.tensordot(weight[(slice(None), slice(None), *place)], padded[(slice(None), *window)], axes=1)
    return result if bias is None else result + bias.reshape(-1, *[1] * dimensions)


def conv(x: Array, weights: Weights, name: str, **options: int) -> Array:
    return convolve(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"), **options)


def group_norm(x: Array, weights: Weights, name: str, groups: int) -> Array:
    grouped = x.reshape(groups, -1)
    centred = grouped - grouped.mean(axis=1, keepdims=True)
    normal = (centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)).reshape(x.shape)
    shape = (-1, *[1] * (x.ndim - 1))
    return normal * weights[f"{name}.weight"].reshape(shape) + weights[f"{name}.bias"].reshape(shape)


def batch_norm(x: Array, weights: Weights, name: str) -> Array:
    shape = (-1, *[1] * (x.ndim - 1))
    mean, variance, scale, shift = (
        weights[f"{name}.{part}"].reshape(shape) for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / np.sqrt(variance + 1e-5) * scale + shift


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def leaky(x: Array) -> Array:
    return np.where(x > 0, x, 0.2 * x)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def max_pool(x: Array) -> Array:
    return np.max([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)], axis=0)


def sample(features: Array, places: Array) -> Array:
    """Linear interpolation of (C, ...) at places (N, D) in [-1, 1], first coordinate along the last axis; -1 and 1
    are the outer edges of the first and last cell, and beyond the outermost centres the border's value holds."""
    sizes = features.shape[1:]
    result = 0.0
    index = [
        np.clip(((places[:, d] + 1) * sizes[-1 - d] - 1) / 2, 0, sizes[-1 - d] - 1) for d in range(places.shape[1])
    ]
    for corner in itertools.product((0, 1), repeat=places.shape[1]):
        share, cell = 1.0, []
        for d, step in enumerate(corner):
            low = np.floor(index[d])
            share = share * (index[d] - low if step else 1 - (index[d] - low))
            cell.insert(0, np.minimum(low + step, sizes[-1 - d] - 1).astype(int))
        result = result + share * features[(slice(None), *cell)]
    return result


def double(x: Array) -> Array:
    """Twice as large: every new pixel's centre interpolated between the old centres."""
    height, width = 2 * x.shape[1], 2 * x.shape[2]
    rows, columns = (np.arange(height) + 0.5) / height * 2 - 1, (np.arange(width) + 0.5) / width * 2 - 1
    places = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    return sample(x, places).reshape(len(x), height, width)


def residual(x: Array, weights: Weights, name: str) -> Array:
    y = conv(relu(group_norm(x, weights, f"{name}.bn", 4)), weights, f"{name}.conv1", padding=1)
    y = conv(relu(group_norm(y, weights, f"{name}.bn2", 4)), weights, f"{name}.conv3", padding=1)
    return y + (conv(x, weights, f"{name}.conv4") if f"{name}.conv4.weight" in weights else x)


def three(x: Array, weights: Weights, name: str) -> Array:
    for index in range(3):
        x = residual(x, weights, f"{name}.{index}")
    return x


def hourglass(x: Array, weights: Weights, name: str, depth: int) -> Array:
    up = three(x, weights, f"{name}.up1_")
    low = three(max_pool(x), weights, f"{name}.low1_")
    if depth > 1:
        low = hourglass(low, weights, f"{name}.low2", depth - 1)
    else:
        low = three(low, weights, f"{name}.low2_")
    return up + double(three(low, weights, f"{name}.low3_"))


def image_encoder(image: Array, weights: Weights) -> list[Array]:
    x = relu(group_norm(conv(image, weights, "hg.conv1_", stride=2, padding=3), weights, "hg.bn1", 4))
    x = max_pool(residual(x, weights, "hg.r1"))
    x = residual(residual(x, weights, "hg.r4"), weights, "hg.r5")
    outputs = []
    for stack in range(4):
        h = hourglass(x, weights, f"hg.hourglass.{stack}", 4)
        for block in range(3):
            h = residual(h, weights, f"hg.Residual.{3 * stack + block}")
        h = relu(group_norm(conv(h, weights, f"hg.lin_.{stack}.0"), weights, f"hg.lin_.{stack}.1", 4))
        outputs.append(conv(h, weights, f"hg.tmpOut.{stack}"))
        if stack < 3:
            x = x + conv(h, weights, f"hg.ll_.{stack}") + conv(outputs[-1], weights, f"hg.tmpOut_.{stack}")
    return outputs


def volume_encoder(volume: Array, weights: Weights) -> list[Array]:
    x = volume
    for layer in ("1", "2"):
        x = conv(x, weights, f"ve.conv{layer}", stride=2, padding=4, dilation=2)
        x = relu(group_norm(x, weights, f"ve.bn{layer}", 4))
    results = []
    for block in ("ve.r1", "ve.r2", "ve.r3"):
        y = relu(group_norm(conv(x, weights, f"{block}.conv1", padding=2, dilation=2), weights, f"{block}.bn1", 4))
        x = x + group_norm(conv(y, weights, f"{block}.conv2", padding=1), weights, f"{block}.bn2", 4)
        results.append(x)
    outputs = [conv(results[i], weights, f"ve.conv_out{i + 1}", padding=1) for i in (0, 1)]
    return [*outputs, results[2]]


def decoder(features: Array, weights: Weights) -> Array:
    """(F, N) -> (outputs, N)."""
    matrices = {i: weights[f"mlp.conv{i}.0.weight"][:, :, 0, 0] for i in range(5)}
    hidden = np.zeros((0, features.shape[1]))
    for layer in range(4):
        inputs = np.concatenate([features, hidden])
        hidden = leaky(matrices[layer] @ inputs + weights[f"mlp.conv{layer}.0.bias"][:, None])
    return sigmoid(matrices[4] @ hidden + weights["mlp.conv4.0.bias"][:, None])


def texture_encoder(image: Array, weights: Weights) -> Array:
    wrapped = np.pad(image, [(0, 0), (3, 3), (3, 3)], mode="wrap")
    x = relu(group_norm(conv(wrapped, weights, "cg.conv1"), weights, "cg.bn1", 32))
    for layer in ("2", "3"):
        x = relu(group_norm(conv(x, weights, f"cg.conv{layer}", stride=2, padding=1), weights, f"cg.bn{layer}", 32))
    for block in range(1, 7):
        y = relu(group_norm(conv(x, weights, f"cg.r{block}.conv1", padding=1), weights, f"cg.r{block}.bn1", 32))
        x = x + group_norm(conv(y, weights, f"cg.r{block}.conv2", padding=1), weights, f"cg.r{block}.bn2", 32)
    return x


def resnet(image: Array, weights: Weights) -> Array:
    x = relu(batch_norm(conv(image, weights, "resnet.conv1", stride=2, padding=3), weights, "resnet.bn1"))
    padded = np.pad(x, [(0, 0), (1, 1), (1, 1)], constant_values=-np.inf)
    size = x.shape[1] // 2
    x = np.max([padded[:, i : i + 2 * size : 2, j : j + 2 * size : 2] for i in range(3) for j in range(3)], axis=0)
    for layer, count in enumerate((3, 4, 6, 3), start=1):
        for block in range(count):
            name = f"resnet.layer{layer}.{block}"
            stride = 2 if layer > 1 and block == 0 else 1
            y = relu(batch_norm(conv(x, weights, f"{name}.conv1"), weights, f"{name}.bn1"))
            y = relu(batch_norm(conv(y, weights, f"{name}.conv2", stride=stride, padding=1), weights, f"{name}.bn2"))
            y = batch_norm(conv(y, weights, f"{name}.conv3"), weights, f"{name}.bn3")
            if block == 0:
                x = batch_norm(conv(x, weights, f"{name}.downsample.0", stride=stride), weights, f"{name}.downsample.1")
            x = relu(x + y)
    return x.mean(axis=(1, 2))


def graph_block(x: Array, weights: Weights, name: str, adjacency: Array) -> Array:
    """(C, V) -> (C', V)."""

    def linear(y: Array, part: str) -> Array:
        return weights[f"{name}.{part}.W"] @ y + weights[f"{name}.{part}.b"][:, None]

    y = linear(relu(group_norm(x, weights, f"{name}.pre_norm", len(x) // 8)), "lin1")
    y = relu(group_norm(y, weights, f"{name}.norm1", len(y) // 8))
    y = (adjacency @ (y.T @ weights[f"{name}.conv.weight"]) + weights[f"{name}.conv.bias"]).T
    y = linear(relu(group_norm(y, weights, f"{name}.norm2", len(y) // 8)), "lin2")
    return y + (x if len(x) == len(y) else linear(x, "skip_conv"))


def graph_network(image: Array, weights: Weights, adjacency: Array, template: Array) -> tuple[Array, Array]:
    features = resnet(image, weights)
    x = np.concatenate([template.T, np.repeat(features[:, None], len(template), axis=1)])
    x = weights["gc.0.W"] @ x + weights["gc.0.b"][:, None]
    for index in range(1, 7):
        x = graph_block(x, weights, f"gc.{index}", adjacency)
    shape = graph_block(graph_block(x, weights, "shape.0", adjacency), weights, "shape.1", adjacency)
    shape = relu(group_norm(shape, weights, "shape.2", 4))
    shape = weights["shape.4.W"] @ shape + weights["shape.4.b"][:, None]
    seen = relu(group_norm(x, weights, "camera_fc.0", 32))
    seen = relu(weights["camera_fc.2.W"] @ seen + weights["camera_fc.2.b"][:, None])
    return shape, weights["camera_fc.4.weight"] @ seen[0] + weights["camera_fc.4.bias"]


def regressor(vertices: Array, weights: Weights) -> Array:
    """(V, 6) -> (226,)."""

    def linear(x: Array, name: str) -> Array:
        return weights[f"{name}.weight"] @ x + weights[f"{name}.bias"]

    x = relu(batch_norm(linear(vertices.ravel(), "layers.0.fc_block.0"), weights, "layers.0.fc_block.1"))
    for layer in ("layers.1.fc_block", "layers.2.fc_block"):
        y = relu(batch_norm(linear(x, f"{layer}.0"), weights, f"{layer}.1"))
        x = relu(x + batch_norm(linear(y, f"{layer}.3"), weights, f"{layer}.4"))
    return linear(x, "layers.3")
