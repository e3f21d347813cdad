"""Inspection of classes and their arguments, from signatures, docstrings, annotations and the overlay."""
