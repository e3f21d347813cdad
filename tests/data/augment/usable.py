"""Every usable transform of Albumentations, as a spec would have it."""

from kpipe.components import vocabulary

NOT_REQUIRED = {
    "Crop": {"x_max": 20, "y_max": 20},
    "CropAndPad": {"percent": 0.1},
    "LongestMaxSize": {"max_size": 24},
    "SmallestMaxSize": {"max_size": 24},
    "OneOrOther": {"first": "HorizontalFlip", "second": "VerticalFlip"},
    "TimeMasking": {"time_mask_param": 8},
    "XYMasking": {"num_masks_x": 1, "mask_x_length": 5},
}
REQUIRED = {
    "height": 24,
    "width": 24,
    "size": [24, 24],
    "min_max_height": [16, 24],
    "num_grid_xy": [3, 3],
    "magnitude": 3,
    "transforms": ["HorizontalFlip", {"RandomBrightnessContrast": {"p": 0.7}}],
}
#: Those that refuse grey images.
COLOR = {
    "ChannelDropout", "ChromaticAberration", "HEStain", "ISONoise", "PlanckianJitter", "RandomFog", "RandomGravel",
    "RandomRain", "RandomSnow", "RandomSunFlare", "SelectiveChannelTransform", "Spatter",
}  # fmt: skip


def usable():
    """For each transform of Albumentations its name, and the item of a list."""
    found = {}
    for known in vocabulary().components("transform"):
        if known.origin == "albumentations":
            arguments = {name: REQUIRED[name] for name, entry in known.arguments.items() if entry.required}
            arguments |= NOT_REQUIRED.get(known.name, {})
            found[known.name] = {known.name: {**arguments, "p": 0.8}}
    return found
