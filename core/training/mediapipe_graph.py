"""Reads the graphs and the weights of MediaPipe's networks.

    python -m core.training.mediapipe_graph body OUTPUT

writes core/lifting/backbone.json, and OUTPUT/looker.safetensors: MediaPipe's weights of BlazePose (Bazarevsky et al.,
"BlazePose: On-device Real-time Body Pose Tracking", 2020) without the branch for masks, and random ones after them, to
begin training with.

    python -m core.training.mediapipe_graph hands MODULES

writes core/hands/hand_landmarks.json and core/weights/hands.safetensors from the folder `mediapipe/modules` of the
wheel 0.10.21.

    python -m core.training.mediapipe_graph face MODULES

does the same for core/face/face_landmarks.json and core/weights/face.safetensors.

Needs the package `tflite`, which describes the format of the models' files; nothing else of Restage does.
"""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..face.network import GRAPH as FACE
from ..face.network import WEIGHTS as FACE_WEIGHTS
from ..hands.network import GRAPH as HANDS
from ..hands.network import WEIGHTS as HAND_WEIGHTS
from ..lifting.picture_network import BACKBONE
from ..person.bundle import BUNDLE_PATH

Array = npt.NDArray[Any]

PART = "pose_landmarks_detector.tflite"
# Tensors of the models' graphs that are used, by their numbers.
BODY_TENSORS = {"coarse": 251, "pyramid": 275, "fine": 279, "deep": 300, "image": 337, "world": 339}
HAND_TENSORS = {"image": 165, "presence": 164, "right": 162, "world": 166}
FACE_TENSORS = {"landmarks": 213, "presence": 210}
TYPES = {0: np.float32, 1: np.float16, 2: np.int32}
RELU6 = 3
KINDS = {
    "RESIZE_BILINEAR": "resize", "MAX_POOL_2D": "pool", "RESHAPE": "flatten", "MEAN": "mean", "LOGISTIC": "sigmoid",
}  # fmt: skip


