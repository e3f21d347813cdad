"""Arguments and classes of Albumentations 0.5 to 1.4 lead to those of version 2."""

import pytest

from kpipe.components import vocabulary
from kpipe.components.inspection.overlay import overlay, renamed
from kpipe.data.augment.compose import compose
from kpipe.errors import SpecError

#: By class, from the signatures of the versions 0.5.2, 1.0.3, 1.3.1, 1.4.0 and 1.4.24.
FORMER = {
    "AdvancedBlur": "sigmaX_limit sigmaY_limit",
    "Affine": "cval cval_mask mode",
    "CenterCrop": "pad_cval pad_cval_mask pad_mode",
    "ChannelDropout": "fill_value",
    "CoarseDropout": "fill_value mask_fill_value max_height max_holes max_width min_height min_holes min_width",
    "Crop": "pad_cval pad_cval_mask pad_mode",
    "CropAndPad": "pad_cval pad_cval_mask pad_mode",
    "Downscale": "interpolation scale_max scale_min",
    "ElasticTransform": "alpha_affine mask_value value",
    "GaussNoise": "mean var_limit",
    "GridDistortion": "mask_value value",
    "GridDropout": "fill_value holes_number_x holes_number_y mask_fill_value shift_x shift_y unit_size_max unit_size_min",
    "ImageCompression": "quality_lower quality_upper",
    "OpticalDistortion": "mask_value shift_limit value",
    "PadIfNeeded": "mask_value value",
    "Perspective": "mask_pad_val pad_mode pad_val",
    "PiecewiseAffine": "cval cval_mask keypoints_threshold mode",
    "RandomCrop": "pad_cval pad_cval_mask pad_mode",
    "RandomFog": "fog_coef_lower fog_coef_upper",
    "RandomGamma": "eps",
    "RandomRain": "slant_lower slant_upper",
    "RandomResizedCrop": "height width",
    "RandomShadow": "num_shadows_lower num_shadows_upper",
    "RandomSizedCrop": "height width",
    "RandomSnow": "snow_point_lower snow_point_upper",
    "RandomSunFlare": "angle_lower angle_upper num_flare_circles_lower num_flare_circles_upper",
    "Rotate": "mask_value value",
    "SafeRotate": "mask_value value",
    "ShiftScaleRotate": "mask_value value",
    "Solarize": "threshold",
    "XYMasking": "fill_value mask_fill_value",
}


@pytest.mark.parametrize("name", FORMER)
def test_each_former_argument_is_an_error_with_the_present_one(name):
    known = vocabulary().find("transform", name)
    for argument in [*FORMER[name].split(), "always_apply"]:
        now = renamed("transform", name, argument)
        assert argument not in known.arguments
        assert now.partition(",")[0] in known.arguments or " " in now, f"{name}.{argument}: {now}"
        with pytest.raises(SpecError) as caught:
            compose([{name: {argument: 1}}])
        problem = next(p for p in caught.value.problems if p.path.endswith(f"{name}.{argument}"))
        assert "no longer has the argument" in problem.message
        assert problem.suggestion == (now.partition(",")[0] if now.partition(",")[0] in known.arguments else None)


def test_every_rule_holds_for_a_former_argument():
    used = {key for name in FORMER for argument in FORMER[name].split() for key in (argument, f"{name}.{argument}")}
    keys = set(overlay("transform").renamed) - {"always_apply", "Random*Crop.height", "Random*Crop.width"}
    assert keys <= used


@pytest.mark.parametrize("name", overlay("transform").former)
def test_each_former_class_is_an_error_with_the_remedy(name):
    assert vocabulary().find("transform", name) is None
    with pytest.raises(SpecError, match=f"unknown transform '{name}', which was removed from albumentations; "):
        compose([name])
    for word in overlay("transform").former[name].split():
        if word[0].isupper() and word != "MixUp":
            assert vocabulary().find("transform", word.strip(",")) is not None
