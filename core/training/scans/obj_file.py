"""OBJ files as people have them: materials and pictures found again where paths in the files lead elsewhere.

trimesh reads the geometry and puts textures together. What it would pass over in silence is an error here: a material
or a picture that is not there, which it would draw white or grey.
"""

import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".tga")
# What may stand between `map_Kd` and the file's name (the MTL format of Wavefront, as Bourke wrote it down).
OPTIONS = re.compile(
    r"-(?:(?:o|s|t)(?:\s+[-+.\de]+){1,3}|mm(?:\s+[-+.\de]+){2}|(?:bm|boost|texres)\s+\S+|"
    r"(?:blendu|blendv|cc|clamp)\s+(?:on|off)|(?:imfchan|type)\s+\w+)\s+",
    re.IGNORECASE,
)
MATERIAL_FILE = "scan.mtl"
# The material of a picture that no material names.
ALONE = "picture"

Materials = dict[str, list[str]]


@dataclass
class ObjFile:
    """text: the OBJ as trimesh shall see it; files: what that names, by the names it has there."""

    text: str
    files: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "ObjFile":
        """Raises ValueError where the OBJ needs a file that is missing or damaged, or a material that no file has."""
        text = _text(path)
        used = set(_named(text, "usemtl"))
        libraries = {name: find_file(path.parent, name) for name in _libraries(path.parent, text)}
        described: Materials = {}
        for library in libraries.values():
            described |= _materials(library) if library is not None else {}
        own = {name: described[name] for name in used & set(described)}
        has_uv = _has(text, r"vt[ \t]")
        if has_uv and any(_picture_name(statements) for statements in own.values()):
            _check_described(text, used, described)
            return cls._with_materials(path, text, own)
        # Each vertex's own colours say more than one of a whole material.
        if _has(text, r"v(?:[ \t]+[^\s#]+){6}"):
            return cls._without_materials(text)
        if len(own) > 1:
            _check_described(text, used, described)
            return cls._with_materials(path, text, own)
        if not has_uv:
            return cls._without_materials(text)
        picture = _lone_picture(path)
        if picture is not None:
            return cls._with_picture(text, picture)
        if own:
            return cls._without_materials(text)
        missing = next((name for name, library in libraries.items() if library is None), None)
        if missing is not None:
            raise ValueError(f"its material file {base_name(missing)}, which names its texture, is not beside it")
        raise ValueError("nothing says what its texture is: no material file describes it, and no picture is beside it")

    def scene(self) -> Any:
        """trimesh's scene of it."""
        import trimesh
        from trimesh.resolvers import ZipResolver

        resolver = ZipResolver({name: BytesIO(content) for name, content in self.files.items()})
        stream = BytesIO(self.text.encode())
        return trimesh.load_scene(stream, file_type="obj", resolver=resolver, process=False)

    @classmethod
    def _with_materials(cls, path: Path, text: str, materials: Materials) -> "ObjFile":
        """Of every material its colour and its picture, which has a plain name in the new material file."""
        lines, files = list[str](), dict[str, bytes]()
        for number, (name, statements) in enumerate(sorted(materials.items())):
            lines.append(f"newmtl {name}")
            lines += [line for line in statements if line.lower().startswith("kd")]
            wanted = _picture_name(statements)
            if wanted is not None:
                picture = find_file(path.parent, wanted)
                if picture is None:
                    raise ValueError(f"its texture {base_name(wanted)} is not beside it")
                files[f"{number}.png"] = checked_picture(picture)
                lines.append(f"map_Kd {number}.png")
        return cls._described(_without(text, "mtllib"), lines, files)

    @classmethod
    def _with_picture(cls, text: str, picture: Path) -> "ObjFile":
        lines = [f"newmtl {ALONE}", "Kd 1 1 1", "map_Kd 0.png"]
        bare = f"usemtl {ALONE}\n" + _without(text, "mtllib", "usemtl")
        return cls._described(bare, lines, {"0.png": checked_picture(picture)})

    @classmethod
    def _described(cls, text: str, lines: list[str], files: dict[str, bytes]) -> "ObjFile":
        return cls(f"mtllib {MATERIAL_FILE}\n{text}", files | {MATERIAL_FILE: "\n".join(lines).encode()})

    @classmethod
    def _without_materials(cls, text: str) -> "ObjFile":
        """Texture coordinates say nothing without a picture, and would hide colours of vertices from trimesh."""
        return cls(_without(text, "mtllib", "usemtl", "vt"))


