"""The setup for a training or another use of a spec: its data, its model and its devices.

This module imports nothing, so that a session can start TensorFlow quietly before any other import does.
"""
