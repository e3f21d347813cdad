"""Sweeps: many runs of one spec with different values, and the best of them."""
