"""Augmentation: `data.augment` of a spec becomes one repeatable function of an image."""
