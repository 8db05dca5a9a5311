"""The character's moving texture: for every frame the clip's texture, with what the frame's picture shows laid over it.

What no mesh and no single texture has: a face that speaks, eyes that close, folds and light that come and go. Through
the clip's camera the character then looks as the clip does; what the camera does not see stays as it is.
"""

import shutil
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..events import Events, progress
from ..frame import ClipReader
from ..job import Job
from ..picture import read_picture, write_jpeg
from ..props.files import Props
from ..render import MeshCaster, vertex_normals
from ..spaces import Camera
from ..texture.agreement import agreement
from ..texture.limbs import trust_in_texels
from ..texture.projection import Photograph
from ..texture.stage import photograph_of
from ..texture.unwrap import Texels, spread_out, texels_of
from .files import Character
from .painting import as_bytes

STAGE = "textures"
# Texels along its side. A person fills fewer pixels of most clips.
SIZE = 1024
# Trust in the picture from which it counts in full: the seam between it and the texture is narrow.
FULLY = 0.5
# Colours (0-255) that differ by more over this part of a person's height, and of the texture's side, are another
# thing's: a ball, what is behind. Mouths and eyes are smaller.
TOLERANCE, SOFT, SOFT_TEXELS = 110.0, 0.02, 0.015

Float = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]


def run_moving_texture(job: Job, events: Events) -> None:
    """Write `character/textures/NUMBER.jpg`, (SIZE, SIZE, 3) sRGB, of every frame of the job's character; those that an
    interrupted run wrote are not written again. Raises RestageError `character_missing` or `picture_unreadable`."""
    import cv2

    character = Character.load(job)
    texels = texels_of(SIZE)
    still = cv2.resize(read_picture(character.texture), (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.uint8)
    reader, finished = ClipReader(job, Props.read(job)), set(job.finished_frames())
    for row, number in enumerate(progress(character.frames.tolist(), events, STAGE)):
        path = job.moving_texture_path(number)
        if path.exists():
            continue
        shown = still
        if number in finished:
            shown = laid_over(still, texels, character.vertices[row], photograph_of(reader, number), reader.camera)
        write_jpeg(path, shown)


def forget_moving_texture(job: Job) -> None:
    """Remove what belongs to an earlier character."""
    shutil.rmtree(job.moving_texture_path(0).parent, ignore_errors=True)


def laid_over(still: Picture, texels: Texels, vertices: Float, photograph: Photograph, camera: Camera) -> Picture:
    """The texture `still` (S, S, 3) with what a frame's photograph shows; vertices: (V, 3) world metres, the posed
    character's; texels: of a texture of that size."""
    triangles = BodyModel.load().triangles
    caster, normals = MeshCaster(vertices, triangles), vertex_normals(vertices, triangles)
    towards = camera.camera_to_world[:3, 3] - vertices
    facing = (normals * towards).sum(axis=1) > 0
    chosen = np.flatnonzero(facing[triangles].any(axis=1)[texels.face])
    places = texels.interpolate(vertices, chosen)
    rows, columns, pixels = texels.rows[chosen], texels.columns[chosen], camera.project(places)
    trust = trust_in_texels(places, texels.interpolate(normals, chosen), caster, camera, photograph)
    weight = np.clip(trust / FULLY, 0.0, 1.0)
    height = float(np.ptp(camera.project(vertices)[:, 1]))
    soft = replace(photograph, picture=_softened(photograph.picture, SOFT * height))
    apart = soft.colours(pixels) - _softened(still, SOFT_TEXELS * len(still))[rows, columns]
    weight = (weight * agreement(apart, TOLERANCE))[:, None]
    result = still.copy()
    mixed = weight * photograph.colours(pixels) + (1.0 - weight) * still[rows, columns]
    result[rows, columns] = as_bytes(mixed)
    return spread_out(result, texels)


def _softened(picture: Picture, width: float) -> Picture:
    import cv2

    return cv2.GaussianBlur(picture, (0, 0), max(width, 0.5)).astype(np.uint8, copy=False)
