import keras

from kpipe.components.inspection.custom_classes import make_serializable


def layer(name):
    return type(name, (keras.layers.Layer,), {"__module__": "mine", "call": lambda self, inputs: inputs})


def test_a_class_is_registered_with_keras_by_its_module_without_a_digest():
    for origin, name in (("kpipe_import_my_layers_0123456789ab", "FileLayer"), ("my_package.layers", "PackageLayer")):
        mine = layer(name)
        make_serializable(mine, origin)
        package = "my_layers" if name == "FileLayer" else origin
        assert keras.saving.get_registered_name(mine) == f"{package}>{name}"
        saved = keras.saving.serialize_keras_object(mine(name="a"))
        assert type(keras.saving.deserialize_keras_object(saved)) is mine


def test_what_registered_itself_and_what_is_not_foreign_is_left_alone():
    named = keras.saving.register_keras_serializable(package="theirs", name="Named")(layer("SelfRegistered"))
    make_serializable(named, "my_package")
    assert keras.saving.get_registered_name(named) == "theirs>Named"
    for origin in ("keras", "kpipe"):
        make_serializable(keras.layers.Dense, origin)
    assert keras.saving.get_registered_name(keras.layers.Dense) == "Dense"
    make_serializable(len, "my_package")
    make_serializable(type("NoConfig", (), {}), "my_package")
