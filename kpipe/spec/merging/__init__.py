"""Merging of specs: `extends`, and values that are set by their paths."""
