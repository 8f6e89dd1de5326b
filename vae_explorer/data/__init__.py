"""Data sets: images as bytes, where they come from, and what is refused."""
