"""Construction of a Keras functional model from the `model` and `blocks` sections of a spec."""
