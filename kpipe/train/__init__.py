"""Training: a model is trained, its best state kept, and everything about it written into the run folder.

Nothing is imported here, so that `kpipe.train.devices.tensorflow_start` can start TensorFlow quietly before
anything else does.
"""
