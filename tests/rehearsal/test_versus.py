"""Two rehearsals compared: before and after a revision was improved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from schema.rehearsal import Lock, Step
from schema.rehearsal.versus import versus
from schema.render import versus_html

Watched = Callable[..., Step]


def better(watched: Watched) -> Step:
    mild = (Lock("users", "table", "ShareUpdateExclusiveLock", 0, 0.4),)
    return replace(watched(locks=mild, rewrites=(), wal_bytes=1_000_000), seconds=0.5)


def test_each_revision_is_a_row_with_both_sides(watched: Watched) -> None:
    found = versus([watched()], [better(watched)])
    [row] = found.frame().to_dict("records")
    assert (row["revision"], row["direction"]) == ("aaaa1", "up")
    assert (row["seconds_before"], row["seconds_after"]) == (2.0, 0.5)
    assert (row["reads_before"], row["reads_after"]) == (1.5, 0.0)
    assert (row["writes_before"], row["writes_after"]) == (1.9, 0.0)
    assert (row["rewritten_before"], row["rewritten_after"]) == (9_500_000, 0)
    assert (row["wal_before"], row["wal_after"]) == (12_000_000, 1_000_000)


def test_what_was_not_measured_stays_missing(watched: Watched) -> None:
    unseen = watched(locks=(), wal_bytes=None)
    row = versus([unseen], [unseen])[0].to_dict()
    assert (row["reads_before"], row["wal_after"]) == (None, None)
    assert versus([unseen], [unseen]).frame()["wal_after"].isna().all()


def test_a_revision_of_one_side_only_is_told_last(watched: Watched) -> None:
    gone = replace(watched(), revision="gone1")
    found = versus([gone, watched()], [better(watched)])
    assert [pair.revision for pair in found] == ["aaaa1", "gone1"]
    assert found[1].after is None
    assert found.verdict.startswith("1 step compared")
    assert "no step in common" in versus([gone], [watched()]).verdict


def test_a_revision_that_was_run_again_counts_as_it_was_last(watched: Watched) -> None:
    found = versus([watched()], [watched(error="it broke"), better(watched)])
    assert [pair.to_dict()["error_after"] for pair in found] == [None]


def test_up_and_down_are_two_rows(watched: Watched) -> None:
    down = replace(watched(), direction="down")
    assert [pair.direction for pair in versus([watched(), down], [])] == ["up", "down"]


def test_the_verdict_is_one_sentence(watched: Watched) -> None:
    assert versus([watched()], [better(watched)]).verdict == (
        "1 step compared: time 2.00 s → 500 ms; reads blocked 1.50 s → none; "
        "writes blocked 1.90 s → none; written anew 9.50 MB → none."
    )


def test_the_same_again_is_told_as_the_same(watched: Watched) -> None:
    assert versus([watched()], [watched()]).verdict == "1 step compared: no figure differs."


def test_what_is_better_is_marked_in_words(watched: Watched) -> None:
    def shown(before: Step, after: Step) -> str:
        return re.sub(r"<style>.*?</style>|<[^>]+>", "", versus_html(versus([before], [after])))

    assert "2.00 s→ 500 ms ↓ less" in shown(watched(), better(watched))
    assert "500 ms→ 2.00 s ↑ more" in shown(better(watched), watched())
    fast = replace(watched(), seconds=0.02)
    assert "less" not in shown(replace(fast, seconds=0.09), fast), "too short to tell"
    assert "less" not in shown(watched(), replace(watched(), seconds=1.4)), "that is noise"
    assert "WAL" not in shown(watched(wal_bytes=None), watched(wal_bytes=None)), (
        "nobody measured it"
    )
    assert "–→ failed" in shown(watched(), watched(error="<b>"))
