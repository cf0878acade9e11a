"""Configs that cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from schema.trouble import Diagnosis, Trouble, diagnose
from tests.trouble.conftest import Lab, commands

Told = Callable[[Diagnosis, str], Trouble]


@pytest.fixture
def ini(small_lab: Lab) -> Path:
    return small_lab.root / "alembic.ini"


def test_a_script_location_that_leads_nowhere(ini: Path, told: Told) -> None:
    ini.write_text(ini.read_text().replace("/migrations", "/alembic"))
    trouble = told(diagnose(ini), "config")
    assert f"script_location '{ini.parent}/alembic'" in trouble.said
    assert trouble.known == ("migrations has an env.py.",)
    line = trouble.advice[0].said.partition(": ")[2]
    assert line == "script_location = %(here)s/migrations"
    ini.write_text(ini.read_text().replace("script_location = %(here)s/alembic", line))
    assert not diagnose(ini).of("config")


def test_another_name_for_the_section(ini: Path, told: Told) -> None:
    ini.write_text(ini.read_text().replace("[alembic]", "[billing]"))
    trouble = told(diagnose(ini), "config")
    assert "alembic.ini has the sections [billing]." in trouble.known
    assert commands(trouble) == [f"schema diagnose -c {ini} -n billing"]
    assert not diagnose(ini, section="billing").of("config")


def test_a_percent_sign_never_shows_the_password(ini: Path, told: Told) -> None:
    secret = "hunter2%ssecret"
    text = ini.read_text().partition("sqlalchemy.url")[0]
    ini.write_text(f"{text}sqlalchemy.url = postgresql://me:{secret}@localhost/db\n")
    found = diagnose(ini)
    trouble = told(found, "config")
    assert "the value of 'sqlalchemy.url' in [alembic] holds a %" in trouble.said
    assert "write %% for one" in trouble.advice[0].said
    assert "secret" not in repr(found) + str(found.to_dict())
    ini.write_text("[alembic]\nscript_location = 100%secret\n")
    assert "secret" not in repr(diagnose(ini))


def test_env_py_is_brought_back_from_git(small_lab: Lab, ini: Path, told: Told) -> None:
    small_lab.shop.commit("the shop", author="Grace Hopper")
    (small_lab.root / "migrations" / "env.py").unlink()
    small_lab.shop.commit("tidied up")
    trouble = told(diagnose(ini), "config")
    assert "by Grace Hopper" in trouble.known[0]
    small_lab.shell(commands(trouble)[0])
    assert not diagnose(ini).of("config")


def test_an_option_twice_and_bytes_of_no_text(ini: Path, told: Told) -> None:
    text = ini.read_text()
    ini.write_text(f"{text}script_location = x\n")
    trouble = told(diagnose(ini), "config")
    assert trouble.said.endswith("option 'script_location' in section 'alembic' already exists")
    ini.write_bytes(text.encode() + b"# \xe4\n")
    assert "is not in UTF-8: byte" in told(diagnose(ini), "config").said


def test_a_config_that_may_not_be_read(
    ini: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    ini.chmod(0)
    if os.geteuid() == 0:  # Root may read every file, so the system's answer is given here.
        monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != ini)
    assert "the user who runs this has no right to" in told(diagnose(ini), "config").said


def test_no_config_at_all(ini: Path, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ini.parent.parent)
    trouble = told(diagnose(), "config")
    assert "No alembic.ini" in trouble.said
    assert commands(trouble) == [f"schema diagnose -c {ini}"]
    monkeypatch.chdir(ini.parent / "migrations" / "versions")
    assert not diagnose().of("config"), "it is found upwards"
    assert "There is no config file" in told(diagnose(ini.with_name("gone.ini")), "config").said


def test_a_url_that_is_none(ini: Path) -> None:
    (trouble,) = diagnose(ini, url="postgresql//me:hunter2@host/db")
    assert "is no database URL" in trouble.said
    assert "hunter2" not in repr(trouble)
