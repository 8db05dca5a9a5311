"""Training of the network that lifts landmarks into space (core.lifting)."""