def read_graph(model: bytes, tensors: dict[str, int]) -> tuple[dict[str, Any], dict[str, Array]]:
    """What a graph's file holds, with what `tensors` need, and the weights by their names in MediaPipeNetwork."""
    import tflite  # pyright: ignore[reportMissingImports]

    flat = tflite.Model.GetRootAsModel(model, 0)
    graph = flat.Subgraphs(0)
    kinds = {value: name for name, value in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}

    def tensor(number: int) -> Array:
        found = graph.Tensors(number)
        content = flat.Buffers(found.Buffer()).DataAsNumpy()
        return np.frombuffer(content.tobytes(), TYPES[found.Type()]).reshape(found.ShapeAsNumpy())

    constants: dict[int, Array] = {}
    padded: dict[int, tuple[int, list[int]]] = {}
    steps: list[dict[str, Any]] = []
    weights: list[tuple[Array, Array]] = []
    slopes: list[Array] = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = flat.OperatorCodes(operator.OpcodeIndex())
        kind = kinds[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        inputs, output = operator.InputsAsNumpy().tolist(), int(operator.OutputsAsNumpy()[0])
        content = operator.BuiltinOptions()
        step: dict[str, Any] = {"kind": kind, "input": inputs[0], "output": output, "relu6": False}
        if kind == "DEQUANTIZE":
            constants[output] = tensor(inputs[0]).astype(np.float32)
            continue
        if kind == "PAD":
            around = tensor(inputs[1])
            if around[3].any():
                steps.append(step | {"kind": "widen", "channels": int(around[3, 1])})
            else:
                padded[output] = (inputs[0], [*around[2].tolist(), *around[1].tolist()])
            continue
        if kind in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            deep = kind == "CONV_2D"
            options = tflite.Conv2DOptions() if deep else tflite.DepthwiseConv2DOptions()
            options.Init(content.Bytes, content.Pos)
            weight = constants[inputs[1]].transpose((0, 3, 1, 2) if deep else (3, 0, 1, 2))
            source, padding = padded.get(inputs[0], (inputs[0], None))
            if padding is None:
                padding = _same(int(graph.Tensors(source).ShapeAsNumpy()[1]), weight.shape[2], int(options.StrideH()))
                padding = padding if options.Padding() == tflite.Padding.SAME else [0, 0, 0, 0]
            step |= {
                "kind": "convolution", "input": source, "weight": len(weights), "stride": int(options.StrideH()),
                "padding": padding, "groups": 1 if deep else len(weight),
                "relu6": options.FusedActivationFunction() == RELU6,
            }  # fmt: skip
            weights.append((weight, constants[inputs[2]]))
        elif kind == "FULLY_CONNECTED":
            weight = constants[inputs[1]][:, :, None, None]
            step |= {
                "kind": "convolution", "weight": len(weights), "stride": 1, "padding": [0, 0, 0, 0], "groups": 1,
            }  # fmt: skip
            weights.append((weight, constants[inputs[2]]))
        elif kind == "PRELU":
            step |= {"kind": "prelu", "slope": len(slopes)}
            slopes.append(constants[inputs[1]].ravel())
        elif kind == "ADD":
            options = tflite.AddOptions()
            options.Init(content.Bytes, content.Pos)
            step |= {"kind": "add", "other": inputs[1], "relu6": options.FusedActivationFunction() == RELU6}
        else:
            step["kind"] = KINDS.get(kind, kind)
        steps.append(step)
    return _needed(steps, weights, slopes, tensors)


def _same(size: int, kernel: int, stride: int) -> list[int]:
    """Padding left, right, top and bottom that TensorFlow calls SAME."""
    whole = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return [whole // 2, whole - whole // 2] * 2


def _needed(
    steps: list[dict[str, Any]], weights: list[tuple[Array, Array]], slopes: list[Array], tensors: dict[str, int]
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Only what the used tensors depend on."""
    wanted, kept = set(tensors.values()), []
    for step in reversed(steps):
        if step["output"] in wanted:
            wanted |= {step["input"], step.get("other", 0)}
            kept.insert(0, step)
    arrays: dict[str, Array] = {}
    shapes, counts = [], []
    for step in kept:
        if step["kind"] == "prelu":
            slope = slopes[step["slope"]]
            step["slope"] = len(counts)
            arrays[f"slopes.{len(counts)}"] = slope.copy()
            counts.append(len(slope))
        if step["kind"] == "convolution":
            weight, bias = weights[step["weight"]]
            step["weight"] = len(shapes)
            arrays |= {f"weights.{len(shapes)}": weight.copy(), f"biases.{len(shapes)}": bias.copy()}
            shapes.append(list(weight.shape))
    graph = {"tensors": tensors, "weights": shapes, "steps": kept}
    return graph | ({"slopes": counts} if counts else {}), arrays


def read_body(folder: Path) -> None:
    """Write the graph that PictureNet is built by, and weights to begin with, to a folder."""
    import torch

    from ..lifting import LOOKER
    from ..weights_file import write_weights

    with zipfile.ZipFile(BUNDLE_PATH) as bundle:
        graph, arrays = read_graph(bundle.read(PART), BODY_TENSORS)
    folder.mkdir(parents=True, exist_ok=True)
    BACKBONE.write_text(json.dumps(graph) + "\n", encoding="utf-8")
    # Only now, since the network is built by the graph's file.
    from ..lifting.picture_network import PictureNet

    torch.manual_seed(0)
    network = PictureNet()
    network.backbone.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    write_weights(network, folder / LOOKER.name)


def read_hands(modules: Path) -> None:
    """Write the graph and the weights of the hands' network."""
    model = (modules / "hand_landmark" / "hand_landmark_full.tflite").read_bytes()
    _write_network(model, HAND_TENSORS, HANDS, HAND_WEIGHTS)


def read_face(modules: Path) -> None:
    """Write the graph and the weights of the face's network."""
    model = (modules / "face_landmark" / "face_landmark.tflite").read_bytes()
    _write_network(model, FACE_TENSORS, FACE, FACE_WEIGHTS)


def _write_network(model: bytes, tensors: dict[str, int], path: Path, weights: Path) -> None:
    import torch

    from ..mediapipe_network import MediaPipeNetwork
    from ..weights_file import write_weights

    graph, arrays = read_graph(model, tensors)
    path.write_text(json.dumps(graph) + "\n", encoding="utf-8")
    network = MediaPipeNetwork(path)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in arrays.items()})
    write_weights(network, weights)


if __name__ == "__main__":
    {"body": read_body, "hands": read_hands, "face": read_face}[sys.argv[1]](Path(sys.argv[2]))
