"""Understanding the plane: grids, paths, densities and neighbours, in numpy alone."""
