"""What a training optimizes and measures: losses, metrics, labels, and how they fit the model's outputs."""
