"""Feeds: batches of an epoch in their order, as `tf.data` pipelines."""
