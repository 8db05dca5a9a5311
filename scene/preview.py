"""A preview: one frame of the clip as a draft. Its job folder goes with Blender, so all that shows is in the .blend."""

from pathlib import Path

import bpy

from .contents import contents_of

# The folder of the folders that previews are in, one for each frame.
PREVIEWS = "restage_preview"


def preview_folder(number: int) -> Path:
    """Where the preview of a frame is made: a folder of its own in Blender's temporary one, so that a frame that was
    looked at before shows at once."""
    return Path(bpy.app.tempdir) / PREVIEWS / str(number)


def is_preview(job: Path) -> bool:
    """Whether a job folder, which may be gone by now, is one of a preview."""
    return job.parent.parent.name == PREVIEWS


def pack_pictures(collection: bpy.types.Collection) -> None:
    """Put the pictures of an imported preview into the .blend."""
    _, shared = contents_of(collection.objects)
    for image in shared:
        if isinstance(image, bpy.types.Image):
            # The camera's is a sequence, which cannot be packed; of one frame it is a single picture as well.
            image.source = "FILE"
            image.pack()
