"""What a run measures for its diagnosis: losses of steps, sizes of updates, and the fit of its training part."""
