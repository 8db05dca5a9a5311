"""Films clouds of points on the device: who stands how before which camera, what it sees, and where the points are."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ...lifting.picture_network import PICTURE
from .builds import draw_builds
from .clouds import INFLUENCES, MOVED, Clouds
from .draws import Draws
from .stances import Stances, transforms

# As scene.py: the crop around a person who stands, and around one who reaches far.
STANDING_SHARE, WIDEST_SHARE, ROOM, AWRY = 0.8, 0.94, 0.12, 0.02
FOCALS, NEAREST, SHARES = (0.8, 2.5), 1.3, (0.35, 0.9)
STRETCH = 0.06
# Metres behind what is foremost that still belongs to it.
THICKNESS = 0.02
# Spread of the logarithm of a garment's colours, and of skin's.
CLOTH, SKIN = 0.45, 0.08
# Metres: cells and their number along one side, in which what is nearest to a light is looked for, and how far behind
# that a point is still lit. What the sky loses where somebody's own body is above.
CELL, CELLS, LIT_DEPTH = 0.02, 160, 0.02
COVERED = 0.45


@dataclass(frozen=True, eq=False)
class Shots:
    """pictures: (N, 3, S, S) RGB 0-1, masks: (N, 1, S, S) 0-1; points: (N, Q, 3) x and y in sides from the middle of
    the picture, x right, y down, depth in sides at the hips from the hips' middle towards the camera."""

    pictures: Tensor
    masks: Tensor
    points: Tensor


def shoot(clouds: Clouds, stances: Stances, draws: Draws, varied: bool = True) -> Shots:
    """Film one person for each of the draws."""
    chosen = draws.one_of(len(clouds))
    stretch = torch.ones(draws.count, 1, 3, device=draws.device)
    if varied:
        stretch[..., [0, 2]] = torch.exp(STRETCH * draws.normal(1, 2))
    builds = draw_builds(draws) if varied else torch.ones(draws.count, len(MOVED), 3, device=draws.device)
    moving = transforms(stances.draw(draws, varied), clouds.heads[chosen] * stretch, builds)
    places, normals = _skinned(
        clouds.places[chosen] * stretch, clouds.normals[chosen], clouds.bones[chosen], clouds.weights[chosen], moving
    )
    body, _ = _skinned(
        clouds.body[chosen] * stretch, None, clouds.body_bones[chosen], clouds.body_weights[chosen], moving
    )
    points = clouds.carriers @ body
    height = clouds.height[chosen][:, None, None]
    distance = (draws.uniform(*FOCALS, 1, 1) * height / draws.uniform(*SHARES, 1, 1)).clamp_min(NEAREST)
    flat, seen = _projected(places, distance), _projected(points, distance)
    low, high = flat.amin(dim=1, keepdim=True), flat.amax(dim=1, keepdim=True)
    side = torch.maximum(height / distance / STANDING_SHARE, (high - low).amax(dim=2, keepdim=True) / WIDEST_SHARE)
    side = side * (1 + ROOM * draws.uniform(0, 1, 1, 1))
    middle = (low + high) / 2 + AWRY * side * draws.normal(1, 2)
    colours = _lit(clouds, chosen, places, normals, draws)
    pictures, masks = _splat((flat - middle) / side, distance[:, 0] - places[..., 2], colours)
    hips = (points[:, 23:24, 2] + points[:, 24:25, 2]) / 2
    depth = (points[..., 2] - hips) / (side[..., 0] * (distance[..., 0] - hips))
    return Shots(pictures, masks, torch.cat([(seen - middle) / side, depth[..., None]], dim=2))


def _skinned(
    places: Tensor, normals: Tensor | None, bones: Tensor, weights: Tensor, moving: Tensor
) -> tuple[Tensor, Tensor]:
    """Linear blend skinning: (N, M, 3), (N, M, INFLUENCES), (N, K, 3, 4) -> places and normals (N, M, 3)."""
    flat = moving.flatten(2)
    blend = torch.zeros(*places.shape[:2], 12, device=places.device)
    for influence in range(INFLUENCES):
        index = bones[..., influence].long()[..., None].expand(-1, -1, 12)
        blend += weights[..., influence, None] * torch.gather(flat, 1, index)
    blend = blend.unflatten(2, (3, 4))
    moved = (blend[..., :3] * places[..., None, :]).sum(dim=3) + blend[..., 3]
    return moved, moved if normals is None else (blend[..., :3] * normals[..., None, :]).sum(dim=3)


def _projected(points: Tensor, distance: Tensor) -> Tensor:
    """(N, M, 3) around the hips, (N, 1, 1) -> (N, M, 2) tangents, x right, y down."""
    return points[..., :2] * torch.tensor([1.0, -1.0], device=points.device) / (distance - points[..., 2:])


