"""The five-minute tour: a bubble that leads through the real window."""
