"""Synthetic rows: any schema filled with made-up data that keeps its keys and checks."""

from __future__ import annotations

from schema.synthetic.filled import Filled, FilledTable
from schema.synthetic.filling import fill
from schema.synthetic.like import rows_like

__all__ = ["Filled", "FilledTable", "fill", "rows_like"]
