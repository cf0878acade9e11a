"""Several rehearsals of one source at the same time do not disturb each other."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import sqlalchemy as sa

from schema import scratch
from schema.project import Project
from schema.rehearsal import Rehearsal


def copies(url: str) -> list[str]:
    server = None if url.startswith("sqlite") else sa.make_url(url)
    return [each.name for each in scratch.find(server=server) if each.source.endswith(url[-12:])]


def test_in_threads_of_one_process(shop: Any) -> None:
    def walk(target: str) -> tuple[str, list[str], list[str], list[str]]:
        with Project.open(shop.folder) as project, Rehearsal.start(project) as rehearsal:
            told: list[str] = []
            rehearsal.on_event = lambda event: told.append(
                f"{event['event']} {event.get('revision', '')}"
            )
            steps = rehearsal.run_to(target)
            states = [step.data.verdict if step.data else "unread" for step in steps]
            name = rehearsal.scratch.name
            rehearsal.close(drop=True)
            begun = [text.removeprefix("start ") for text in told if text.startswith("start ")]
            return name, [step.error or step.revision for step in steps], begun, states

    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(walk, ["bbb222", "ccc333", "ccc333"]))
    assert len({name for name, *_ in found}) == 3
    assert [walked for _, walked, *_ in found] == [["bbb222"], *[["bbb222", "ccc333"]] * 2]
    assert [begun for *_, begun, _ in found] == [["bbb222"], *[["bbb222", "ccc333"]] * 2]
    assert [states[-1] for *_, states in found] == ["unchanged", "lost", "lost"]
    assert shop.rows() == 3
    assert copies(shop.url) == []


def test_in_two_processes(shop: Any, command: Any) -> None:
    given = ["rehearse", "-c", shop.folder, "--url", shop.url, "--json"]
    running = [command.start(*given), command.start(*given)]
    answers = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [1, 1], answers  # both lose the rows
    told = [json.loads(out) for out, _ in answers]
    assert len({each["scratch"] for each in told}) == 2
    for each in told:
        assert [step["error"] for step in each["steps"]] == [None, None]
        assert [step["data"]["verdict"] for step in each["steps"]] == ["unchanged", "lost"]
    assert shop.rows() == 3
    assert copies(shop.url) == []
    assert command.processes() == []
