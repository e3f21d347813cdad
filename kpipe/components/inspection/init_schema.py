"""What a transform's `InitSchema` states about its arguments: Albumentations checks each constructor with one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kpipe.components.inspection.annotations import metadata_in
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.limits import Limits

#: Arguments that Albumentations passes on to OpenCV, and the beginning of the names of OpenCV's constants for each.
CONSTANTS = {"border_mode": "BORDER_", "interpolation": "INTER_", "mask_interpolation": "INTER_"}
#: The arguments whose strings are such names, also those in a mapping.
NAMED_CONSTANTS = (*CONSTANTS, "interpolation_pair")
_SECOND_NAMES = re.compile(r"(?:BORDER_DEFAULT|BORDER_REFLECT101|INTER_BITS)$")


@dataclass(frozen=True, slots=True)
class InitSchema:
    """The schema of one class.

    Args:
        model: the pydantic model; None for a class without one, whose signature counts alone.
        is_own: whether the class defines it itself, so that arguments without a field are dropped.
    """

    model: type[BaseModel] | None
    is_own: bool

    @classmethod
    def of(cls, component: Any) -> InitSchema:
        """The schema of a class or function.

        Example:
            >>> InitSchema.of(dict).model is None
            True
        """
        found = getattr(component, "InitSchema", None) if inspect.isclass(component) else None
        model = found if inspect.isclass(found) and issubclass(found, BaseModel) else None
        return cls(model, model is not None and "InitSchema" in vars(component))

    @property
    def compares_arguments(self) -> bool:
        """Whether it refuses combinations of arguments."""
        return self.model is not None and bool(self.model.__pydantic_decorators__.model_validators)

    def hint(self, argument: str, otherwise: Any) -> Any:
        """The annotation of an argument, that of its field if there is one."""
        field = self._field(argument)
        return otherwise if field is None else Annotated[(field.annotation, *field.metadata, None)]

    def ignored(self, argument: str) -> str | None:
        """Why a constructor ignores an argument, or None where it does not."""
        if not self.is_own or self._field(argument) is not None or argument == "p":
            return None
        return "its InitSchema lacks the argument, so Albumentations ignores the value and uses the default"

    def refined(self, argument: ArgumentInfo) -> ArgumentInfo:
        """An argument with the limits of its field's validators, and the names of OpenCV's constants."""
        field = self._field(argument.name)
        if field is None or self.model is None:
            return argument
        limits = [*_limits(field), argument.limits]
        narrow = max(limits, key=_closeness)
        refined = replace(
            argument,
            # The entries of lists in a list are not told from its own.
            item_types=argument.item_types - {"list"},
            minimum=narrow.minimum,
            maximum=narrow.maximum,
            minimum_open=narrow.minimum_open,
            maximum_open=narrow.maximum_open,
            refuses_more=self._is_validated(argument.name, field),
        )
        return _with_names(refined)

    def _field(self, argument: str) -> FieldInfo | None:
        return self.model.model_fields.get(argument) if self.model is not None else None

    def _is_validated(self, argument: str, field: FieldInfo) -> bool:
        validators = self.model.__pydantic_decorators__.field_validators.values() if self.model is not None else ()
        return any(argument in entry.info.fields for entry in validators) or any(
            hasattr(entry, "func") for entry in metadata_in(Annotated[(field.annotation, *field.metadata, None)])
        )


def opencv_numbers(value: Any) -> Any:
    """Return a value with the numbers of OpenCV's constants in place of their names.

    Example:
        >>> opencv_numbers("BORDER_REFLECT_101"), opencv_numbers(2)
        (4, 2)
    """
    if isinstance(value, dict):
        return {key: opencv_numbers(entry) for key, entry in value.items()}
    if not isinstance(value, str) or not value.startswith(tuple(CONSTANTS.values())):
        return value
    import cv2

    return getattr(cv2, value, value)


def _limits(field: FieldInfo) -> Iterator[Limits]:
    """The limits that validators check: of `check_range_bounds`, and of ranges that begin at 0."""
    for entry in metadata_in(Annotated[(field.annotation, *field.metadata, None)]):
        function = getattr(entry, "func", None)
        if function is None:
            continue
        bounds = inspect.getclosurevars(function).nonlocals if inspect.isfunction(function) else {}
        if "min_val" in bounds:
            yield Limits(
                bounds["min_val"],
                bounds["max_val"],
                not bounds["min_inclusive"],
                bounds["max_val"] is not None and not bounds["max_inclusive"],
            )
        elif function.__name__ == "process_non_negative_range":
            yield Limits(0)


def _closeness(limits: Limits) -> tuple[int, int]:
    """Return the number of ends of an interval, and of those that are excluded."""
    ends = (limits.minimum is not None) + (limits.maximum is not None)
    return ends, limits.minimum_open + limits.maximum_open


def _with_names(argument: ArgumentInfo) -> ArgumentInfo:
    """Choices without null, and with the names of OpenCV's constants beside the numbers."""
    if argument.choices is None:
        return argument
    choices = tuple(choice for choice in argument.choices if choice is not None)
    if argument.types <= {"int", "null"}:
        # Numbers besides the choices are refused.
        argument = replace(argument, types=argument.types - {"int"})
    prefix = CONSTANTS.get(argument.name)
    names = _names(prefix, choices) if prefix is not None else ()
    return replace(argument, choices=(*choices, *names))


def _names(prefix: str, numbers: tuple[Any, ...]) -> tuple[str, ...]:
    import cv2

    constants = {name: getattr(cv2, name) for name in dir(cv2) if name.startswith(prefix)}
    return tuple(
        next(name for name, number in sorted(constants.items()) if number == wanted and not _SECOND_NAMES.match(name))
        for wanted in numbers
    )
