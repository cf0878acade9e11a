"""How values show themselves in a notebook, without knowing how HTML is made.

HTML is made in one place, ``schema.render``, which stands above the values that it draws. A value
inherits from Displayed; the first time one is shown, ``schema.render`` is loaded and asked.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

__all__ = ["Displayed", "register"]

T = TypeVar("T")
_renderers: dict[type, Callable[[Any], str]] = {}


def register(cls: type[T], renderer: Callable[[T], str]) -> None:
    """Have values of this class, and of classes below it, shown by ``renderer`` as HTML."""
    _renderers[cls] = renderer


class Displayed:
    """Base of values that a notebook shows as HTML; ``text/plain`` is always there too."""

    __slots__ = ()

    def _repr_mimebundle_(
        self,
        include: Any = None,  # noqa: ANN401, ARG002 -- IPython's protocol
        exclude: Any = None,  # noqa: ANN401, ARG002
    ) -> dict[str, str]:
        import_module("schema.render")
        bundle = {"text/plain": repr(self)}
        for cls in type(self).__mro__:
            if cls in _renderers:
                bundle["text/html"] = _renderers[cls](self)
                break
        return bundle
