"""Loads PaMIR's checkpoints: tensors only, strictly by key."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RestageError

if TYPE_CHECKING:
    from torch import nn

# What a checkpoint is, by the key that only it has.
KINDS = {"pamir_net": "geometry", "pamir_tex_net": "texture", "graph_cnn": "GraphCMR"}
WEB_PAGE = b"<"
ADVICE = "Take it from PaMIR's results.zip again"


def load_network(key: str, path: Path, **kwargs: Any) -> "nn.Module":
    """The network of `build(key, **kwargs)` with the weights of a checkpoint, in evaluation mode, on the processor.

    Raises RestageError `weights_unreadable` when the file is damaged or no checkpoint, `weights_wrong` when it is
    another network's or its keys and shapes are not exactly the network's.
    """
    from .networks import build

    content = read_checkpoint(path)
    state = content.get(key)
    if not isinstance(state, dict):
        is_other = kind_of(content)
        reason = f"it is the {is_other} checkpoint" if is_other else "it holds no such network"
        raise RestageError(
            "weights_wrong", f"{path} has no weights '{key}': {reason}. Give the {KINDS.get(key, key)} one."
        )
    network = build(key, **kwargs)
    problem = difference(
        {name: tuple(value.shape) for name, value in network.state_dict().items()},
        {name: tuple(getattr(value, "shape", ())) for name, value in state.items()},
    )
    if problem:
        raise RestageError("weights_wrong", f"The weights '{key}' in {path} are not PaMIR's: {problem}. {ADVICE}.")
    network.load_state_dict(state, strict=True)
    return network.eval()


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The dictionary of a checkpoint file; its tensors are read from disk when they are used.

    Raises RestageError `weights_unreadable`.
    """
    import torch

    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start[:1] == WEB_PAGE:
            raise ValueError("it is a web page, as a download that asks for a password leaves it")
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=start == b"PK\x03\x04")
        if not isinstance(content, dict):
            raise TypeError("it holds no dictionary")
    except Exception as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise RestageError(
            "weights_unreadable", f"{path} is damaged or no PyTorch checkpoint ({first}). {ADVICE}."
        ) from error
    return content


def kind_of(content: dict[str, Any]) -> str:
    """`geometry`, `texture` or `GraphCMR`, or nothing, by a checkpoint's keys."""
    return next((kind for key, kind in KINDS.items() if key in content), "")


def difference(wanted: dict[str, tuple[int, ...]], given: dict[str, tuple[int, ...]]) -> str:
    """The first thing in which the shapes by name differ, in words; empty when they are the same."""
    missing = [name for name in wanted if name not in given]
    extra = [name for name in given if name not in wanted]
    if extra and all(name.startswith("module.") for name in extra):
        return "its keys begin with 'module.', as a network trained on several cards writes them"
    if missing:
        return f"{len(missing)} of {len(wanted)} keys are missing, the first is {missing[0]}"
    if extra:
        return f"{len(extra)} keys are unknown, the first is {extra[0]}"
    for name, shape in wanted.items():
        if given[name] != shape:
            return f"{name} has the shape {given[name]} and not {shape}"
    return ""
