"""Lookup of components by kind and name."""
