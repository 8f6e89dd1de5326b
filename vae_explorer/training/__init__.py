"""Training: the loop, its events, and what steers it."""
