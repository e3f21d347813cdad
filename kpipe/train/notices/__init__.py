"""Notices about a model and its data before the training."""
