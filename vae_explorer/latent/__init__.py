"""Understanding the plane: grids, paths and densities, without torch."""
