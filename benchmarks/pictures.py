"""What the clip's own pictures add to the colours of vertices: renders of a job, compared with its clip.

    .engine/venv/bin/python benchmarks/pictures.py JOB.restage [--frames 3] [--keep FOLDER]

Cycles renders frames through the clip's camera in even white light, where a matte surface shows its colour, with the
option Clip's Pictures and without. They are compared with the clip where both it and the render show the person, and
nothing is in front of it: as PSNR over all of the person and over what is at least `RIM` pixels from the outline, and
as sharpness, the mean step from a pixel to its neighbours as a part of the clip's.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import restage_batch  # noqa: E402
from core.job import Job  # noqa: E402
from core.props.files import Props, in_picture  # noqa: E402
from core.props.thing import widened  # noqa: E402

RIM = 4
SAMPLES = 32


def read(path: Path) -> np.ndarray:
    """(H, W, 4) float32, 0-255, of an image file, from the top down."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    levels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(levels)
    levels = 255 * levels.reshape(image.size[1], image.size[0], -1)[::-1]
    bpy.data.images.remove(image)
    return levels


def inner(mask: np.ndarray, steps: int) -> np.ndarray:
    """The pixels of a mask (H, W) that are so many steps from its edge."""
    for _ in range(steps):
        mask = mask & np.roll(mask, 1, 0) & np.roll(mask, -1, 0) & np.roll(mask, 1, 1) & np.roll(mask, -1, 1)
    return mask


def noise(shown: np.ndarray, clip: np.ndarray, where: np.ndarray) -> float:
    """PSNR in dB."""
    return float(10 * np.log10(255**2 / np.square(shown[where] - clip[where]).mean()))


def sharpness(picture: np.ndarray, where: np.ndarray) -> float:
    """Mean step of brightness from a pixel to the next."""
    grey = picture.mean(axis=2)
    return float((np.abs(np.roll(grey, -1, 0) - grey) + np.abs(np.roll(grey, -1, 1) - grey))[where].mean())


def set_up(scene: bpy.types.Scene) -> None:
    """Even white light, no film look."""
    scene.world = bpy.data.worlds.new("white")
    if bpy.app.version < (5, 0, 0):
        scene.world.use_nodes = True
    light = next(node for node in scene.world.node_tree.nodes if node.type == "BACKGROUND")
    light.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", SAMPLES, False
    scene.cycles.max_bounces = 0
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format, scene.render.image_settings.color_mode = "PNG", "RGBA"


def flat_light(item: bpy.types.Object) -> None:
    """Let the person shine in its own colour: shadows of the world's light are none of the comparison's business."""
    for mesh in bpy.data.meshes:
        for material in mesh.materials:
            tree = material.node_tree
            shader = next((node for node in tree.nodes if node.type == "BSDF_PRINCIPLED"), None)
            if shader is None:
                continue
            colour = shader.inputs["Base Color"].links[0].from_socket
            shine = tree.nodes.new("ShaderNodeEmission")
            tree.links.new(colour, shine.inputs["Color"])
            output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")
            tree.links.new(shine.outputs[0], output.inputs["Surface"])
            tree.nodes.remove(shader)


def rendered(job: Job, numbers: list[int], pictures: bool, folder: Path) -> Iterator[np.ndarray]:
    """Renders of the clip's frames, (H, W, 4)."""
    from restage.scene.job_import import ImportOptions, import_job

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    start = time.perf_counter()
    imported = import_job(job.folder, scene, ImportOptions(pictures=pictures))
    count = len(imported.numbers)
    sys.stdout.write(f"import: {(time.perf_counter() - start) / count * 1000:.0f} ms a frame of {count}\n")
    set_up(scene)
    flat_light(imported.sequence)
    for number in numbers:
        scene.frame_set(number + 1)
        scene.render.filepath = str(
            folder / f"{job.record.name}_{number:06d}_{'picture' if pictures else 'colours'}.png"
        )
        bpy.ops.render.render(write_still=True)
        yield read(Path(scene.render.filepath))


def covered(job: Job, number: int) -> np.ndarray:
    """(H, W) bool: where the stage props found a thing in front of the person."""
    thing, crop = Props.read(job).thing(number), job.crops()[number]
    size = job.record.clip["width"], job.record.clip["height"]
    if thing is None:
        return np.zeros(size[::-1], bool)
    return in_picture(widened(thing.seen | thing.hidden), crop, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", type=Path)
    parser.add_argument("--frames", type=int, default=3)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where to leave the renders")
    options = parser.parse_args(restage_batch.arguments_after_dashes(sys.argv))
    restage_batch.load_extension()
    job = Job.open(options.job.absolute())
    finished = job.finished_frames()
    numbers = [finished[index] for index in np.linspace(0, len(finished) - 1, options.frames).round().astype(int)]
    with tempfile.TemporaryDirectory() as name:
        folder = (options.keep or Path(name)).absolute()
        shown = {pictures: list(rendered(job, numbers, pictures, folder)) for pictures in (False, True)}
    lines = []
    for index, number in enumerate(numbers):
        clip, mask = read(job.picture_path(number))[..., :3], read(job.mask_path(number))[..., 0] > 127
        where = mask & (shown[False][index][..., 3] > 254) & ~covered(job, number)
        line = f"| {number} | {np.ptp(np.nonzero(where)[0])} "
        for pictures in (False, True):
            picture = shown[pictures][index][..., :3]
            part = sharpness(picture, inner(where, RIM)) / sharpness(clip, inner(where, RIM))
            line += f"| {noise(picture, clip, where):.1f} dB | {noise(picture, clip, inner(where, RIM)):.1f} dB "
            line += f"| {part:.2f} "
        lines.append(line + "|\n")
    sys.stdout.write("| frame | height, px | colours | inside | sharpness | pictures | inside | sharpness |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|---|\n" + "".join(lines))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
