"""A synthetic person: the truth, its picture, what methods are given of it, and how their results are measured.

Everything is compared in the true camera's axes, in metres: x right, y up, z towards the camera, which is the origin.
An estimate was made by a camera of its own, whose axes are the same, so its errors of distance and size count.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..frame import ClipReader
from ..person.cut import cut_mask, cut_picture
from ..render import CameraView, Hits, MeshCaster, shade, silhouette, vertex_normals
from ..spaces import CROP_SIZE, CanonicalView
from ..texture.projection import Photograph
from ..texture.stage import photograph_of
from ..training.binding import BoundBody
from ..training.dataset import DataSet
from ..training.still import Still, take_still
from .alignment import RigidTransform, align
from .body_errors import BodyError, body_error
from .estimate import FRAME, estimate_body
from .own_rig import own_rig_body
from .parts import person_parts
from .people_settings import ALIGNED, ESTIMATED, LENS, NOISY, OWN_RIG
from .people_sheet import strip
from .reconstructor import Reconstruction, Sight
from .shape import SAMPLES, Surface, shape_error
from .views import Frame, colour_errors, overlap, view_errors

Float = npt.NDArray[np.float32]

PERSON_SHARE = 0.8


@dataclass(frozen=True, eq=False)
class Placed:
    """A prediction in the true camera's axes: its outer surface, the mesh's colours, and its outline's overlap."""

    surface: Surface
    colours: npt.NDArray[np.uint8] | None
    input_overlap: float


