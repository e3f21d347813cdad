"""Checks of the samples of a dataset before the training, such as for copies in several parts."""
