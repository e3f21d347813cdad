"""What is known about Keras' components beyond their signatures and docstrings; one file a kind."""
