"""Facts about Keras' components that their signatures and docstrings do not state, one file per kind."""
