"""Checks of a built model, before anything is trained."""
