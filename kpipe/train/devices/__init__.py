"""The devices of a training: the start of TensorFlow, precision, process-wide state, and replicas."""
