from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Optional, Union

from annotated_types import Ge, Interval, Le

from kpipe.components.inspection.annotations import Alternative, alternatives, annotations_of, metadata_in

if TYPE_CHECKING:
    from nowhere import Missing

Share = Annotated[float, Interval(ge=0, le=1)]


def function(share: Share, count: Annotated[int, Ge(1)] | None, other: Missing, plain) -> None: ...


class Holder:
    def __init__(self, share: Share) -> None: ...


def test_annotations_are_evaluated_with_their_metadata():
    assert annotations_of(function) == {
        "share": Share,
        "count": Annotated[int, Ge(1)] | None,
        "return": type(None),
    }
    assert annotations_of(Holder)["share"] == Share


def test_alternatives_are_the_members_of_unions_each_with_its_metadata():
    hint = Annotated[Union[Annotated[int, Ge(1)], Optional[float]], Le(9)]  # noqa: UP007, UP045
    none = type(None)
    assert list(alternatives(hint)) == [
        Alternative(int, (Ge(1), Le(9))),
        Alternative(float, (Le(9),)),
        Alternative(none, (Le(9),)),
    ]
    assert [part.hint for part in alternatives(list[Share] | Literal["auto"])] == [list[Share], Literal["auto"]]


def test_a_type_alias_stands_for_its_value():
    class Alias:  # as `type Rate = ...` of Python 3.12
        __value__ = Share | None

    assert [str(part.limits) for part in alternatives(Alias())] == ["between 0 and 1", ""]


def test_metadata_is_found_at_any_depth():
    hint = dict[str, list[Annotated[int, "inner"]]] | Annotated[str, "outer"] | Literal["text"]
    assert list(metadata_in(hint)) == ["inner", "outer"]
