"""Fetch the engine's wheels, for a machine without a network: python3 -m wheels.fetch FOLDER [--system … --python …].

The same as `python3 core/engine.py fetch`, and as `blender --command restage fetch` of the installed extension.
"""

import sys

from core.engine_fetch import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], "python3 -m wheels.fetch"))