class Person:
    """A synthetic person: the truth, its picture, and what is known of the body in each setting."""

    def __init__(self, dataset: DataSet, number: int, estimates: Path, samples: int = SAMPLES) -> None:
        rng = dataset.generator(number)
        self.scene = dataset.scene(number, rng)
        self.number, self._dataset, self._estimates, self._samples = number, dataset, estimates, samples
        avatar = self.scene.avatar
        self.vertices = self.scene.view.camera.world_to_camera(self.scene.world).astype(np.float32)
        self.frame = Frame.around(self.vertices)
        self.hits: tuple[Hits, ...] = self.frame.cast(MeshCaster(self.vertices, avatar.faces))
        self.normals = avatar.vertex_normals(self.vertices)
        self.still: Still = take_still(self.scene, rng, self.hits)

    @cached_property
    def surface(self) -> Surface:
        """Samples of the truth."""
        return Surface.of(self.vertices, self.scene.avatar.faces, self._samples)

    @cached_property
    def parts(self) -> dict[str, npt.NDArray[np.bool_]]:
        """By part of the person, which of the avatar's triangles belong to it."""
        return person_parts(self.scene.avatar, self.scene.world, self.body)

    @cached_property
    def body(self) -> Float:
        """(V, 3) world metres: the true body, moved by the avatar's bones."""
        return self.scene.view.to_world(self.scene.body).astype(np.float32)

    @cached_property
    def estimate(self) -> ClipReader | None:
        """What Restage makes of the picture alone; None where it finds nobody."""
        return estimate_body(self.still.picture, self._estimates, f"{self.number:06d}")

    @cached_property
    def lens_estimate(self) -> ClipReader | None:
        """The same where the true focal length is known."""
        camera = self.scene.view.camera
        ratio = camera.focal / max(camera.width, camera.height)
        return estimate_body(self.still.picture, self._estimates, f"{self.number:06d}_lens", ratio)

    def sight(self, setting: str) -> Sight | None:
        """What a method is given in a setting; None where nobody was found."""
        if setting in (ESTIMATED, ALIGNED, LENS):
            estimate = self.lens_estimate if setting == LENS else self.estimate
            return None if estimate is None else _estimated_sight(estimate)
        view, still = self.scene.view, self.still
        body = self.scene.noisy if setting == NOISY else self.scene.body
        if setting == OWN_RIG:
            size = self.scene.height / self.scene.avatar.height
            body = view.from_world(own_rig_body(self.body, size)).astype(np.float32)
        picture = cut_picture(still.picture, view.crop)
        mask = np.round(still.mask * 255).astype(np.uint8)
        photograph = Photograph.of(still.picture, mask, view.crop.side * PERSON_SHARE)
        return Sight(picture, cut_mask(still.mask, view.crop, CROP_SIZE), body, view, photograph)

    def body_error(self) -> BodyError | None:
        """How far the estimated body is from the true one; None where nobody was found."""
        if self.estimate is None:
            return None
        scene = self.scene
        bones = BoundBody.load(scene.avatar, self._dataset.folder.parent / "bodies").bones
        estimate = self.estimate
        return body_error(scene.avatar, bones, self.body, scene.view, estimate.body(FRAME), estimate.view(FRAME))

    def place(self, made: Reconstruction, view: CanonicalView) -> Placed:
        """Bring a reconstruction, canonical in a view, before the true camera."""
        world = view.to_world(made.vertices).astype(np.float32)
        camera = view.camera
        seen = MeshCaster(world, made.faces).cast(CameraView(camera, camera.width, camera.height))
        shared = overlap(self.still.mask > 0.5, silhouette(seen))
        vertices = camera.world_to_camera(world).astype(np.float32)
        return Placed(Surface.of(vertices, made.faces, self._samples), made.colours, shared)

    def aligned(self, placed: Placed) -> Placed:
        """The same, moved onto the truth rigidly: first middle to middle, since depths are metres off."""
        own, truth = placed.surface, self.surface
        start = RigidTransform.shift(truth.points.mean(axis=0) - own.points.mean(axis=0))
        found = align(own, truth, start)
        normals = (own.normals @ found.rotation.T).astype(np.float32)
        moved = Surface(found.apply(own.points), normals, own.face, found.apply(own.vertices), own.faces)
        return Placed(moved, placed.colours, placed.input_overlap)

    def figures(self, placed: Placed) -> dict[str, Any]:
        """JSON values of all measures."""
        surface = placed.surface
        hits = self.frame.cast(MeshCaster(surface.vertices, surface.faces))
        normals = vertex_normals(surface.vertices, surface.faces)
        values = shape_error(self.surface, surface, self.parts).values()
        values |= {"input_iou": placed.input_overlap} | view_errors(self.hits, self.normals, hits, normals)
        if placed.colours is not None:
            coloured = tuple(shade(one, colours=placed.colours) for one in hits)
            shown = tuple(silhouette(a) | silhouette(b) for a, b in zip(self.hits, hits, strict=True))
            values |= colour_errors(self.still.views, coloured, shown)
        return values

    def strip(self, placed: Placed) -> tuple[npt.NDArray[np.uint8], float]:
        """The strip of pictures that shows a prediction, and the radius of its frame, metres: the truth's, but wider
        where the prediction reaches out of that."""
        surface = placed.surface
        frame = self.frame.reaching(surface.vertices)
        hits = frame.cast(MeshCaster(surface.vertices, surface.faces))
        normals = vertex_normals(surface.vertices, surface.faces)
        coloured = tuple(shade(one, colours=placed.colours) for one in hits)
        return strip(None, tuple(shade(one, normals) for one in hits), coloured), frame.radius

    def truth_strip(self) -> npt.NDArray[np.uint8]:
        """The picture and the truth, as the sheet shows them, in the truth's own frame."""
        picture = cut_picture(self.still.picture, self.scene.view.crop)
        return strip(picture, tuple(shade(one, self.normals) for one in self.hits), self.still.views)


def _estimated_sight(reader: ClipReader) -> Sight:
    view = reader.view(FRAME)
    body = view.from_world(reader.body(FRAME)).astype(np.float32)
    picture = cut_picture(reader.picture(FRAME), reader.crops[FRAME])
    return Sight(picture, reader.crop_mask(FRAME, CROP_SIZE), body, view, photograph_of(reader, FRAME))
