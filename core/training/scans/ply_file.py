"""PLY files whose texture is a picture beside them, as MeshLab writes them."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

from .obj_file import base_name, checked_picture, find_file

# More than any header has.
HEADER = 65536


def ply_scene(path: Path) -> Any:
    """trimesh's scene of a PLY. Raises ValueError where the picture that it names is missing or damaged, which trimesh
    would pass over in silence."""
    import trimesh
    from trimesh.resolvers import ZipResolver

    content = path.read_bytes()
    header = content[:HEADER].partition(b"end_header")[0].decode("utf-8", "replace")
    files = {}
    named = re.search(r"^comment\s+TextureFile\s+(.+?)\s*$", header, re.MULTILINE | re.IGNORECASE)
    if named is not None:
        picture = find_file(path.parent, named.group(1))
        if picture is None:
            raise ValueError(f"its texture {base_name(named.group(1))} is not beside it")
        files[named.group(1)] = BytesIO(checked_picture(picture))
    return trimesh.load_scene(BytesIO(content), file_type="ply", resolver=ZipResolver(files), process=False)
