"""Trains the network that sees depth in pictures: avatars as clouds of points, posed and filmed on the device."""
