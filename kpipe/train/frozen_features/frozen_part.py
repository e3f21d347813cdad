"""The part of a model whose outputs are the same in each epoch, since its layers are frozen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras

from kpipe.train.frozen_features.graph_walk import INPUTS, Value

#: The number of a call, and of one of its outputs.
Key = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of an operation of a model.

    Args:
        operation: the layer or another operation.
        inputs: the keys of the tensors that it receives.
        outputs: the bytes of a sample of each output; None if its size is not known, or if it has a mask.
        refusal: why its outputs must be computed in each step; None if they need not be.
    """

    operation: Any
    inputs: Sequence[Key]
    outputs: Sequence[int | None]
    refusal: str | None = None


@dataclass(frozen=True)
class FrozenPart:
    """The calls whose outputs are the same in each epoch, from the inputs of the model to the layers that are trained.

    Args:
        calls: all calls of the model in order, by their numbers.
        inputs: the bytes of a sample of each input of the model, as in `Call`.
        outputs: the keys of the outputs of the model.
        places: the numbers of the calls that belong to the part.

    Example:
        >>> first = Call(operation=keras.layers.ReLU(), inputs=[(INPUTS, 0)], outputs=[8])
        >>> second = Call(operation=keras.layers.Dense(2), inputs=[(0, 0)], outputs=[8], refusal="")
        >>> part = FrozenPart.of([first, second], inputs=[16], outputs=[(1, 0)])
        >>> part.keys, part.sample_bytes
        ([(0, 0)], 8)
    """

    calls: Sequence[Call]
    inputs: Sequence[int | None]
    outputs: Sequence[Key]
    places: frozenset[int]

    @classmethod
    def of(cls, calls: Sequence[Call], inputs: Sequence[int | None], outputs: Sequence[Key]) -> FrozenPart:
        """Return the part with as many layers as possible whose features are small.

        Layers without weights at its end do not belong to it if features are smaller without them, as with padding,
        nor lookups in a table of embeddings, which are as fast as that of features.
        """
        known: set[int] = set()
        for place, call in enumerate(calls):
            if call.refusal is None and all(at == INPUTS or at in known for at, _ in call.inputs):
                known.add(place)
        part = cls(calls, inputs, outputs, frozenset(known))
        while unknown := [key for key in part.keys if part.size(key) is None and key[0] != INPUTS]:
            part = part._without(unknown[0][0])
        return part._smallest()

    @cached_property
    def keys(self) -> list[Key]:
        """The keys of the features: what the part computes, or receives, and other calls or the outputs use."""
        used = [key for place, call in enumerate(self.calls) if place not in self.places for key in call.inputs]
        keys = [key for key in (*used, *self.outputs) if key[0] == INPUTS or key[0] in self.places]
        return sorted(dict.fromkeys(keys))

    def size(self, key: Key) -> int | None:
        """Return the bytes of a sample of a tensor; None if they are not known."""
        place, index = key
        return self.inputs[index] if place == INPUTS else self.calls[place].outputs[index]

    @property
    def sample_bytes(self) -> int | None:
        """The bytes of the features of a sample; None if they are not known."""
        sizes = [self.size(key) for key in self.keys]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def operations(self) -> list[Any]:
        """The operations of the part in order, each once."""
        found = {id(call.operation): call.operation for place, call in enumerate(self.calls) if place in self.places}
        return list(found.values())

    @property
    def last(self) -> list[Any]:
        """The operations whose outputs are the features."""
        found = [self.calls[place].operation for place, _ in self.keys if place != INPUTS]
        return list({id(entry): entry for entry in found}.values())

    @property
    def refusals(self) -> list[str]:
        """Why calls do not belong to the part though they receive nothing but what it computes."""
        above = (call for place, call in enumerate(self.calls) if place not in self.places)
        is_known = (call for call in above if all(at == INPUTS or at in self.places for at, _ in call.inputs))
        return [call.refusal for call in is_known if call.refusal]

    def _without(self, place: int) -> FrozenPart:
        """Return the part without a call, and without all calls that need it."""
        removed = {place}
        for number, call in enumerate(self.calls):
            if any(at in removed for at, _ in call.inputs):
                removed.add(number)
        return FrozenPart(self.calls, self.inputs, self.outputs, self.places - removed)

    def _smallest(self) -> FrozenPart:
        best = part = self
        while (cheap := part._cheap()) and part.sample_bytes is not None:
            part = min((part._without(place) for place in cheap), key=_bytes)
            if _bytes(part) < _bytes(best):
                best = part
        return best

    def _cheap(self) -> list[int]:
        """The calls at the end of the part that need little time."""
        inner = {at for place in self.places for at, _ in self.calls[place].inputs}
        return [place for place in sorted(self.places - inner) if _is_cheap(self.calls[place].operation)]


def _bytes(part: FrozenPart) -> float:
    size = part.sample_bytes
    return float("inf") if size is None else float(size)


def _is_cheap(operation: Any) -> bool:
    return isinstance(operation, keras.layers.Embedding) or not getattr(operation, "weights", ())


def keys_of(values: Any) -> list[Key]:
    """Return the keys of all values in a structure of arguments."""
    return [entry.key for entry in keras.tree.flatten(values) if isinstance(entry, Value)]


def has_frozen(part: FrozenPart, frozen: Collection[int]) -> bool:
    """Return whether a layer with weights belongs to a part, given the `id` of all frozen layers."""
    return any(id(entry) in frozen and entry.weights for entry in part.operations)
