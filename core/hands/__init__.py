"""Hands: their landmarks in the pictures of a clip, and the body's wrists and fingers that follow from them."""
