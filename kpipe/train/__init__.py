"""Training: trains a model, keeps its best state, and writes the run folder.

This module imports nothing, so that `kpipe.train.devices.tensorflow_start` can start TensorFlow quietly before any
other import does.
"""
