"""Splits of a dataset into training, validation and test parts: by fraction or by fold, stratified, and by group."""
