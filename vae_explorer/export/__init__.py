"""Taking it home: pictures, animations and tables with a note of what made them."""
