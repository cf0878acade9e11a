"""Every shape of project goes through every function, unchanged, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.shapes.declared import SHAPES
from tests.shapes.document import PATH, document

if TYPE_CHECKING:
    from tests.shapes.shape import Shape
    from tests.shapes.visit import Visit


def cells() -> list[object]:
    return [
        pytest.param(
            shape,
            kind,
            id=f"{shape.name}-{kind}",
            marks=[] if kind == "sqlite" else [getattr(pytest.mark, kind), pytest.mark.slow],
        )
        for shape in SHAPES
        for kind in shape.kinds
    ]


@pytest.mark.parametrize(("shape", "kind"), cells())
def test_everything_works_with_the_project_as_it_is(
    shape: Shape, kind: str, visit: Callable[[Shape, str], Visit]
) -> None:
    visit(shape, kind).everything()


def test_the_document_tells_every_shape() -> None:
    assert PATH.read_text(encoding="utf-8") == document(), "python -m tests.shapes.document"


def test_every_shape_has_a_name_of_its_own() -> None:
    names = [shape.name for shape in SHAPES]
    assert len(names) == len(set(names))
