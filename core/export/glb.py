"""The character as one animated binary glTF 2.0 file, which Blender, game engines and browsers read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..camera_file import read_still_world
from ..character.bone_names import DEFAULT, BoneNames, bone_name
from ..character.corners import split_corners
from ..character.files import Character
from ..errors import ExitCode, RestageError
from ..events import Events, progress
from ..job import Job
from ..render.hits import vertex_normals
from ..spaces import StillWorld
from .gltf_animation import GltfAnimation, quaternions
from .gltf_buffer import ARRAY, ELEMENTS, GltfBuffer
from .gltf_camera import add_camera

# Every reader knows four influences a vertex; few know more.
INFLUENCES = 4
# A morph target a frame: more than this and the file no longer opens anywhere.
MOST_MORPHS = 300

Float = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Clip:
    """What both kinds of file are made of.

    chosen: (C,) the vertex of the character that each of the file's vertices is; primitive: the mesh, still without the
    places of its vertices.
    """

    character: Character
    world: StillWorld
    chosen: npt.NDArray[np.integer]
    primitive: dict[str, Any]
    buffer: GltfBuffer
    animation: GltfAnimation


def export_glb(job: Job, path: Path, morph: bool, events: Events, bones: BoneNames = DEFAULT) -> Path:
    """Write the job's character and camera to a .glb file: in the world that stands still, +Y up, metres, the texture
    and the normal map inside, keys at the frames' own times, counted from the first; returns the path.

    Skinned by default: the template, posed by joints with the names of the rig `bones`. With `morph`, one morph target
    a frame: exactly the frames' vertices, folds included. Raises RestageError `character_missing`, `job_unreadable`,
    and `bad_arguments` for too many morph targets.
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
    world, animation = read_still_world(job), GltfAnimation(buffer, times)
    clip = _Clip(character, world, corners.vertices, primitive, buffer, animation)
    document = _morphing(clip, events) if morph else _skinned(clip, bones, events)
    document |= {"scene": 0, "materials": [_material(character)]}
    document["nodes"][0]["name"] = document["meshes"][0]["name"] = job.record.name
    add_camera(document, world, character.frames.tolist(), animation)
    document |= animation.document()
    pictures = _pictures(character)
    if pictures:
        views = [buffer.add_bytes(path.read_bytes()) for path in pictures]
        document |= {
            "images": [{"mimeType": "image/png", "bufferView": view} for view in views],
            "samplers": [{}],
            "textures": [{"source": index, "sampler": 0} for index in range(len(views))],
        }
    buffer.write(path, document)
    return path


def _pictures(character: Character) -> list[Path]:
    """The texture, and then the normal map, as far as they are there."""
    return [path for path in (character.texture, character.normals) if path.exists()]


def _material(character: Character) -> dict[str, Any]:
    surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    material: dict[str, Any] = {"name": "Person", "pbrMetallicRoughness": surface, "doubleSided": False}
    for index, path in enumerate(_pictures(character)):
        if path == character.texture:
            surface["baseColorTexture"] = {"index": index}
        else:
            material["normalTexture"] = {"index": index}
    return material


def _skinned(clip: _Clip, names: BoneNames, events: Events) -> dict[str, Any]:
    """Nodes: 0 the person, 1 the mesh, then the joints. A joint's axes are the world's in the rest pose, so its rest
    rotation is none and a key is the bone's own rotation."""
    from scipy.spatial.transform import Rotation

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
        node = {"name": bone_name(name, names), "translation": place.tolist()}
        nodes.append(node | ({"children": children} if children else {}))
    numbers = character.frames.tolist()
    places = [clip.world.from_world(place, number) for place, number in zip(skeleton.translation, numbers, strict=True)]
    clip.animation.add(first, "translation", np.array(places, np.float32))
    for bone in progress(range(len(skeleton.names)), events, "export"):
        turns = Rotation.from_rotvec(skeleton.rotations[:, bone])
        if bone == 0 and clip.world.moves:
            turns = Rotation.from_matrix([clip.world.turn(number) for number in numbers]) * turns
        elif not skeleton.rotations[:, bone].any():
            continue
        clip.animation.add(first + bone, "rotation", quaternions(turns))
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
    }


def _four(values: npt.NDArray) -> npt.NDArray:
    """(V, K) with columns of zeros added, so that there are as many as glTF wants."""
    return np.pad(values, ((0, 0), (0, INFLUENCES - values.shape[1])))


def _morphing(clip: _Clip, events: Events) -> dict[str, Any]:
    """One node. The first frame is the mesh; frame n has the weight 1 of target n - 1 and 0 of all others. There are no
    normals, which would have to move as well: readers make their own."""
    character, chosen, primitive, buffer = clip.character, clip.chosen, clip.primitive, clip.buffer
    numbers = character.frames.tolist()

    def places(row: int) -> Float:
        return clip.world.from_world(character.vertices[row][chosen], numbers[row]).astype(np.float32)

    start = places(0)
    primitive["attributes"]["POSITION"] = buffer.add_array(start, ARRAY, bounds=True)
    mesh: dict[str, Any] = {"primitives": [primitive]}
    if len(numbers) > 1:
        primitive["targets"] = [
            {"POSITION": buffer.add_array(places(row) - start, ARRAY, bounds=True)}
            for row in progress(range(1, len(numbers)), events, "export")
        ]
        names = [str(number) for number in numbers[1:]]
        mesh |= {"weights": [0.0] * len(names), "extras": {"targetNames": names}}
        clip.animation.add(0, "weights", np.eye(len(numbers), dtype=np.float32)[:, 1:].ravel())
    return {"scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}], "meshes": [mesh]}
