"""Everything that touches Blender's data, and the worker process. Operators and panels are thin over this."""
