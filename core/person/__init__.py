"""The person in the clip: landmarks, mask and crop of every frame."""
