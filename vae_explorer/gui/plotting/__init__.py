"""Plots and pictures that panels are made of: painting and its arithmetic, without a word of the session."""
