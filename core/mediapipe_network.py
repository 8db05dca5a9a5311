"""MediaPipe's networks as torch modules: so they run alike with every version of mediapipe, and can be trained further.

training/mediapipe_graph.py reads a graph and its weights from a model's file.
"""

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class MediaPipeNetwork(nn.Module):
    """(N, 3, S, S) RGB 0-1 -> the values of the graph's tensors by name (`tensors` in its file, .json)."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        graph: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self._steps: list[dict[str, Any]] = graph["steps"]
        self._tensors: dict[str, int] = graph["tensors"]
        self.weights = nn.ParameterList([torch.zeros(shape) for shape in graph["weights"]])
        self.biases = nn.ParameterList([torch.zeros(shape[0]) for shape in graph["weights"]])
        self.slopes = nn.ParameterList([torch.zeros(count) for count in graph.get("slopes", ())])

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        values = {0: pictures}
        for step in self._steps:
            values[step["output"]] = self._run(step, values)
        return {name: values[number] for name, number in self._tensors.items()}

    def _run(self, step: dict[str, Any], values: dict[int, Tensor]) -> Tensor:
        value = values[step["input"]]
        match step["kind"]:
            case "convolution":
                number, (left, right, top, bottom) = step["weight"], step["padding"]
                even = left == right and top == bottom
                value = functional.conv2d(
                    value if even else functional.pad(value, step["padding"]),
                    self.weights[number],
                    self.biases[number],
                    step["stride"],
                    (top, left) if even else 0,
                    groups=step["groups"],
                )
            case "add":
                value = value + values[step["other"]]
            case "resize":
                value = functional.interpolate(value, scale_factor=2.0, mode="bilinear", align_corners=False)
            case "pool":
                value = functional.max_pool2d(value, 2)
            case "flatten":
                value = value.flatten(1)
            case "prelu":
                value = functional.prelu(value, self.slopes[step["slope"]])
            case "widen":
                value = functional.pad(value, (0, 0, 0, 0, 0, step["channels"]))
            case "mean":
                value = value.mean(dim=(2, 3), keepdim=True)
            case "sigmoid":
                value = value.sigmoid()
            case kind:
                raise ValueError(f"A graph holds a step of the unknown kind {kind}")
        return functional.relu6(value) if step["relu6"] else value