def _lit(clouds: Clouds, chosen: Tensor, places: Tensor, normals: Tensor, draws: Draws) -> Tensor:
    """(N, M, 3) colours under sky, ground and two lamps, with the shadows that a body throws on itself, exposed to a
    middle brightness."""
    gains = torch.exp(CLOTH * draws.normal(4, 1) + 0.6 * CLOTH * draws.normal(4, 3))
    gains[:, 0] = torch.exp(SKIN * draws.normal(1)) * torch.exp(0.3 * SKIN * draws.normal(3))
    garment = clouds.garment[chosen].long()[..., None].expand(-1, -1, 3)
    albedo = ((clouds.colours[chosen].float() / 255) * torch.gather(gains, 1, garment)).clamp(0, 1) ** 2.2
    upward = 0.5 + 0.5 * normals[..., 1:2]
    tint = torch.exp(0.12 * draws.normal(1, 3))
    above = torch.tensor([0.0, 1.0, 0.0], device=normals.device).expand(draws.count, 3)
    sky = upward * (1 - COVERED * (1 - _reached(places, normals, above)))
    radiance = draws.uniform(0.35, 0.8, 1, 1) * tint * (sky + (1 - upward) * draws.uniform(0.25, 0.8, 1, 1))
    for _ in range(2):
        towards = draws.normal(3) * torch.tensor([1.0, 0.8, 1.0], device=normals.device)
        towards = functional.normalize(towards + torch.tensor([0.0, 0.5, 0.3], device=normals.device), dim=1)
        facing = (normals * towards[:, None]).sum(dim=2, keepdim=True).clamp_min(0) * _reached(places, normals, towards)
        radiance = radiance + draws.uniform(0.0, 1.1, 1, 1) * torch.exp(0.12 * draws.normal(1, 3)) * facing
    light = albedo * radiance
    exposure = (0.42**2.2 / light.mean(dim=(1, 2), keepdim=True).clamp_min(1e-3)).clamp(0.5, 2.5)
    return (light * exposure * torch.exp(0.25 * draws.normal(1, 1))).clamp(1e-6, 1) ** (1 / 2.2)


def _reached(places: Tensor, normals: Tensor, towards: Tensor) -> Tensor:
    """(N, M, 1) 0 or 1: on which points (N, M, 3) light falls from far away in the directions (N, 3)."""
    count = len(places)
    aside = torch.linalg.cross(towards, towards.roll(1, dims=1) + torch.tensor([0.3, 0.1, 0.2], device=towards.device))
    aside = functional.normalize(aside, dim=1)
    axes = torch.stack([aside, torch.linalg.cross(towards, aside), towards], dim=2)
    across, height = (places @ axes).split([2, 1], dim=2)
    cell = (across / CELL + CELLS / 2).long().clamp(0, CELLS - 1)
    index = cell[..., 0] + CELLS * cell[..., 1] + CELLS**2 * torch.arange(count, device=places.device)[:, None]
    highest = torch.full((count * CELLS**2,), -torch.inf, device=places.device)
    highest.scatter_reduce_(0, index.flatten(), height.flatten(), "amax")
    # A surface that the light grazes climbs within its cell.
    climb = 2 * CELL / (normals @ towards[..., None]).abs().clamp_min(0.1)
    return (height > highest[index][..., None] - LIT_DEPTH - climb).float()


def _splat(flat: Tensor, depth: Tensor, colours: Tensor) -> tuple[Tensor, Tensor]:
    """The mean colour of the foremost points on each pixel. flat: (N, M, 2) in sides from the middle; depth: (N, M)
    metres from the camera; colours: (N, M, 3)."""
    count = len(flat)
    pixel = ((flat + 0.5) * PICTURE).floor().long()
    inside = ((pixel >= 0) & (pixel < PICTURE)).all(dim=2)
    index = pixel[..., 1] * PICTURE + pixel[..., 0]
    index = index + torch.arange(count, device=flat.device)[:, None] * PICTURE**2
    index = torch.where(inside, index, count * PICTURE**2).flatten()
    foremost = torch.full((count * PICTURE**2 + 1,), float("inf"), device=flat.device)
    foremost.scatter_reduce_(0, index, depth.flatten(), "amin")
    front = (depth.flatten() < foremost[index] + THICKNESS).float()
    values = torch.cat([colours.flatten(0, 1) * front[:, None], front[:, None]], dim=1)
    sums = torch.zeros(count * PICTURE**2 + 1, 4, device=flat.device).index_add_(0, index, values)[:-1]
    sums = sums.view(count, PICTURE, PICTURE, 4).permute(0, 3, 1, 2)
    pictures, masks = sums[:, :3] / sums[:, 3:].clamp_min(1), (sums[:, 3:] > 0).float()
    # A pixel that no point fell on, but on most of its neighbours.
    around = functional.avg_pool2d(torch.cat([pictures * masks, masks], dim=1), 3, 1, 1, divisor_override=1)
    hole = (masks == 0) & (around[:, 3:] >= 5)
    pictures = torch.where(hole, around[:, :3] / around[:, 3:].clamp_min(1), pictures)
    return pictures, torch.maximum(masks, hole.float())
