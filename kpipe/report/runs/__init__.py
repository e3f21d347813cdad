"""Lists and comparisons of many runs, from the files of their folders and without TensorFlow."""
