"""Dialogs: opened, never executed, so that the window's event loop is the only one."""
