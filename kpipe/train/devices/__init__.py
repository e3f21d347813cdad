"""What a training computes on: TensorFlow's start, precision, process-wide state, and replicas."""
