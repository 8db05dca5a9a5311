"""Installs the extension in a new profile, as a user would: `python install_extension.py ZIP URL FOLDER`.

ZIP is installed as a file, then removed and installed again from the repository at URL. Prints one JSON line with what
was found; runs in any Python that has the package bpy.
"""

import json
import os
import sys
from pathlib import Path

package, url, folder = sys.argv[1:]
os.environ["BLENDER_USER_RESOURCES"] = folder

import bpy  # noqa: E402


def repository(name: str) -> int:
    return [repo.module for repo in bpy.context.preferences.extensions.repos].index(name)


def files_of(module: str) -> list[str]:
    root = Path(sys.modules[module].__file__).parent
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if "__pycache__" not in path.parts)


def policy_warnings() -> list[str]:
    """What Blender holds against the extension while it is on: it looks itself since 4.5."""
    import addon_utils  # on the search path only once bpy is imported

    addon_utils._extensions_warnings_get._is_first = True
    found = addon_utils._extensions_warnings_get()
    return [text for module, texts in found.items() if module.endswith(".restage") for text in texts]


found: dict[str, object] = {"version": bpy.app.version_string}
top_level, search_path = set(sys.modules), list(sys.path)
bpy.ops.extensions.package_install_files(filepath=package, repo="user_default", enable_on_install=True)
module = "bl_ext.user_default.restage"
found["file"] = module in bpy.context.preferences.addons and hasattr(bpy.types.Scene, "restage")
found["shipped"] = files_of(module)
found["warnings"] = policy_warnings()
new = {name.partition(".")[0] for name in set(sys.modules) - top_level}
found["top level"] = sorted(name for name in new if name in {"core", "scene", "operators", "panels", "properties"})
found["search path"] = sorted(set(sys.path) - set(search_path))
before = files_of(module)
bpy.ops.preferences.addon_disable(module=module)
bpy.ops.preferences.addon_enable(module=module)
found["files beside the code"] = sorted(set(files_of(module)) - set(before))
bpy.ops.extensions.package_uninstall(repo_index=repository("user_default"), pkg_id="restage")
found["uninstalled"] = not hasattr(bpy.types.Scene, "restage")

bpy.context.preferences.system.use_online_access = True
bpy.context.preferences.extensions.repos.new(name="Restage", module="restage_repository", remote_url=url)
index = repository("restage_repository")
bpy.context.preferences.extensions.repos[index].use_remote_url = True
bpy.ops.extensions.repo_sync(repo_index=index)
bpy.ops.extensions.package_install(repo_index=index, pkg_id="restage", enable_on_install=True)
found["repository"] = hasattr(bpy.types.Scene, "restage")
sys.stdout.write(f"\n{json.dumps(found)}\n")
sys.stdout.flush()
os._exit(0)
