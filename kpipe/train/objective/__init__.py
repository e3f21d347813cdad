"""The objective of a training: losses, metrics, labels, and how they fit the outputs of the model."""