def _text(path: Path) -> str:
    content = path.read_bytes().replace(b"\r\n", b"\n")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Every byte is a letter there.
        return content.decode("latin-1")


def _named(text: str, keyword: str) -> list[str]:
    """What follows a keyword in its lines, in the order of the file, each once."""
    lines = re.findall(rf"^[ \t]*{keyword}[ \t]+(.+?)[ \t]*$", text, re.MULTILINE)
    return list(dict.fromkeys(" ".join(line.split()) for line in lines))


def _libraries(folder: Path, text: str) -> list[str]:
    """The material files that an OBJ names. A line may name several, and a name may hold spaces."""
    names: list[str] = []
    for line in _named(text, "mtllib"):
        parts = re.findall(r"\S.*?\.mtl(?=\s|$)", line, re.IGNORECASE)
        names += parts if len(parts) > 1 and find_file(folder, line) is None else [line]
    return names


def _has(text: str, pattern: str) -> bool:
    return re.search(rf"^[ \t]*{pattern}", text, re.MULTILINE) is not None


def _without(text: str, *keywords: str) -> str:
    """The OBJ without the lines of these keywords."""
    return re.sub(rf"^[ \t]*(?:{'|'.join(keywords)})[ \t].*$", "", text, flags=re.MULTILINE)


def _check_described(text: str, used: set[str], described: Materials) -> None:
    """Raises ValueError where some triangles have a material that no file describes, or none."""
    lacking = sorted(used - set(described))
    if lacking:
        raise ValueError(f"no material file describes its material {lacking[0]}")
    first = re.search(r"^[ \t]*(f|usemtl)[ \t]", text, re.MULTILINE)
    if first is not None and first.group(1) == "f":
        raise ValueError("some of its triangles have no material")


def _materials(path: Path) -> Materials:
    """The statements of each material of an MTL file, words apart by one space."""
    found: Materials = {}
    statements: list[str] | None = None
    for line in (" ".join(line.split()) for line in _text(path).splitlines()):
        keyword, _, rest = line.partition(" ")
        if keyword.lower() == "newmtl":
            statements = found.setdefault(rest, [])
        elif statements is not None:
            statements.append(line)
    return found


def _picture_name(statements: list[str]) -> str | None:
    """The picture that a material's surface shows, without the options before its name."""
    for line in statements:
        keyword, _, name = line.partition(" ")
        if keyword.lower() == "map_kd" and name:
            while (option := OPTIONS.match(name)) is not None:
                name = name[option.end() :]
            return name
    return None


def find_file(folder: Path, name: str) -> Path | None:
    """The file in a folder or below it that a name means: by its last part, whatever its case and its slashes; of
    several, the one whose folders agree most with the name's."""
    wanted = _parts(name.lower())
    found = sorted(path for path in folder.rglob("*") if path.name.lower() == wanted[-1] and path.is_file())
    return max(found, key=lambda path: (_agreement(path, wanted), path.parent == folder), default=None)


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[\\/]", name.strip('"')) if part) or (name,)


def base_name(name: str) -> str:
    return _parts(name)[-1]


def _agreement(path: Path, wanted: tuple[str, ...]) -> int:
    """How many of the last parts of both are the same."""
    own = [part.lower() for part in path.parts]
    count = 0
    while count < min(len(own), len(wanted)) and own[-1 - count] == wanted[-1 - count]:
        count += 1
    return count


def _lone_picture(path: Path) -> Path | None:
    """The picture that has the OBJ's name, or the only one beside it where no other OBJ is."""
    pictures = sorted(file for file in path.parent.iterdir() if file.suffix.lower() in PICTURES and file.is_file())
    named = [file for file in pictures if file.stem.lower() == path.stem.lower()]
    if len(named) == 1:
        return named[0]
    others = [file for file in path.parent.iterdir() if file.suffix.lower() == path.suffix.lower()]
    return pictures[0] if len(pictures) == 1 and len(others) == 1 else None


def checked_picture(path: Path) -> bytes:
    """A picture's bytes, once it is sure that they are one."""
    from PIL import Image

    content = path.read_bytes()
    try:
        with Image.open(BytesIO(content)) as picture:
            picture.load()
    # A damaged file may end the reader anywhere.
    except Exception as error:
        raise ValueError(f"its texture {path.name} is damaged or no picture ({error})") from error
    return content
