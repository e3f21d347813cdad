"""Encoding of labels and table cells, which are compared by value."""
