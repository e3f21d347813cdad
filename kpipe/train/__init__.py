"""The model is trained, the best of its states kept, and everything about it written into the run folder.

Nothing is imported here, so that `kpipe.train.devices` can start TensorFlow quietly before anything else
does.
"""
