import keras
import pytest

from kpipe.components.inspection.custom_classes import make_serializable


def layer(name):
    return type(name, (keras.layers.Layer,), {"__module__": "mine", "call": lambda self, inputs: inputs})


ORIGINS = [("kpipe_import_my_layers_0123456789ab", "my_layers"), ("my_package.layers", "my_package.layers")]


@pytest.fixture(autouse=True)
def registered():
    objects = keras.saving.get_custom_objects()
    before = dict(objects)
    yield objects
    objects.clear()
    objects.update(before)


def opened(saved, **options):
    return type(keras.saving.deserialize_keras_object(saved, **options))


@pytest.mark.parametrize(("origin", "module"), ORIGINS)
def test_a_class_is_saved_under_its_own_name_as_keras_does(origin, module, registered):
    mine = layer("Mine")
    make_serializable(mine, origin)
    saved = keras.saving.serialize_keras_object(mine(name="a"))
    assert saved["registered_name"] == "Mine"
    assert opened(saved) is mine
    # A file of a version that wrote the name of the module.
    assert opened({**saved, "registered_name": f"{module}>Mine"}) is mine
    registered.pop("Mine")
    assert opened(saved, custom_objects={"Mine": mine}) is mine


@pytest.mark.parametrize(("origin", "module"), ORIGINS)
def test_a_class_whose_name_others_have_is_registered_with_its_module_without_a_digest(origin, module, registered):
    for name, options in (("Shared", {"is_shared": True}), ("Dense", {})):
        mine = layer(name)
        make_serializable(mine, origin, **options)
        assert keras.saving.get_registered_name(mine) == f"{module}>{name}"
        assert name not in registered
        assert opened(keras.saving.serialize_keras_object(mine(name="a"))) is mine


def test_what_registered_itself_and_what_is_not_foreign_is_left_alone():
    named = keras.saving.register_keras_serializable(package="theirs", name="Named")(layer("SelfRegistered"))
    make_serializable(named, "my_package")
    assert keras.saving.get_registered_name(named) == "theirs>Named"
    for origin in ("keras", "kpipe"):
        make_serializable(keras.layers.Dense, origin)
    assert keras.saving.get_registered_name(keras.layers.Dense) == "Dense"
    make_serializable(len, "my_package")
    make_serializable(type("NoConfig", (), {}), "my_package")
