"""Damages files as time, disks and ill will do it."""

import io
import json
import random
import struct
import zipfile
from copy import deepcopy
from typing import Any

EDGES = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF]
ODD_VALUES: list[Any] = [
    None, True, -1, 0, 1e308, -1e308, float("nan"), float("inf"), 10**30, "", "x" * 300, "../../x", "/etc/passwd",
    "\x00", [], {}, [[[]]], [1e400] * 3, {"time": "soon"}, "000000", "1e9", "-1",
]  # fmt: skip


def mutated(content: bytes, other: bytes, random_source: random.Random) -> bytes:
    """The content with one to eight damages; `other` is a second file, of which a part may come in."""
    if content[:1] in (b"{", b"[") and random_source.random() < 0.6:
        return _mutated_json(content, random_source)
    if content[:4] == b"PK\x03\x04" and random_source.random() < 0.6:
        return _mutated_archive(content, other, random_source)
    damaged = bytearray(content)
    for _ in range(random_source.choice([1, 1, 1, 2, 4, 8])):
        _damage(damaged, other, random_source)
    return bytes(damaged)


def _damage(content: bytearray, other: bytes, source: random.Random) -> None:
    # Half of all damages hit the start, where headers are.
    near = min(len(content), 512) if source.random() < 0.5 else len(content)
    place = source.randrange(near) if near else 0
    kind = source.randrange(7)
    if kind == 0 and content:
        content[place] ^= 1 << source.randrange(8)
    elif kind == 1:
        width, order = source.choice([("B", 0xFF), ("H", 0xFFFF), ("I", 0xFFFFFFFF), ("Q", (1 << 64) - 1)])
        value = struct.pack(source.choice("<>") + width, source.choice(EDGES) & order)
        content[place : place + len(value)] = value
    elif kind == 2:
        del content[place : place + source.choice([1, 4, 100, 10_000])]
    elif kind == 3:
        content[place:place] = source.randbytes(source.choice([1, 4, 100]))
    elif kind == 4:
        piece = content[place : place + source.choice([4, 64, 4096])]
        content[place:place] = piece * source.choice([1, 2, 10])
    elif kind == 5:
        del content[place:]
    else:
        start = source.randrange(len(other)) if other else 0
        content[place : place + 64] = other[start : start + 64]


def _mutated_archive(content: bytes, other: bytes, source: random.Random) -> bytes:
    """An archive whose checksums are right, and one of whose files is damaged or not there."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    chosen = source.choice(list(files))
    if source.random() < 0.1:
        del files[chosen]
    else:
        damaged = bytearray(files[chosen])
        _damage(damaged, other, source)
        files[chosen] = bytes(damaged)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, file in files.items():
            # Of a fixed date, so that the same seed gives the same bytes.
            archive.writestr(zipfile.ZipInfo(name), file)
    return packed.getvalue()


def _mutated_json(content: bytes, source: random.Random) -> bytes:
    """Well-formed JSON whose values are not what they should be."""
    try:
        values = json.loads(content)
    except ValueError:
        return content[: len(content) // 2]
    for _ in range(source.choice([1, 1, 2, 5])):
        _change(values, source)
    return json.dumps(values).encode()


def _change(values: Any, source: random.Random) -> None:
    """Replace, remove, rename or add one value somewhere below."""
    while isinstance(values, (dict, list)) and values:
        key = source.choice(list(values)) if isinstance(values, dict) else source.randrange(len(values))
        inner = values[key]
        if isinstance(inner, (dict, list)) and inner and source.random() < 0.7:
            values = inner
            continue
        action = source.randrange(4)
        if action == 0:
            del values[key]
        elif action == 1 and isinstance(values, dict):
            values[str(source.choice(ODD_VALUES))] = inner
        else:
            # A copy: a list that is put into itself would be no JSON.
            values[key] = deepcopy(source.choice(ODD_VALUES))
        return
