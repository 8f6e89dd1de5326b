"""Runs: folders that remember what was trained, how it went, and the weights."""
