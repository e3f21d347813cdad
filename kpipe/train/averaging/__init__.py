"""Averages of the answers of a model over views of each image and over dropout masks."""
