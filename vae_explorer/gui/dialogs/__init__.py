"""Dialogs: each opens without blocking the window."""
