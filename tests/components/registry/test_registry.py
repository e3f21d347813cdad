import copy

import pytest

from kpipe.components import Vocabulary, vocabulary
from kpipe.components.inspection.inspect_class import inspect_class
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.registry.catalogue import Catalogue
from kpipe.components.registry.registry import CodeInUse, using

HERE = __name__


class EarlyStopping:
    """Stops in its own way."""

    def __init__(self, patience: int = 7) -> None:
        self.patience = patience


class Counting:
    def __init__(self, start: int) -> None:
        self.start = start


@pytest.fixture
def words() -> Vocabulary:
    known = vocabulary().catalogue
    return Vocabulary(lambda run: Catalogue(copy.deepcopy(known.classes), known.texts))


def test_the_kinds_and_some_of_their_names():
    words = vocabulary()
    some = {
        "layer": ["Conv2D", "GroupNormalization", "MaxPool2D", "LocalResponseNorm"],
        "application": ["ResNet50", "EfficientNetV2B0"],
        "initializer": ["HeNormal", "Zeros"],
        "regularizer": ["L1L2"],
        "constraint": ["MaxNorm"],
        "loss": ["CategoricalCrossentropy"],
        "metric": ["AUC", "TopKCategoricalAccuracy"],
        "optimizer": ["SGD", "Muon"],
        "schedule": ["CosineDecay"],
        "callback": ["EarlyStopping", "TensorBoard", "SwapEMAWeights"],
        "strategy": ["Mirrored", "OneDevice"],
        "start": ["File", "Run"],
        "recipe": ["FeatureExtraction", "FineTune", "Transfer"],
        "selection": ["First", "Last", "Matching"],
        "multiplier": ["Groups", "LayerDecay"],
        "source": ["ImageFolder", "Digits"],
        "preparation": ["Center", "Resize"],
        "transform": ["HorizontalFlip", "OneOf", "CifarCrops"],
        "mix": ["CutMix", "MixUp"],
        "view": ["Draws", "Flip", "ResNetScales", "TenCrop"],
        "oracle": ["Hyperband", "RandomSearch"],
        "pruner": ["Median"],
        "initialization": ["BiasFromLabels", "LSUV"],
    }
    assert set(some) == set(KINDS)
    for kind, names in some.items():
        assert set(names) <= set(words.names(kind)), kind
        assert words.names(kind) == sorted(words.names(kind))


def test_only_camel_case_classes_are_names():
    words = vocabulary()
    assert words.find("initializer", "glorot_uniform") is None
    assert words.find("loss", "mean_squared_error") is None
    assert words.find("application", "resnet") is None
    assert words.find("layer", "nothing.Dense") is None


def info(kind, component, origin):
    return inspect_class(component.__name__, kind, origin, f"{HERE}:{component.__name__}")


def test_kpipe_wins_and_a_qualified_name_chooses(words):
    words.catalogue.add(info("callback", EarlyStopping, "kpipe"))
    assert words.find("callback", "EarlyStopping").origin == "kpipe"
    assert words.find("callback", "kpipe.EarlyStopping").load() is EarlyStopping
    library = words.find("callback", "keras.EarlyStopping")
    assert (library.origin, library.target) == ("keras", "keras.callbacks:EarlyStopping")
    assert words.find("callback", "kpipe.TensorBoard") is None
    assert words.names("callback").count("EarlyStopping") == 1


def test_what_is_built_in_keeps_its_name_and_plug_ins_that_share_one_need_theirs(words):
    for origin in ("first.layers", "second"):
        words.catalogue.add(info("callback", EarlyStopping, origin))
        words.catalogue.add(info("source", Counting, origin))
    assert words.find("callback", "EarlyStopping").origin == "kpipe"
    assert words.ambiguous("callback", "EarlyStopping") == []
    assert words.find("source", "Counting") is None
    assert words.ambiguous("source", "Counting") == ["first.layers.Counting", "second.Counting"]
    assert words.find("source", "first.layers.Counting").origin == "first.layers"


def test_what_a_process_registers_hides_nothing(words):
    words.add(info("source", Counting, "mine"))
    words.add(info("callback", EarlyStopping, "mine"))
    assert words.find("source", "Counting").arguments["start"].required
    assert words.ambiguous("callback", "EarlyStopping") == ["kpipe.EarlyStopping", "mine.EarlyStopping"]
    assert words.find("callback", "mine.EarlyStopping").arguments["patience"].default == 7
    words.remove("mine")
    assert words.find("source", "Counting") is None
    assert words.find("callback", "EarlyStopping").origin == "kpipe"


def test_what_a_spec_imports_is_known_to_that_spec_alone(words):
    words.add(info("source", Counting, "mine"), imported=True)
    assert words.find("source", "Counting") is None and "Counting" not in words.names("source")
    with using(CodeInUse({"mine": "mine"})):
        assert words.find("source", "Counting").origin == "mine" and "Counting" in words.names("source")
    with using(CodeInUse(unchecked=frozenset({"Counting"}))):
        assert words.is_unchecked("Counting") and words.is_unchecked("mine.Counting")
    assert not words.is_unchecked("Counting")


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("layer", "Conv2d", "Conv2D"),
        ("layer", "conv2d", "Conv2D"),
        ("layer", "BatchNorm", "BatchNormalization"),
        ("layer", "batch_normalization", "BatchNormalization"),
        ("layer", "Dens", "Dense"),
        ("layer", "MaxPoling2D", "MaxPooling2D"),
        ("layer", "keras.Dens", "Dense"),
        ("optimizer", "sgd", "SGD"),
        ("optimizer", "Adamw", "AdamW"),
        ("loss", "CategoricalCrossEntropy", "CategoricalCrossentropy"),
        ("application", "Resnet50", "ResNet50"),
        ("source", "image_folder", "ImageFolder"),
        ("layer", "Xyzzy", None),
    ],
)
def test_what_was_probably_meant(kind, name, meant):
    assert vocabulary().suggest(kind, name) == meant


def test_another_kind():
    words = vocabulary()
    assert words.other_kind("layer", "Adam") == "optimizer"
    assert words.other_kind("optimizer", "CosineDecay") == "schedule"
    assert words.other_kind("optimizer", "keras.Dense") == "layer"
    assert words.other_kind("layer", "Xyzzy") is None


def test_skipped_components_have_a_reason():
    words = vocabulary()
    assert "Python function" in words.excluded("layer", "Lambda")
    assert words.excluded("layer", "Dense") is None
    assert words.excluded("callback", "OrbaxCheckpoint") == (
        "it requires the package orbax-checkpoint, which is not installed"
    )
