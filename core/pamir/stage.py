"""Makes the textured mesh of one frame with PaMIR's networks: body, fit, surface, colours."""

import time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..arrays import LANDMARKS, read_arrays
from ..errors import RestageError
from ..frame import ClipReader
from ..job import Job
from ..person.cut import cut_picture
from ..person.keypoints import read_keypoints
from ..ply import write_ply
from ..spaces import CROP_SIZE
from ..surface.grid import sample_field
from ..surface.mesh import extract_mesh
from ..surface.reference_grid import sample_reference
from ..texture.paint import Known, paint
from ..texture.stage import photograph_of
from .fitting import STEPS, Fitted, fit_body
from .geometry_field import PamirField
from .graph_cmr import estimate_body
from .keypoints import Keypoints
from .models import PamirModels
from .parameters import BodyParameters, read_parameters
from .projection import to_spaces
from .smpl_file import SmplFile
from .vertex_colours import vertex_colours

if TYPE_CHECKING:
    import torch

Array = npt.NDArray[np.float32]

# Cells of the first grid, at resolutions from FINE on: 7 cm. The body's vertices show where thinner parts are.
COARSEST, FINE = 8, 256


class PamirFrameMaker:
    """The method "pamir" (docs/pamir.md). Every frame stands for itself, as in the paper."""

    def __init__(self, job: Job, models: PamirModels) -> None:
        self._job, self._models = job, models
        self._settings = job.record.settings
        self._reader = ClipReader(job)
        self._joints = read_keypoints(job)
        values = read_arrays(job.landmarks_path, LANDMARKS, "frames", "image", "visibility")
        self._landmarks = {
            int(number): (image, visibility)
            for number, image, visibility in zip(values["frames"], values["image"], values["visibility"], strict=True)
        }

    def make(self, number: int) -> dict[str, float]:
        """See core.reconstruction.FrameMaker; also writes `body/smpl/NUMBER.npz`. Raises RestageError
        `surface_empty`, `picture_unreadable`, `parameters_unreadable`, or `input_missing` for a frame without
        parameters where bodies are given."""
        started = time.perf_counter()
        models, reader = self._models, self._reader
        image = self._image(number)
        features = models.geometry_features(image)
        start = self._start(number, image)
        fitted = self._fit(number, features, start)
        posed = time.perf_counter()
        exact = self._settings.reference_quirks
        field = PamirField(models.geometry, features, fitted.volume, fitted.vertices, exact)
        vertices, faces = self._surface(field)
        surfaced = time.perf_counter()
        colours = vertex_colours(models.texture, image, features, fitted.volume, vertices)
        view = reader.view(number)
        placed = view.to_world(to_spaces(vertices)).astype(np.float32)
        painted = np.clip(colours * 255.0 + 0.5, 0, 255).astype(np.uint8)
        if self._settings.texture == "picture":
            known = Known(colours * 255.0, np.zeros(len(colours), np.float32))
            painted = paint(placed, faces, photograph_of(reader, number), reader.camera, known)
        canonical = fitted.vertices[: models.body.surface_count].cpu().numpy().astype(np.float32)
        SmplFile(
            vertices=view.to_world(to_spaces(canonical)).astype(np.float32),
            faces=models.body.faces.cpu().numpy().astype(np.int32),
            canonical=canonical,
            initial=models.body_vertices(start),
            parameters=fitted.parameters.to_pamir(start),
        ).write(self._job, number)
        # Last, since a frame counts as done when its mesh is there.
        write_ply(self._job.mesh_path(number), placed, faces, painted)
        painted_at = time.perf_counter()
        return {"smpl": posed - started, "surface": surfaced - posed, "texture": painted_at - surfaced}

    def _image(self, number: int) -> "torch.Tensor":
        """(1, 3, 512, 512) RGB 0-1, the person on white (pamir.md 7)."""
        import torch

        picture = cut_picture(self._reader.picture(number), self._reader.crops[number])
        mask = self._reader.crop_mask(number, CROP_SIZE)[..., None]
        composed = picture.astype(np.float32) / 255.0 * mask + (1.0 - mask)
        return torch.from_numpy(np.ascontiguousarray(composed.transpose(2, 0, 1))[None]).to(self._models.device)

    def _start(self, number: int, image: "torch.Tensor") -> BodyParameters:
        """The body that is given for the frame, or else the one that GraphCMR sees."""
        if self._settings.body_params:
            path = self._models.body_files.get(self._name(number))
            if path is None:
                raise RestageError(
                    "input_missing",
                    f"{self._settings.body_params} holds no body for {self._name(number)}. Add the file, or leave"
                    " --body-params out.",
                )
            return read_parameters(path)
        assert self._models.estimator is not None
        return BodyParameters.from_camera(*estimate_body(*self._models.estimator, image))

    def _fit(self, number: int, features: "torch.Tensor", start: BodyParameters) -> Fitted:
        models = self._models
        return fit_body(
            models.geometry,
            features,
            models.body,
            start,
            self._keypoints(number),
            models.query_vertices,
            # A body that is given is taken as it is, as PaMIR does.
            steps=0 if self._settings.body_params else STEPS,
            quirks=self._settings.reference_quirks,
        )

    def _keypoints(self, number: int) -> Keypoints | None:
        """The user's keypoints of a frame, or else Restage's landmarks."""
        crop = self._reader.crops[number]
        if number in self._joints:
            joints = self._joints[number]
            return Keypoints.from_body_25(crop.from_image(joints[:, :2]), joints[:, 2])
        image, visibility = self._landmarks[number]
        return Keypoints.from_landmarks(crop.from_image(image), visibility) if visibility.any() else None

    def _surface(self, field: PamirField) -> tuple[Array, npt.NDArray[np.int32]]:
        """(V, 3) in PaMIR's canonical space and (T, 3)."""
        if self._settings.reference_quirks:
            return extract_mesh(sample_reference(field), whole=True)
        resolution = self._settings.resolution
        return extract_mesh(sample_field(field, resolution, COARSEST if resolution >= FINE else COARSEST // 2))

    def _name(self, number: int) -> str:
        """The picture's name in a folder; of a clip's frame, its number in four digits as PaMIR's scripts write it."""
        return self._job.record.clip.get("names", {}).get(f"{number:06d}", f"{number:04d}")
