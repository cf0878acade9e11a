"""What docs/troubles.md promises is what there is; the other tests check its words."""

from __future__ import annotations

import re

from schema.trouble import KINDS
from tests.trouble.conftest import ROOT, documented


def test_every_kind_is_documented_in_its_order() -> None:
    assert list(documented()) == list(KINDS)


def test_rows_of_the_table_have_what_its_heading_says() -> None:
    text = (ROOT / "docs" / "troubles.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert {len(re.split(r" ?(?<!\\)\| ?", row.strip("| "))) for row in rows} <= {3, 4}
