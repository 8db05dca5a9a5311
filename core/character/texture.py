"""The character's texture: one atlas for the whole clip, put together from the frames that show each place best.

Seen places come from a few keyframes (views.py), blended by how well each shows them and brought to the light that
most frames have (painting.py). A place that no frame shows takes the look of the same place on the body's other side,
where that was seen, else the colours that the stage colours guessed, with the grain of that cloth.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..body.model import BodyModel
from ..events import Events, SilentEvents, progress
from ..frame import ClipReader
from ..job import Job
from ..picture import write_png
from ..props.files import Props
from ..render.hits import vertex_areas
from ..spaces import Camera
from ..surface.stage import sample_frames
from ..texture.grain import Grain
from ..texture.head import strands, with_hair
from ..texture.projection import Photograph
from ..texture.regions import Regions
from ..texture.stage import read_colours, read_light
from ..texture.unwrap import Texels, mirrored_uv, sample, spread_out, texels_of
from .alignment import Atlas
from .files import Character
from .normals import NormalMap, frame_normals
from .painting import Keyframe, as_bytes, paint, photographs
from .views import Views, judge_views

STAGE = "character"
# Frames that are looked at, spread over the clip.
FRAMES = 40
# A place is unknown below the first quality, and fully known from the second on; at the head, whose two sides are
# alike, what is seen from aside gives way to its mirror image.
UNKNOWN, KNOWN = 0.05, 0.3
HEAD_UNKNOWN, HEAD_KNOWN = 0.2, 0.5
# From this quality on the clip's colours count for what the texels do not know.
SEEN = 0.12

Float = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]


def make_texture(job: Job, events: Events, draft: Atlas | None = None) -> None:
    """Write `character/normals.png` (normals.py) and `character/texture.png`, (texture_size, texture_size, 3) sRGB, for
    the job's character. draft: a texture onto which keyframes are moved.

    Raises RestageError `character_missing` or `picture_unreadable`.
    """
    character = Character.load(job)
    reader = ClipReader(job, Props.read(job))
    rows = {int(number): row for row, number in enumerate(character.frames)}

    def vertices(number: int) -> Float:
        return character.vertices[rows[number]]

    numbers = sample_frames(reader.telling(rows), FRAMES)
    remembered, light = read_colours(job), read_light(job)
    texels = texels_of(job.record.settings.texture_size)
    grain = Grain.read(job)
    normals, normals_of = NormalMap(texels, grain.relief), frame_normals(job, reader)

    def add_normals(number: int, chosen: npt.NDArray[np.intp], weights: Float) -> None:
        shown = normals_of(number)
        if shown is not None:
            normals.add(vertices(number), shown, chosen, weights)

    photograph = photographs(reader, vertices)
    texture = fuse_texture(
        numbers, vertices, photograph, reader.camera, remembered, light, texels, events, draft, grain, add_normals
    )
    # First: with the texture the stage is complete.
    write_png(job.character_normals_path, normals.picture())
    write_png(job.character_texture_path, texture)


def fuse_texture(
    numbers: list[int],
    vertices: Callable[[int], Float],
    photograph: Callable[[int], Photograph],
    camera: Camera,
    remembered: tuple[Float, npt.NDArray[np.bool_]],
    light: Float,
    texels: Texels,
    events: Events | None = None,
    draft: Atlas | None = None,
    grain: Grain | None = None,
    also: Callable[[int, npt.NDArray[np.intp], Float], None] = lambda number, chosen, weights: None,
) -> Picture:
    """The atlas (size, size, 3) of the frames `numbers`, whose registered vertices (V, 3) world metres and photographs
    are fetched when they are needed. remembered: colours (V, 3) 0-255 that the whole clip has, guesses where it shows
    none, and which of them it knows (V,); light: (V, 1) how bright it makes them; draft: a texture onto which keyframes
    are moved; grain: of the clothes; also: is told of every keyframe its number, which texels it shows, and how well
    each."""
    events = events or SilentEvents()
    looked_at = progress(numbers, events, STAGE)
    views = judge_views(lambda number: (vertices(number), photograph(number)), looked_at, camera, remembered)
    model = BodyModel.load()
    rows = views.keyframes(vertex_areas(model.mean_vertices, model.triangles))

    def keyframe(row: int) -> Keyframe:
        return Keyframe(row, rows, vertices(numbers[row]), photograph(numbers[row]), camera, texels, views)

    def told(index: int, chosen: npt.NDArray[np.intp], worth: Float) -> None:
        also(numbers[rows[index]], chosen, worth)

    painted = paint(keyframe, rows, texels, draft, told)
    head = texels.interpolate(model.of_parts("head").astype(np.float32)[:, None])[:, 0]
    unknown = UNKNOWN + (HEAD_UNKNOWN - UNKNOWN) * head
    fully = KNOWN + (HEAD_KNOWN - KNOWN) * head
    known = np.clip((painted.quality - unknown) / (fully - unknown), 0.0, 1.0)
    shown, share = texels.gathered(painted.colours, known)
    fill = completed(remembered[0], views, views.reference + share * (shown - views.reference))
    own = texels.interpolate(strands(fill, fill)[:, None])[:, 0]
    rough = 0.0 if grain is None else grain.of(texels)
    return _filled(texels, painted.colours, known, fill, own, light / light[model.mirror], rough)


def completed(hidden: Float, views: Views, shown: Float) -> Float:
    """(V, 3) colours of all vertices for what texels do not know: those `shown` (V, 3) where anything is seen, else
    `hidden`, (V, 3)."""
    model = BodyModel.load()
    hands = model.parts == model.part_names.index("hand")
    if views.quality[:, hands].max() > SEEN:
        # Their fingers are seldom where frames show them; the reference has one colour for both hands.
        hidden = np.where(hands[:, None], views.reference, hidden)
    seen = (views.quality.max(axis=0) > SEEN)[:, None]
    hidden = with_hair(hidden, shown, seen[:, 0])
    # What is hardly seen but looks like hair is hair.
    hair = views.seen & (strands(views.reference, hidden) > 0.5)
    return np.where(seen | hair[:, None], shown, hidden)


def _filled(
    texels: Texels, colours: Float, known: Float, fill: Float, own: Float, lit: Float, grain: Float | float
) -> Picture:
    """The finished atlas from the texels' colours (N, 3), how surely each is known (N,), and the vertices' (V, 3). own:
    (N,) how far the vertices' colours count more than those of the body's other side, whose detail they have else;
    lit: (V, 1) how much brighter they are here than there; grain: (N, 3) to add to what nobody knows."""
    surely = np.zeros((texels.size, texels.size, 3), np.uint8)
    surely[texels.rows, texels.columns] = (known * 255)[:, None]
    wanting = np.flatnonzero(known < 1.0)
    painted = np.zeros((len(known), 3), np.float32)
    corners = BodyModel.load().triangles[texels.face[wanting]]
    painted[wanting] = Regions.of(fill).mix(corners, texels.barycentric[wanting])
    painted += grain
    half = np.zeros((texels.size, texels.size, 3), np.uint8)
    half[texels.rows, texels.columns] = as_bytes(colours * known[:, None] + painted * (1.0 - known[:, None]))
    places = np.einsum("nk,nkc->nc", texels.barycentric[wanting], mirrored_uv()[texels.face[wanting]])
    across = sample(spread_out(surely, texels), places)[:, :1] / 255.0 * (1.0 - own[wanting, None])
    mirror = BodyModel.load().mirror
    theirs, here, lighter = np.hsplit(texels.interpolate(np.hstack([fill[mirror], fill, lit]), wanting), [3, 6])
    other_side = np.clip(here + lighter * (sample(half, places) - theirs), 0.0, 255.0)
    painted[wanting] = across * other_side + (1.0 - across) * painted[wanting]
    picture = np.zeros((texels.size, texels.size, 3), np.uint8)
    picture[texels.rows, texels.columns] = as_bytes(colours * known[:, None] + painted * (1.0 - known[:, None]))
    return spread_out(picture, texels)
