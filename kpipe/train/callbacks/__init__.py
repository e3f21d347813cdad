"""The callbacks of a training: how they are built, called, saved and restored."""
