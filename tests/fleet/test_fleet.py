"""A fleet: each member has its verdict, equal ones are a group, and one that fails stops nobody."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from schema.fleet import Fleet, FleetCheck, check_fleet
from schema.fleet.judging import Judge
from schema.fleet.reading import Failure, Task, read_databases
from schema.stopping import Stopped, stoppable

if TYPE_CHECKING:
    from tests.conftest import Shop


def verdicts(found: Fleet) -> dict[str, str]:
    return {item.name.removesuffix(".db"): item.verdict for item in found.members}


def test_each_member_has_its_verdict_and_equal_ones_agree(shop: Shop, fleet: list[Path]) -> None:
    before = [hashlib.sha256(path.read_bytes()).digest() for path in fleet if path.exists()]
    found = check_fleet(shop.project, fleet, executor="threads")
    assert verdicts(found) == {
        "a0": "clean", "a1": "clean", "a2": "clean", "ignored": "clean", "behind": "behind",
        "drifted": "drifted", "both": "drifted-and-behind", "unstamped": "unstamped",
        "unknown": "unknown-revision", "empty": "empty", "broken": "unreachable",
        "gone": "unreachable",
    }  # fmt: skip
    # What env.py leaves out makes no difference.
    assert set(found.groups[0].members) == {"a0.db", "a1.db", "a2.db", "ignored.db"}
    by_name = {item.name: item for item in found.members}
    assert (by_name["behind.db"].behind, by_name["both.db"].behind) == (2, 1)
    assert by_name["drifted.db"].causes == {"outside-migrations": 1}
    assert by_name["unstamped.db"].behind is None
    assert "nearest to revision ccc333" in str(by_name["unstamped.db"].reason)
    assert "no revision file bears" in str(by_name["unknown.db"].reason)
    assert "There is no SQLite file" in str(by_name["gone.db"].reason)
    assert found.exit_code == 1
    assert found.verdict.startswith("4 agree (clean), 6 differ: 1 drifted, 1 drifted and behind")
    assert found.verdict.endswith("2 unreachable")
    assert [path for path in fleet if path.exists()] == fleet[:-1]
    assert [hashlib.sha256(path.read_bytes()).digest() for path in fleet[:-1]] == before


def test_what_it_shows_is_a_table_too(shop: Shop, fleet: list[Path]) -> None:
    found = check_fleet(shop.project, fleet, executor="threads")
    frame = found.frame()
    assert list(frame.columns) == [
        "name", "url", "kind", "schema_name", "verdict", "revision", "behind", "differences",
        "causes", "group", "fingerprint", "seconds", "reason",
    ]  # fmt: skip
    assert len(frame) == len(fleet)
    assert found.groups_frame().databases.sum() == 10
    told = found.to_dict()
    assert told["counts"]["clean"] == 4
    assert next(group["members"] for group in told["groups"])[0] == "a0.db"
    described = {item.describe() for item, _ in found.shared}
    assert described == {"column customer.vip: added (BOOLEAN)", "table extra: added (columns a)"}


def test_to_be_behind_is_no_drift_and_trouble_is_no_cleanness(
    shop: Shop, member: Callable[..., Path]
) -> None:
    good = [member("a"), member("b", "aaa111")]
    assert check_fleet(shop.project, good, executor="threads").exit_code == 0
    gone = good[0].with_name("gone.db")
    assert check_fleet(shop.project, [*good, gone], executor="threads").exit_code == 2


def test_the_models_of_the_project_are_told_once(shop: Shop, member: Callable[..., Path]) -> None:
    shop.models.write_text(shop.MODELS + "    paid = Column(Integer)\n")
    found = check_fleet(shop.project, [member("a"), member("b")], executor="threads")
    assert [item.name for item in found.models["sqlite"]] == ["paid"]
    assert verdicts(found) == {"a": "clean", "b": "clean"}
    assert found.exit_code == 1
    assert "1 change of the models" in found.verdict


def test_groups_can_be_compared_with_one_another(shop: Shop, fleet: list[Path]) -> None:
    found = check_fleet(shop.project, fleet, executor="threads")
    drifted = found.group("drifted.db")
    assert drifted is not None
    others = found.between(found.groups[0], drifted)
    assert others is not None
    assert [item.name for item in others] == ["vip"]


def test_a_catalog_that_is_known_is_not_sent_again(member: Callable[..., Path]) -> None:
    from schema.database import Limits, parse_url

    task = Task(parse_url(f"sqlite:///{member('a')}"), (), "shop_version", None, Limits())
    first = read_databases(task)
    assert not isinstance(first, Failure)
    assert first[0].catalog
    known = frozenset([first[0].fingerprint])
    again = read_databases(
        Task(parse_url(f"sqlite:///{member('b')}"), (), "shop_version", None, Limits(), known=known)
    )
    assert not isinstance(again, Failure)
    assert again[0].fingerprint == first[0].fingerprint
    assert again[0].catalog is None


def test_a_replay_that_fails_leaves_the_models_to_compare_with(
    shop: Shop, member: Callable[..., Path]
) -> None:
    paths = [member("a"), member("b", "ccc333", "DROP TABLE invoice")]
    shop.revision("ccc333", "bbb222", "raise RuntimeError('no way')")
    found = check_fleet(shop.project, paths, executor="threads")
    assert set(verdicts(found).values()) == {"incomplete"}
    assert "no way" in str(found.members[0].reason)
    assert found.exit_code == 2


def test_a_schema_that_is_too_large_is_a_reason(
    shop: Shop, fleet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.fleet.reading.MOST_OBJECTS", 8)
    found = check_fleet(shop.project, [fleet[0], fleet[4]], executor="threads")
    assert verdicts(found) == {"a0": "failed", "behind": "behind"}
    assert "schema objects" in str(found.members[0].reason)


def test_equal_catalogs_are_kept_once(
    shop: Shop, fleet: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    kept = Judge._group

    def counted(self: Judge, group_id: str, *rest: Any) -> Any:
        judged.append(group_id)
        return kept(self, group_id, *rest)

    monkeypatch.setattr(Judge, "_group", counted)
    check = FleetCheck(shop.project, fleet[:5], executor="threads")
    check.run()
    assert len(judged) == len(set(judged)) == 2
    assert check._judge is not None
    assert len(check._judge._catalogs) == 2


# -- who reads ---------------------------------------------------------------------------------


def test_processes_and_every_other_executor_find_the_same(shop: Shop, fleet: list[Path]) -> None:
    wanted = verdicts(check_fleet(shop.project, fleet, executor="threads"))
    assert verdicts(check_fleet(shop.project, fleet, executor="processes", jobs=2)) == wanted
    with ThreadPoolExecutor(2) as threads:
        assert verdicts(check_fleet(shop.project, fleet, executor=threads)) == wanted


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_process_pool_and_a_dask_cluster_find_the_same(shop: Shop, fleet: list[Path]) -> None:
    import multiprocessing

    from distributed import Client, LocalCluster

    wanted = verdicts(check_fleet(shop.project, fleet, executor="threads"))
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawned) as pool:
        assert verdicts(check_fleet(shop.project, fleet, executor=pool)) == wanted
    with LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None,
                      host="127.0.0.1", protocol="tcp://") as cluster:  # fmt: skip
        name = str(cluster.scheduler_address).replace("tcp://", "dask://")
        assert verdicts(check_fleet(shop.project, fleet, executor=name)) == wanted
        with Client(cluster, set_as_default=False) as client:
            assert verdicts(check_fleet(shop.project, fleet, executor=client.get_executor())) == (
                wanted
            )


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_one_that_hangs_stops_nobody_and_keeps_its_password(
    executor: str, shop: Shop, fleet: list[Path], silent: int
) -> None:
    hung = f"mariadb://me:hush%40hush@127.0.0.1:{silent}/x"
    started = time.monotonic()
    found = check_fleet(
        shop.project, [hung, *fleet[:3]], executor=executor, jobs=2, timeout=2, connect_timeout=1
    )
    assert time.monotonic() - started < 25
    assert [item.verdict for item in found.members] == ["unreachable", "clean", "clean", "clean"]
    assert "hush" not in repr(found.to_dict())


def test_an_executor_that_breaks_is_the_reason_of_each(shop: Shop, fleet: list[Path]) -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:
            raise RuntimeError("the cluster is gone")

    found = check_fleet(shop.project, fleet[:2], executor=Broken(1))
    assert [item.verdict for item in found.members] == ["failed", "failed"]
    assert found.members[0].reason == "the cluster is gone"


def test_of_one_server_not_more_are_read_than_allowed(silent: int, shop: Shop) -> None:
    most, now, lock = 0, 0, threading.Lock()

    class Counting(ThreadPoolExecutor):
        def submit(self, function: Callable[..., Any], /, *arguments: Any, **_: Any) -> Any:
            def call() -> Any:
                nonlocal most, now
                with lock:
                    now += 1
                    most = max(most, now)
                time.sleep(0.05)
                with lock:
                    now -= 1
                return Failure("not now", 0.05, True)

            return super().submit(call)

    urls = [f"postgresql://me@127.0.0.1:{silent}/db{number}" for number in range(8)]
    with Counting(8) as executor:
        check_fleet(shop.project, urls, executor=executor, per_server=2)
    assert most == 2


# -- stopped -----------------------------------------------------------------------------------


def test_what_was_found_before_a_stop_is_kept(shop: Shop, fleet: list[Path]) -> None:
    asked = threading.Event()
    check = FleetCheck(
        shop.project, fleet, executor="threads", jobs=1, on_member=lambda _: asked.set()
    )
    with stoppable(asked), pytest.raises(Stopped):
        check.run()
    counts = check.fleet.counts
    assert counts["not-checked"] >= 1
    assert counts["clean"] >= 1
    assert check.fleet.exit_code == 2
