"""Search spaces: the values of a spec that a sweep chooses, as in `tune.space`."""
