"""Checkpoints, and the checks that decide whether a training can be resumed."""
