"""The body under the clothes: a free parametric model, and its fit to landmarks and masks over a whole clip."""
