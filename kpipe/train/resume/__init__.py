"""Checkpoints, and whether and from where an earlier training can be resumed."""
