"""One character through time: one mesh that moves, with one texture."""
