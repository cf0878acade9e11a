"""A diagram as a file that stands alone: SVG with its own colours, PNG, or an HTML page."""

from __future__ import annotations

import re

from schema.diagram import Diagram
from schema.errors import WorkbenchError
from schema.render.er import WIDTH, er_html, er_svg
from schema.render.page import DARK, dark, page
from schema.render.theme import ours

__all__ = ["er_page", "er_png", "er_standalone_svg"]

#: Fonts by name: what draws the PNG knows none by its kind. One of them is on most machines.
_SANS = "Arial, 'Helvetica Neue', 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', 'Noto Sans'"
_VARIABLE = re.compile(r"var\((--[\w-]+),\s*([^()]*)\)")


def er_standalone_svg(diagram: Diagram, *, width: float = WIDTH) -> str:
    """The picture as the text of an SVG file: light or dark as the one who looks at it likes it."""
    svg = er_svg(diagram, width=width)
    return svg.replace("<style>", f"<style>{dark('.swb-er')}", 1) + "\n"


def er_page(diagram: Diagram, *, width: float = WIDTH) -> str:
    """The picture with its relations as text, as an HTML file."""
    return page(diagram.title or "Diagram", ours(er_html(diagram, width=width)))


def er_png(
    diagram: Diagram, *, width: float = WIDTH, is_dark: bool = False, scale: float = 2.0
) -> bytes:
    """The picture as a PNG file's bytes, ``scale`` dots for each pixel.

    Raises WorkbenchError where the package that draws it is not installed.
    """
    try:
        import resvg_py
    except ImportError:
        raise WorkbenchError(
            "PNG pictures need the package resvg_py, which is not installed. Install it: "
            'pip install "schema-workbench[png]"; or write SVG, which needs nothing.'
        ) from None
    svg = er_svg(diagram, width=width, is_still=True)
    return bytes(resvg_py.svg_to_bytes(svg_string=_resolved(svg, is_dark=is_dark), zoom=scale))


def _resolved(svg: str, *, is_dark: bool) -> str:
    """The same SVG with a theme's own values in place of variables."""

    def value(found: re.Match[str]) -> str:
        name, light = found.groups()
        if name == "--jp-ui-font-family":
            return _SANS
        return DARK.get(name, light) if is_dark else light

    return _VARIABLE.sub(value, svg)
