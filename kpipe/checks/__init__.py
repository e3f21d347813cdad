"""Checks of a spec that need neither its data nor Keras."""
