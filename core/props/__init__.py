"""Things that are not the person though the mask has them, such as a ball: they do not become part of anybody."""
