"""What comes before a training and every other use of a spec: its data, its model and its devices.

Nothing is imported here, so that a session can start TensorFlow quietly before anything else does.
"""
