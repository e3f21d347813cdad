"""Worker processes that make batches, and the memory that they share with the training."""
