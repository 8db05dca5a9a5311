"""The character as one animated binary glTF 2.0 file, which Blender, game engines and browsers read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..character.corners import split_corners
from ..character.files import Character
from ..errors import ExitCode, RestageError
from ..events import Events, progress
from ..job import Job
from ..render.hits import vertex_normals
from .gltf_buffer import ARRAY, ELEMENTS, GltfBuffer

# Every reader knows four influences a vertex; few know more.
INFLUENCES = 4
# A morph target a frame: more than this and the file no longer opens anywhere.
MOST_MORPHS = 300

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Clip:
    """What both kinds of file are made of.

    chosen: (C,) the vertex of the character that each of the file's vertices is; times: (F,) seconds from the first
    frame; primitive: the mesh, still without the places of its vertices.
    """

    character: Character
    chosen: npt.NDArray[np.integer]
    times: Float
    primitive: dict[str, Any]
    buffer: GltfBuffer


def export_glb(job: Job, path: Path, morph: bool, events: Events) -> Path:
    """Write the job's character to a .glb file: +Y up, metres, its texture inside, keys at the frames' own times,
    counted from the first; returns the path.

    Skinned with joints by default: the template, posed. With `morph`, one morph target a frame: exactly the frames'
    vertices, folds included. Raises RestageError `character_missing`, and `bad_arguments` for too many morph targets.
    """
    character = Character.load(job)
    times = np.array([job.record.frames[int(number)].time for number in character.frames])
    times = (times - times[0]).astype(np.float32)
    if morph and len(times) > MOST_MORPHS:
        raise RestageError(
            "bad_arguments",
            f"{len(times)} frames are too many for morph targets; this works up to {MOST_MORPHS}. Export without"
            " --morph, or reconstruct a shorter range of frames.",
            ExitCode.BAD_ARGUMENTS,
        )
    buffer = GltfBuffer()
    corners = split_corners(character.triangles, character.uv, character.uv_triangles)
    attributes = {}
    if corners.uv is not None:
        # glTF's v goes down.
        attributes["TEXCOORD_0"] = buffer.add_array((corners.uv * [1, -1] + [0, 1]).astype(np.float32), ARRAY)
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": buffer.add_array(corners.triangles.astype(np.uint32).ravel(), ELEMENTS),
        "material": 0,
    }
    clip = _Clip(character, corners.vertices, times, primitive, buffer)
    document = (_morphing if morph else _skinned)(clip, events)
    document |= {"scene": 0, "materials": [_material(character)]}
    document["nodes"][0]["name"] = document["meshes"][0]["name"] = job.record.name
    if character.texture.exists():
        image = {"mimeType": "image/png", "bufferView": buffer.add_bytes(character.texture.read_bytes())}
        document |= {"images": [image], "samplers": [{}], "textures": [{"source": 0, "sampler": 0}]}
    buffer.write(path, document)
    return path


def _material(character: Character) -> dict[str, Any]:
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    if character.texture.exists():
        surface["baseColorTexture"] = {"index": 0}
    return {"name": "Person", "pbrMetallicRoughness": surface, "doubleSided": False}


def _skinned(clip: _Clip, events: Events) -> dict[str, Any]:
    """Nodes: 0 the person, 1 the mesh, then the joints. A joint's axes are the world's in the rest pose, so its rest
    rotation is none and a key is the bone's own rotation."""
    character, chosen, buffer = clip.character, clip.chosen, clip.buffer
    skeleton = character.skeleton
    normals = vertex_normals(character.positions, character.triangles)
    strongest = np.argsort(-skeleton.weights, axis=1, kind="stable")[:, :INFLUENCES]
    weights = np.take_along_axis(skeleton.weights, strongest, axis=1)
    weights = weights / weights.sum(axis=1, keepdims=True)
    bones = np.where(weights > 0, np.take_along_axis(skeleton.weights_index, strongest, axis=1), 0)
    clip.primitive["attributes"] |= {
        "POSITION": buffer.add_array(character.positions[chosen].astype(np.float32), ARRAY, bounds=True),
        "NORMAL": buffer.add_array(normals[chosen], ARRAY),
        "JOINTS_0": buffer.add_array(_four(bones)[chosen].astype(np.uint8), ARRAY),
        "WEIGHTS_0": buffer.add_array(_four(weights)[chosen].astype(np.float32), ARRAY),
    }
    first = 2
    nodes: list[dict[str, Any]] = [{"children": [1, first]}, {"mesh": 0, "skin": 0}]
    bind = np.tile(np.eye(4, dtype=np.float32), (len(skeleton.names), 1, 1))
    # Matrices are stored column by column.
    bind[:, 3, :3] = -skeleton.heads
    for bone, (name, parent) in enumerate(zip(skeleton.names.tolist(), skeleton.parents.tolist(), strict=True)):
        place = skeleton.heads[bone] - (skeleton.heads[parent] if parent >= 0 else 0.0)
        children = (np.flatnonzero(skeleton.parents == bone) + first).tolist()
        nodes.append({"name": name, "translation": place.tolist()} | ({"children": children} if children else {}))
    time = buffer.add_array(clip.times, bounds=True)
    samplers, channels = [], []

    def animate(node: int, path: str, values: Float) -> None:
        channels.append({"sampler": len(samplers), "target": {"node": node, "path": path}})
        samplers.append({"input": time, "output": buffer.add_array(values), "interpolation": "LINEAR"})

    animate(first, "translation", skeleton.translation.astype(np.float32))
    for bone in progress(range(len(skeleton.names)), events, "export"):
        if skeleton.rotations[:, bone].any():
            animate(first + bone, "rotation", _quaternions(skeleton.rotations[:, bone]))
    skin = {
        "joints": list(range(first, first + len(skeleton.names))),
        "inverseBindMatrices": buffer.add_array(bind.reshape(-1, 16)),
        "skeleton": first,
    }
    return {
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
        "meshes": [{"primitives": [clip.primitive]}],
        "skins": [skin],
        "animations": [{"name": "Clip", "samplers": samplers, "channels": channels}],
    }


