"""Optimizers for the whole training part at once. Importing this package registers them."""

from kpipe.optimizers.lbfgs import LBFGS as LBFGS

# An optimizer is registered by one import above, for Python, Keras and specs.
__all__ = [name for name, value in vars().copy().items() if isinstance(value, type)]
