"""How everything looks: one style sheet in JupyterLab's own colours, and escaping.

Colours are JupyterLab's variables, so a theme switch repaints what is already on the page; after
the comma stands what they are in the light theme, for pages that know no such variables.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from schema.wording import printable

__all__ = [
    "BACKGROUND",
    "BAD",
    "BORDER",
    "COLOURS",
    "FAINT",
    "FONT",
    "GOOD",
    "INFO",
    "MONO",
    "STYLE",
    "TEXT",
    "WARN",
    "bare",
    "join",
    "ours",
    "panel",
    "text",
]


def ours(markup: str) -> Markup:
    """Markup that this package wrote itself. Never for anything that was read."""
    return Markup(markup)  # noqa: S704 -- the one place, see above


TEXT = "var(--jp-ui-font-color1, #212121)"
FAINT = "var(--jp-ui-font-color2, #616161)"
BACKGROUND = "var(--jp-layout-color0, #fff)"
BORDER = "var(--jp-border-color2, #e0e0e0)"
FONT = "var(--jp-ui-font-family, system-ui, -apple-system, 'Segoe UI', Arial, sans-serif)"
MONO = "var(--jp-code-font-family, Menlo, Consolas, 'DejaVu Sans Mono', monospace)"

GOOD = "var(--jp-success-color1, #388e3c)"
BAD = "var(--jp-error-color1, #d32f2f)"
WARN = "var(--jp-warn-color1, #f57c00)"
INFO = "var(--jp-brand-color1, #1976d2)"

#: To tell lines apart by, one after another: legible on white as on black.
COLOURS = (
    "var(--jp-brand-color1, #1976d2)",
    "var(--md-orange-700, #f57c00)",
    "var(--md-green-600, #43a047)",
    "var(--md-purple-400, #ab47bc)",
    "var(--md-teal-500, #009688)",
    "var(--md-pink-400, #ec407a)",
)

# The doubled class outweighs JupyterLab's own rules for tables in an output, which set the text
# to the right and give every second row another background.
STYLE = ours(f"""<style>
.swb {{ color: {TEXT}; background: {BACKGROUND}; font: 13px/1.45 {FONT}; max-width: 100%;
  padding: 2px 0; overflow-x: auto; }}
.swb.swb h3 {{ font: 600 15px/1.4 {FONT}; margin: 4px 0 6px; color: inherit; }}
.swb.swb h4 {{ font: 600 13px/1.4 {FONT}; margin: 14px 0 4px; color: inherit; }}
.swb.swb p {{ margin: 4px 0; }}
.swb .swb-faint {{ color: {FAINT}; }}
.swb.swb code, .swb.swb pre {{ font: 12px/1.5 {MONO}; color: inherit; background: none; padding: 0;
  margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }}
.swb.swb pre {{ padding: 4px 8px; border-left: 3px solid {BORDER}; max-height: 320px;
  overflow: auto; }}
.swb.swb table.swb-table {{ border-collapse: collapse; border: 0; margin: 6px 0; font: inherit;
  table-layout: auto; }}
.swb.swb .swb-table th, .swb.swb .swb-table td {{ text-align: left; vertical-align: top;
  padding: 3px 14px 3px 0; border: 0; border-bottom: 1px solid {BORDER}; max-width: 460px;
  white-space: normal; overflow-wrap: break-word; unicode-bidi: isolate; color: inherit; }}
.swb.swb .swb-table th {{ font-weight: 600; color: {FAINT}; overflow-wrap: normal;
  vertical-align: bottom; }}