def _four(values: npt.NDArray) -> npt.NDArray:
    """(V, K) with columns of zeros added, so that there are as many as glTF wants."""
    return np.pad(values, ((0, 0), (0, INFLUENCES - values.shape[1])))


def _quaternions(axis_angles: Float) -> Float:
    """(F, 3) -> (F, 4) x, y, z, w, of the sign that is nearer to the frame before, so that in-betweens go the short
    way."""
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_rotvec(axis_angles).as_quat()
    flips = np.cumprod(np.where((turns[1:] * turns[:-1]).sum(axis=1) < 0, -1.0, 1.0))
    turns[1:] *= flips[:, None]
    return turns.astype(np.float32)


def _morphing(clip: _Clip, events: Events) -> dict[str, Any]:
    """One node. The first frame is the mesh; frame n has the weight 1 of target n - 1 and 0 of all others. There are no
    normals, which would have to move as well: readers make their own."""
    character, chosen, primitive, buffer = clip.character, clip.chosen, clip.primitive, clip.buffer
    count = len(clip.times)
    start = character.vertices[0][chosen].astype(np.float32)
    primitive["attributes"]["POSITION"] = buffer.add_array(start, ARRAY, bounds=True)
    primitive["targets"] = [
        {"POSITION": buffer.add_array(character.vertices[row][chosen].astype(np.float32) - start, ARRAY, bounds=True)}
        for row in progress(range(1, count), events, "export")
    ]
    mesh: dict[str, Any] = {"primitives": [primitive]}
    document: dict[str, Any] = {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [mesh]}
    if count == 1:
        del primitive["targets"]
        return document
    names = [str(number) for number in character.frames[1:].tolist()]
    mesh |= {"weights": [0.0] * len(names), "extras": {"targetNames": names}}
    weights = np.eye(count, dtype=np.float32)[:, 1:]
    sampler = {
        "input": buffer.add_array(clip.times, bounds=True),
        "output": buffer.add_array(weights.ravel()),
        "interpolation": "LINEAR",
    }
    channel = {"sampler": 0, "target": {"node": 0, "path": "weights"}}
    document["animations"] = [{"name": "Clip", "samplers": [sampler], "channels": [channel]}]
    return document
