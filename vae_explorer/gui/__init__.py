"""The window: panels, plotting, dialogs, commands and theme."""
