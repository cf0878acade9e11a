"""A whole HTML file that stands alone: its own colours, light and dark, and nothing from a net."""

from __future__ import annotations

from markupsafe import Markup

from schema.render.theme import join, ours, panel, text

__all__ = ["DARK", "dark", "page"]

#: JupyterLab's colours in its dark theme; in the light one they are as they stand in the theme.
DARK = {
    "--jp-ui-font-color1": "#e0e0e0",
    "--jp-ui-font-color2": "#a8a8a8",
    "--jp-layout-color0": "#161616",
    "--jp-layout-color2": "#2c2c2c",
    "--jp-border-color1": "#6a6a6a",
    "--jp-border-color2": "#4a4a4a",
    "--jp-success-color1": "#66bb6a",
    "--jp-error-color1": "#ef7070",
    "--jp-warn-color1": "#ffa94d",
    "--jp-brand-color1": "#64b5f6",
}


def dark(selector: str) -> str:
    """The rule that gives what is selected the colours of the dark theme, where one is wished."""
    colours = " ".join(f"{name}: {value};" for name, value in DARK.items())
    return f"@media screen and (prefers-color-scheme: dark) {{ {selector} {{ {colours} }} }}"


# What a notebook takes from JupyterLab's theme, a file must bring along.
_COLOURS = ours(
    f"""<style>
:root {{ color-scheme: light dark; }}
{dark(":root")}
"""
    + """body { margin: 0 auto; padding: 16px 24px; max-width: 1180px;
  background: var(--jp-layout-color0, #fff); color: var(--jp-ui-font-color1, #212121); }
@media print {
  body { padding: 0; max-width: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  .swb.swb pre, .swb.swb { max-height: none; overflow: visible; }
  .swb.swb tbody { break-inside: avoid; }
}
</style>"""
)

#: Whatever a name may have smuggled in: no script runs, and nothing is asked of a server.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(title: str, *parts: object) -> str:
    """The parts as a file. What stands in them is folded as on a screen, and unfolded on paper."""
    whole = Markup(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" content="{}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>{}</title>\n{}\n</head>\n<body>\n<main>{}</main>\n</body>\n</html>\n"
    )
    return str(whole.format(_POLICY, text(title), _COLOURS, ours(panel(join(parts)))))
