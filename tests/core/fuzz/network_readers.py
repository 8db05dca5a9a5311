"""Readers of what networks are made of and learn from: weights, checkpoints, body models, avatars, motions, scans."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .reader import Reader

if TYPE_CHECKING:
    from torch import nn

BVH = """HIERARCHY
ROOT Hips
{
  OFFSET 0 90 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Spine
  {
    OFFSET 0 20 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 20 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.033
0 90 0 1 2 3 4 5 6
0 91 0 1 2 3 4 5 6
"""


def network_readers(folder: Path) -> dict[str, Reader]:
    """These readers by name. folder: to make samples in."""
    return {
        "weights": Reader(_weights, lambda: _weight_files(folder)),
        "network": Reader(_network, lambda: _network_files(folder)),
        "checkpoint": Reader(_checkpoint, lambda: _checkpoints(folder)),
        "pickle": Reader(_pickle, _pickles),
        "model": Reader(_model, lambda: _models(folder)),
        "parameters": Reader(_parameters, lambda: _bodies(folder)),
        "avatar": Reader(_avatar, lambda: _avatars(folder)),
        "bvh": Reader(_bvh, lambda: {"walk.bvh": BVH.encode()}),
        "deepmimic": Reader(_deepmimic, _deepmimic_files),
        "scan": Reader(_scan, lambda: _scans(folder)),
    }


def _weights(path: Path) -> None:
    from core.weights_file import read_weights

    network = _small_network()
    read_weights(network, path)
    assert all(value.isfinite().all() for value in network.state_dict().values())


def _network(path: Path) -> None:
    from core.evaluation.network import OpenNetwork

    OpenNetwork.load("any", path, 64)


def _checkpoint(path: Path) -> None:
    from core.pamir.checkpoint import read_checkpoint

    for value in read_checkpoint(path).values():
        getattr(value, "shape", None)


def _pickle(path: Path) -> None:
    from core.safe_pickle import load_pickle

    load_pickle(path)


def _parameters(path: Path) -> None:
    from core.pamir.parameters import read_parameters

    read_parameters(path)


def _bvh(path: Path) -> None:
    from core.training.motion import Motion

    Motion.load(path)


def _model(path: Path) -> None:
    """What is looked at before a file of PaMIR's is installed, and how SMPL's is read then."""
    from core.body.smpl_model import read_model
    from core.pamir.weights import recognise

    recognise(path)
    read_model(path)


def _avatar(path: Path) -> None:
    from core.training.avatar import Avatar

    Avatar.load(path)


def _deepmimic(path: Path) -> None:
    from core.training.deepmimic import read_deepmimic

    read_deepmimic(path)


def _scan(path: Path) -> None:
    from core.training.scans.scan import read_scan

    read_scan(path)


def _small_network() -> "nn.Module":
    from torch import nn

    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def _weight_files(folder: Path) -> dict[str, bytes]:
    from core.weights_file import write_weights

    write_weights(_small_network(), folder / "small.safetensors")
    return {"small.safetensors": (folder / "small.safetensors").read_bytes()}


def _network_files(folder: Path) -> dict[str, bytes]:
    """The shipped network, and a checkpoint of its training."""
    import torch

    from core.open import WEIGHTS
    from core.open.weights import read_open

    torch.save({"mean": read_open(WEIGHTS).state_dict()}, folder / "checkpoint.pt")
    return {"open.safetensors": WEIGHTS.read_bytes(), "checkpoint.pt": (folder / "checkpoint.pt").read_bytes()}


def _checkpoints(folder: Path) -> dict[str, bytes]:
    import torch

    samples = {}
    for name, new in (("new.pt", True), ("old.pt", False)):
        torch.save({"graph_cnn": torch.ones(3, 4)}, folder / name, _use_new_zipfile_serialization=new)
        samples[name] = (folder / name).read_bytes()
    return samples


def _pickles() -> dict[str, bytes]:
    import pickle  # noqa: TID251 - only written here

    value = {"betas": np.zeros(10, np.float32), "names": ["a", ("b", 1)], "nested": {"x": [1.5, None]}}
    return {f"{protocol}.pkl": pickle.dumps(value, protocol) for protocol in (0, 2, 4)}


def _bodies(folder: Path) -> dict[str, bytes]:
    values = {
        "betas": np.zeros(10),
        "body_pose": np.zeros(72),
        "body_scale": np.ones(1),
        "global_body_translation": np.zeros(3),
    }
    np.savez(folder / "body.npz", **values)
    as_json = json.dumps({name: value.tolist() for name, value in values.items()})
    return {"a_smplparams.npz": (folder / "body.npz").read_bytes(), "a_smplparams.json": as_json.encode()}


def _models(folder: Path) -> dict[str, bytes]:
    """SMPL's arrays in SMPL's shapes, with a handful of vertices."""
    import pickle  # noqa: TID251 - only written here

    rng, count = np.random.default_rng(3), 6
    shapes = {
        "v_template": (count, 3), "shapedirs": (count, 3, 10), "posedirs": (count, 3, 207),
        "J_regressor": (24, count), "weights": (count, 24),
    }  # fmt: skip
    model = {name: rng.random(shape) for name, shape in shapes.items()}
    model["kintree_table"] = np.stack([np.arange(24) - 1, np.arange(24)])
    model["f"] = np.array([[0, 1, 2], [3, 4, 5]])
    np.savez(folder / "smpl.npz", **model)
    return {"smpl.npz": (folder / "smpl.npz").read_bytes(), "smpl.pkl": pickle.dumps(model, 2)}


def _avatars(folder: Path) -> dict[str, bytes]:
    """A packed avatar of three triangles and two bones."""
    import cv2

    picture = cv2.imencode(".png", np.random.default_rng(4).integers(0, 255, (8, 8, 3), np.uint8))[1]
    quantised = np.random.default_rng(5).integers(0, 65535, (9, 3)).astype(np.uint16)
    np.savez_compressed(
        folder / "Somebody_F_1_Casual.npz",
        vertices_q=quantised, vertices_min=np.zeros(3), vertices_max=np.ones(3),
        uv_q=quantised[:, :2], uv_min=np.zeros(2), uv_max=np.ones(2), faces=np.arange(9).reshape(3, 3),
        face_texture=np.zeros(3, np.uint8), joint_index=np.zeros((9, 4), np.uint8),
        joint_weight=np.full((9, 4), 63, np.uint8), bone_names=np.array(["Hips", "Spine"]),
        bone_parent=np.array([-1, 0]), bone_rest=np.repeat(np.eye(4)[None], 2, axis=0), texture_0=picture,
    )  # fmt: skip
    return {"Somebody_F_1_Casual.npz": (folder / "Somebody_F_1_Casual.npz").read_bytes()}


def _deepmimic_files() -> dict[str, bytes]:
    still = [0.0333, 0.0, 0.9, 0.0, *([1.0, 0.0, 0.0, 0.0] * 4), 0.1, *([1.0, 0.0, 0.0, 0.0] * 2), 0.2]
    still += [1.0, 0.0, 0.0, 0.0, 0.1, *([1.0, 0.0, 0.0, 0.0] * 2), 0.2]
    return {"walk.txt": json.dumps({"Loop": "wrap", "Frames": [still] * 3}).encode()}


def _scans(folder: Path) -> dict[str, bytes]:
    """A box as a scanner writes it: OBJ and binary PLY with colours, GLB with a texture."""
    import trimesh
    from PIL import Image

    box = trimesh.creation.box((0.4, 1.7, 0.3))
    coloured = box.copy()
    coloured.visual.vertex_colors = np.full((len(box.vertices), 4), 90, np.uint8)
    image = Image.fromarray(np.full((8, 8, 3), 120, np.uint8))
    material = trimesh.visual.material.PBRMaterial(baseColorTexture=image)
    textured = box.copy()
    textured.visual = trimesh.visual.TextureVisuals(box.vertices[:, :2] + 0.5, material=material)
    samples = {}
    for name, mesh in (("a.obj", coloured), ("b.ply", coloured), ("c.glb", textured)):
        mesh.export(folder / name)
        samples[name] = (folder / name).read_bytes()
    return samples
