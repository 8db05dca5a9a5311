"""The face as the clip shows it: where the head looks, and the form of the person's own face."""
