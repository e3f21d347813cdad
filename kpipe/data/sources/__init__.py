"""Data sources by name; each lives in a module of its own, imported when it is used."""

COMPONENTS: dict[str, str] = {
    "Arrays": "kpipe.data.sources.arrays:Arrays",
    "BreastCancer": "kpipe.data.sources.breast_cancer:BreastCancer",
    "Diabetes": "kpipe.data.sources.diabetes:Diabetes",
    "Digits": "kpipe.data.sources.digits:Digits",
    "ImageFolder": "kpipe.data.sources.image_folder:ImageFolder",
    "Iris": "kpipe.data.sources.iris:Iris",
    "KerasDataset": "kpipe.data.sources.keras_dataset:KerasDataset",
    "Noise": "kpipe.data.sources.noise:Noise",
    "Table": "kpipe.data.sources.table:Table",
    "Wine": "kpipe.data.sources.wine:Wine",
}
