from __future__ import annotations

import keras
import numpy as np
import pytest
from golden import raises

from kpipe.errors import ArgumentError
from kpipe.layers.formula import Formula
from kpipe.train.devices.precision import dtype_policy

from .harness import Case

# Keras reads variables by `np.array`, at which TensorFlow's own `__array__` is out of date.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

CASES = [
    Case(lambda: Formula("x / 2 - sin(x) ** 2 / 3"), (2, 5, 4), integers=False),
    Case(lambda: Formula("x - mean(x, axis=-1, keepdims=true)"), (3, 4), integers=False),
]

A = np.array([[1.5, -2.0, 0.5, 3.0], [0.25, 4.0, -1.0, 2.0]], "float32")
B = np.array([[2.0, 1.0, -0.5, 3.0], [1.5, -2.0, 2.5, 0.5]], "float32")


def computed(expression: str, **tensors: np.ndarray) -> np.ndarray:
    (first, *more) = tensors.values()
    return keras.ops.convert_to_numpy(Formula(expression)(tensors if more else first))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abs(a - b)", np.abs(A - B)),
        ("a * b + a / b", A * B + A / B),
        ("a // b", A // B),
        ("a % b", A % B),
        ("-a + 2 ** 3 * b", -A + 8 * B),
        ("(a > b) * 2 + (a == b)", (A > B) * 2.0 + (A == B)),
        ("where(a > 1, a, b)", np.where(A > 1, A, B)),
        ("clip(a, -1, 0.5) + 0 * b", np.clip(A, -1, 0.5)),
        ("maximum(a, b) - minimum(a, b)", np.abs(A - B)),
        ("sqrt(sum((a - b) ** 2, axis=-1, keepdims=True))", np.linalg.norm(A - B, axis=-1, keepdims=True)),
        ("max(a, -1) - min(b, axis=1)", A.max(-1) - B.min(-1)),
        ("sqrt(2) * a + b", np.sqrt(np.float32(2)) * A + B),
    ],
)
def test_a_formula_is_that_of_numpy(expression: str, expected: np.ndarray) -> None:
    np.testing.assert_allclose(computed(expression, a=A, b=B), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["abs", "ceil", "cos", "exp", "expm1", "floor", "log1p", "sign", "sin", "square", "tanh"]
)
def test_a_function_of_elements_is_that_of_numpy(name: str) -> None:
    x = np.abs(A)
    np.testing.assert_allclose(computed(f"{name}(x)", x=x), getattr(np, name)(x), rtol=1e-5, atol=1e-6)


def test_integers_remain_exact_in_mixed_precision() -> None:
    ids = np.array([[123_457, 70_001]], "int32")
    with dtype_policy("mixed_float16"):
        layer = Formula("x // 64 + x % 64")
    output = layer(ids)
    assert keras.backend.standardize_dtype(output.dtype) == "int32"
    np.testing.assert_array_equal(output, ids // 64 + ids % 64)
    spec = layer.compute_output_spec(keras.KerasTensor((None, 2), "int32"))
    assert (spec.shape, spec.dtype) == ((None, 2), "int32")
    assert keras.backend.standardize_dtype(Formula("x * 300")(np.array([[200]], "uint8")).dtype) == "int32"
    assert int(Formula("x * 300")(np.array([[200]], "uint8"))[0, 0]) == 60_000


def test_half_precision_is_rounded_only_at_the_end() -> None:
    with dtype_policy("mixed_float16"):
        layer = Formula("sqrt(sum(x ** 2, axis=-1, keepdims=true))")
    x = np.full((1, 4), 500.0, "float16")
    assert float(layer(x)[0, 0]) == 1000.0


def test_several_tensors_have_the_names_of_the_formula(tmp_path) -> None:
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    model = keras.Model([left, right], Formula("b - 2 * a")({"a": left, "b": right}))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded([A, B]), B - 2 * A, rtol=1e-6)
    assert model.output.shape == (None, 4)


def test_the_masks_of_several_tensors_are_combined() -> None:
    masking = keras.layers.Masking()
    a, b = np.ones((1, 3, 2), "float32"), np.ones((1, 3, 2), "float32")
    a[0, 0], b[0, 2] = 0, 0
    tensors = {"a": masking(a), "b": masking(b)}
    np.testing.assert_array_equal(Formula("a + b")(tensors)._keras_mask, [[False, True, False]])
    assert getattr(Formula("a + sum(b, axis=1, keepdims=true)")(tensors), "_keras_mask", None) is None


@pytest.mark.parametrize(
    "expression",
    [
        "x +",
        "x.shape",
        "__import__('os')",
        "x[0]",
        "(lambda: 3)()",
        "[y for y in x]",
        "x if x else x",
        "a < b < c",
        "x @ x",
        "'a' * 3",
        "sqr(x)",
        "sqrt(x, 2)",
        "sqrt(x, dtype=3)",
        "maximum(*x)",
        "sum(x)",
        "sum(x, axis=y)",
        "mean(x, axis=1, keepdims=2)",
        "mean(x, axis=1, dtype=2)",
        "2 * 3",
        "x * 9 ** 9 ** 9",
        "x / (1 - 1)",
        "x * 1e999",
        "(-8) ** 0.5 * x",
        "(" * 300 + "x" + ")" * 300,
        "-" * 300 + "x",
        "x + " * 300 + "x",
        3,
        "=x + 1",
    ],
)
def test_what_is_not_a_formula_is_refused(expression: object) -> None:
    with raises(ArgumentError):
        Formula(expression)


@pytest.mark.parametrize(
    ("expression", "inputs"),
    [
        ("a + sum(b, axis=-1)", {"a": A, "b": B}),
        ("sum(x, axis=0)", A),
        ("sum(x, axis=[1, -2])", A),
        ("a + b", [A, B]),
        ("a + b", {"a": A, "c": B}),
        ("a", [A, B]),
    ],
)
def test_samples_are_not_mixed_and_tensors_have_names(expression: str, inputs: object) -> None:
    with raises(ValueError):
        Formula(expression, name="formula")(inputs)
