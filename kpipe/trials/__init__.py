"""Trials: runs of a spec with overrides, which an executor runs in parallel."""
