"""Building, calling, saving and restoring the callbacks of a training."""
