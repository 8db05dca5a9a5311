"""The surface of the clothed person in one frame: an occupancy field, and the mesh extracted from it."""
