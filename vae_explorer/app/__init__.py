"""What keeps the program alive behind the window: QtCore only, no widgets."""
