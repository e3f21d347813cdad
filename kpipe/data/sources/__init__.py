"""Data sources."""

from kpipe.components.inspection.kinds import Kind
from kpipe.lazy_exports import lazy_exports

KIND = Kind("source", base=f"{__name__}.source:Source")

#: The module of each source, which is imported on first access.
_MODULES = {
    "Arrays": "arrays",
    "BreastCancer": "breast_cancer",
    "Diabetes": "diabetes",
    "Digits": "digits",
    "ImageFolder": "image_folder",
    "ImagePairs": "image_pairs",
    "ImageTable": "image_table",
    "Iris": "iris",
    "KerasDataset": "keras_dataset",
    "Noise": "noise",
    "Table": "table",
    "Wine": "wine",
}
__all__ = [*_MODULES]
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
