"""Makes the extension's zip and the folder of a repository that Blender can install it from."""
