"""Shoes: whether the clip shows some, and the form that feet have in them."""