.swb.swb .swb-table tbody tr {{ background: transparent; }}
.swb.swb .swb-table tbody tr:hover {{ background: var(--jp-layout-color2, #eee); }}
.swb.swb .swb-table .swb-number {{ text-align: right; font-variant-numeric: tabular-nums; }}
.swb.swb .swb-table td.swb-number, .swb.swb .swb-table td.swb-short {{ white-space: nowrap;
  overflow-wrap: normal; }}
.swb.swb .swb-table .swb-group td {{ font-weight: 600; padding-top: 10px; }}
.swb.swb table.swb-differences {{ table-layout: fixed; width: 100%; }}
.swb.swb .swb-differences th, .swb.swb .swb-differences td {{ max-width: none; white-space: normal;
  overflow-wrap: anywhere; }}
.swb.swb .swb-differences tbody th {{ font-weight: normal; color: inherit; vertical-align: top; }}
.swb.swb .swb-differences .swb-heading th {{ font-weight: 600; padding-top: 10px; }}
.swb.swb .swb-differences tr:has(+ .swb-why) > * {{ border-bottom: 0; }}
.swb.swb .swb-differences .swb-why td {{ padding: 0 0 4px 1.6em; color: {FAINT}; }}
.swb .swb-lines {{ font: 12px/1.5 {MONO}; white-space: pre-wrap; overflow-wrap: anywhere; }}
.swb .swb-columns {{ display: grid; gap: 0 28px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }}
.swb .swb-columns section {{ min-width: 0; }}
.swb .swb-item {{ border-left: 3px solid {BORDER}; padding: 2px 0 2px 10px; margin: 5px 0;
  overflow-wrap: anywhere; }}
.swb-editor textarea {{ font: 12px/1.5 {MONO} !important; white-space: pre; tab-size: 4; }}
.swb.swb pre.swb-file {{ user-select: all; box-sizing: border-box; max-height: 420px;
  overflow: auto; white-space: pre; contain: inline-size;
  border: 1px solid {BORDER}; border-radius: 3px; padding: 6px 10px; }}
.widget-html-content:has(> .swb) {{ min-width: 0; }}
.jupyter-widget-tab .swb {{ background: var(--jp-layout-color1, #fff); }}
.swb .swb-badge {{ display: inline-block; border: 1px solid {BORDER}; border-radius: 8px;
  padding: 0 7px; font-size: 12px; color: {FAINT}; }}
.swb .swb-badge.swb-bad {{ border-color: {BAD}; color: {TEXT}; font-weight: 600;
  background: color-mix(in srgb, {BAD} 14%, transparent); }}
.swb .swb-badge.swb-warn {{ border-color: {WARN}; color: {TEXT};
  background: color-mix(in srgb, {WARN} 14%, transparent); }}
.swb .swb-share {{ display: inline-block; min-width: 74px; padding: 0 4px; border-radius: 2px;
  background: linear-gradient(to right, color-mix(in srgb, {INFO} 32%, transparent) var(--share),
  transparent var(--share)); }}
.swb .swb-figures {{ display: flex; flex-wrap: wrap; gap: 4px 26px; margin: 6px 0 8px; }}
.swb .swb-figures div {{ font-weight: 600; font-variant-numeric: tabular-nums; }}
.swb .swb-figures span {{ display: block; color: {FAINT}; font-weight: 400; font-size: 12px; }}
.swb.swb pre.swb-copy {{ user-select: all; border-left-color: {GOOD}; }}
.swb .swb-verdict {{ font-size: 15px; font-weight: 600; border-left: 4px solid {INFO};
  padding: 4px 10px; margin: 4px 0 8px; }}
.swb .swb-verdict.swb-good {{ border-color: {GOOD}; }}
.swb .swb-verdict.swb-bad {{ border-color: {BAD}; }}
.swb .swb-verdict.swb-warn {{ border-color: {WARN}; }}
.swb .swb-note {{ border-left: 4px solid {WARN}; padding: 2px 10px; margin: 6px 0; }}
.swb.swb ul {{ margin: 2px 0; padding-left: 20px; }}
.swb .swb-error {{ border-left: 4px solid {BAD}; padding: 4px 10px; margin: 6px 0; }}
.swb .swb-mark {{ display: inline-block; width: 1.3em; font-weight: 700; text-align: center; }}
.swb .swb-added {{ color: {GOOD}; }}
.swb .swb-removed {{ color: {BAD}; }}
.swb .swb-changed {{ color: {WARN}; }}
.swb .swb-renamed {{ color: {INFO}; }}
.swb.swb del, .swb.swb ins {{ color: inherit; font-weight: 700; border-radius: 2px;
  text-decoration: none; }}
.swb.swb del {{ border-bottom: 2px dotted {BAD};
  background: color-mix(in srgb, {BAD} 16%, transparent); }}
.swb.swb ins {{ border-bottom: 2px solid {GOOD};
  background: color-mix(in srgb, {GOOD} 18%, transparent); }}
.swb.swb details {{ margin: 4px 0; }}
.swb.swb summary {{ cursor: pointer; padding: 2px 0; }}
.swb.swb summary:focus-visible {{ outline: 2px solid {INFO}; }}
.swb .swb-step {{ border: 1px solid {BORDER}; border-radius: 4px; padding: 6px 12px;
  margin: 6px 0; }}
.jupyter-widgets.jupyter-button.swb-opener {{ background: none; color: {TEXT}; text-align: left;
  font-weight: 600; height: auto; min-height: 28px; white-space: normal; line-height: 1.3;
  padding: 4px 6px; }}
.jupyter-widgets.jupyter-button.swb-opener:hover {{ background: var(--jp-layout-color2, #eee); }}
.jupyter-widgets.jupyter-button.swb-opener:focus-visible {{ outline: 2px solid {INFO}; }}
.jupyter-widgets.jupyter-button.swb-row {{ background: none; color: {TEXT}; text-align: left;
  padding: 0 6px; line-height: 26px; border-radius: 0; box-shadow: none; }}
.jupyter-widgets.jupyter-button.swb-row:hover {{ background: var(--jp-layout-color2, #eee); }}
.jupyter-widgets.jupyter-button.swb-row.swb-here {{ font-weight: 600;
  background: color-mix(in srgb, var(--jp-brand-color3, #bbdefb) 35%, transparent); }}
.jupyter-widgets.jupyter-button.swb-row:focus-visible {{ outline: 2px solid {INFO};
  outline-offset: -2px; }}
.swb .swb-row-heading {{ height: 26px; line-height: 26px; padding-left: 6px; font-weight: 600;
  color: {FAINT}; box-sizing: border-box; }}
.swb mark.swb-hit {{ color: inherit; border-radius: 2px; border-bottom: 2px solid {INFO};
  background: color-mix(in srgb, {INFO} 22%, transparent); }}
.swb .swb-loss {{ color: color-mix(in srgb, {BAD} 72%, {TEXT}); font-weight: 600; }}
.swb .swb-gain {{ color: color-mix(in srgb, {GOOD} 72%, {TEXT}); font-weight: 600; }}
</style>""")


def text(value: object) -> Markup:
    """The value as text that no page takes for markup, and without control characters."""
    return Markup.escape(value if isinstance(value, Markup) else printable(value))


def join(parts: Iterable[object]) -> Markup:
    """The markup of all parts in a row; what is no Markup yet is escaped."""
    return Markup().join(text(part) for part in parts)


def panel(*parts: object) -> str:
    """The parts on one panel that carries its own style: what a cell or a widget shows.

    JupyterLab would set what stands between two dollar signs, as in every function's body, as a
    formula: MathJax's own class keeps it from that.
    """
    return str(STYLE) + bare(*parts)


def bare(*parts: object) -> str:
    """The same without its style: for many small pieces on a page that has a panel anyway."""
    whole = Markup('<div class="swb mathjax_ignore">{}</div>')
    return str(whole.format(join(parts)))
