"""The PaMIR route against the published algorithm's structure: same weights, same picture, same machine, one run.

    python benchmarks/pamir.py [--image PNG] [--chunks 2] [--steps 2]

Published: both encoders again for every 40,960 points, all three stages decoded, the octree with its far faces; body
fitting with both encoders forward and backward, into the weights too, in every step. That takes minutes, so a sample
of chunks and steps is timed and multiplied; its loops over cells, in Python, are left out. Ours is timed in full.

The weights are random, so both decode every point that they are asked for, but what they go by is the occupancy of a
body as large as SMPL's: a surface like a person's, and as many points as one needs.
"""

import argparse
import math
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.smpl_sized_body import smpl_sized_body  # noqa: E402
from core.body.voxelize import voxelize  # noqa: E402
from core.clip import read_frames  # noqa: E402
from core.pamir.decoder import sample_volume  # noqa: E402
from core.pamir.fitting import STEPS, fit_body, posed  # noqa: E402
from core.pamir.geometry_field import PamirField  # noqa: E402
from core.pamir.geometry_network import PamirNet  # noqa: E402
from core.pamir.keypoints import Keypoints  # noqa: E402
from core.pamir.parameters import BodyParameters  # noqa: E402
from core.pamir.projection import project  # noqa: E402
from core.surface.grid import sample_field  # noqa: E402
from core.surface.mesh import extract_mesh  # noqa: E402
from core.surface.reference_grid import sample_reference  # noqa: E402

CHUNK = 40_960
RESOLUTION, COARSEST = 256, 8
QUERY = 1723


class BodyShaped(PamirField):
    """Decodes every point with the network, and answers with the voxelised body's occupancy."""

    def __init__(self, network: PamirNet, features: torch.Tensor, volume: torch.Tensor, vertices: torch.Tensor) -> None:
        super().__init__(network, features, volume, vertices)
        solid = (volume.amax(dim=1, keepdim=True) > 0).float()
        self._solid = functional.avg_pool3d(solid, 3, stride=1, padding=1)
        self.decodes = True
        self.asked: list[int] = []

    def occupancy(self, points: np.ndarray) -> np.ndarray:
        self.asked.append(len(points))
        if self.decodes:
            super().occupancy(points)
        return sample_volume(self._solid, torch.from_numpy(points)[None])[0, 0, :, 0].numpy()


def read_image(path: Path | None) -> torch.Tensor:
    """(1, 3, 512, 512) of a picture file, or the middle of the demo clip's first frame."""
    import cv2

    if path is None:
        picture = next(iter(read_frames(ROOT / "demo" / "balance.mp4"))).picture
        side = min(picture.shape[:2])
        picture = picture[(picture.shape[0] - side) // 2 :, (picture.shape[1] - side) // 2 :][:side, :side]
    else:
        picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    small = cv2.resize(picture, (512, 512), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small.astype(np.float32).transpose(2, 0, 1)[None] / 255)


def seconds(work: Callable[[], object], times: int = 1) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def megabytes() -> float:
    """Peak resident memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--image", type=Path, help="square picture of a person on white")
    parser.add_argument("--chunks", type=int, default=2, help="chunks of the published structure that are timed")
    parser.add_argument("--steps", type=int, default=2, help="fitting steps of the published structure that are timed")
    options = parser.parse_args()

    torch.manual_seed(0)
    network, body, image = PamirNet().eval(), smpl_sized_body(), read_image(options.image)
    scale = np.full(3, 0.45, np.float32)
    start = BodyParameters(np.tile(np.eye(3, dtype=np.float32), (24, 1, 1)), np.zeros(10, np.float32), scale, 0 * scale)
    vertices = posed(body, start, torch.device("cpu"))
    volume = voxelize(vertices, body.tetrahedra, body.codes)[None]
    query = torch.arange(QUERY) * (body.surface_count // QUERY)
    rng = np.random.default_rng(0)
    keypoints = Keypoints(rng.uniform(-0.8, 0.8, (24, 2)).astype(np.float32), np.ones(24, np.float32))
    voxels, threads = int((volume.amax(dim=1) > 0).sum()), torch.get_num_threads()
    print(f"{len(body.tetrahedra)} tetrahedra, {voxels} voxels, {threads} threads")
    print(f"voxelise: {seconds(lambda: voxelize(vertices, body.tetrahedra, body.codes), 3):.2f} s")

    # Ours first, so that its peak of memory is its own.
    def features() -> torch.Tensor:
        with torch.no_grad():
            return network.image_features(image)

    encoded = features()
    encoding = seconds(features, 2)
    field = BodyShaped(network, encoded, volume, vertices)

    def mesh() -> None:
        own = BodyShaped(network, encoded, volume, vertices)
        extract_mesh(sample_field(own, RESOLUTION, COARSEST))
        field.asked = own.asked

    ours_meshing = encoding + seconds(mesh, 2)
    ours_fitting = seconds(lambda: fit_body(network, encoded, body, start, keypoints, query))
    memory = megabytes()

    counter = BodyShaped(network, encoded, volume, vertices)
    counter.decodes = False
    sample_reference(counter, RESOLUTION)
    chunks = sum(math.ceil(count / CHUNK) for count in counter.asked)
    points = torch.rand(1, CHUNK, 3) - 0.5

    def chunk() -> None:
        # Gradients are recorded in the published code too.
        network(image, volume, points, project(points))

    theirs_meshing = seconds(chunk, options.chunks) * chunks
    asked = vertices[None, query].clone().requires_grad_()

    def step() -> None:
        occupancy = network(image, volume, asked, project(asked))[-1]
        functional.leaky_relu(0.5 - occupancy, 0.5).abs().mean().backward()

    theirs_fitting = seconds(step, options.steps) * STEPS
    share = sum(field.asked) / RESOLUTION**3
    print(
        f"meshing: published {theirs_meshing:.0f} s ({sum(counter.asked)} points in {chunks} chunks, of which"
        f" {options.chunks} were timed), ours {ours_meshing:.2f} s ({sum(field.asked)} points, {share:.2%} of all;"
        f" {encoding:.2f} s of it the encoder): {theirs_meshing / ours_meshing:.0f} times faster"
    )
    print(
        f"fitting: published {theirs_fitting:.0f} s ({STEPS} steps, of which {options.steps} were timed), ours"
        f" {ours_fitting:.2f} s with the picture encoded: {theirs_fitting / ours_fitting:.0f} times faster"
    )
    print(f"peak memory of ours, Python and torch included: {memory:.0f} MB; of both {megabytes():.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
