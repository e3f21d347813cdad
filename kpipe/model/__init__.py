"""`Spec.model` becomes a Keras functional model."""
