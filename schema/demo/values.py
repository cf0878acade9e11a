"""Values that look real. Faker is slow, so it fills small pools, and rows choose from them."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass
from datetime import datetime

from faker import Faker

__all__ = ["BEGIN", "END", "POOLS", "STATES", "Values", "as_json", "guestname", "token"]

#: The time that the sample database covers: up to just after its revision was written.
BEGIN = datetime(2020, 8, 1)
END = datetime(2020, 11, 1)

#: Pool names and their drivers.
POOLS = {
    "aws-eu-central-1": "aws",
    "aws-us-east-1": "aws",
    "aws-us-east-2-spot": "aws",
    "azure-west-europe": "azure",
    "beaker": "beaker",
    "localhost": "localhost",
    "openstack-brno": "openstack",
    "openstack-raleigh": "openstack",
}

#: Guest states with how common they are.
STATES = {
    "ready": 60,
    "condemned": 15,
    "error": 8,
    "provisioning": 5,
    "preparing": 4,
    "promised": 3,
    "routing": 2,
    "pending": 2,
    "shelved": 1,
}

_COMPOSES = ("Fedora-32", "Fedora-33", "Fedora-Rawhide", "CentOS-7", "CentOS-8", "RHEL-8.3")


def as_json(value: object) -> str:
    """JSON as the service writes it: names keep their letters."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def guestname(rng: random.Random) -> str:
    """A random UUID that the seed decides."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def token(rng: random.Random) -> str:
    """64 hexadecimal digits, as a SHA-256 hash has."""
    return f"{rng.getrandbits(256):064x}"


@dataclass(frozen=True)
class Values:
    """Pools of values to choose from."""

    users: tuple[str, ...]
    addresses: tuple[str, ...]
    environments: tuple[str, ...]
    user_data: tuple[str, ...]
    scripts: tuple[str, ...]
    errors: tuple[str, ...]

    @classmethod
    def made(cls, seed: int) -> Values:
        """Pools that are the same for the same seed and the same release of Faker."""
        fake = Faker(["en_US", "cs_CZ", "de_DE"])
        fake.seed_instance(seed)
        rng = random.Random(f"values {seed}")  # noqa: S311 -- sample data, no secret
        users = sorted({_user(fake) for _ in range(40)})
        return cls(
            users=tuple(users),
            addresses=tuple(_address(fake, rng) for _ in range(2000)),
            environments=tuple(_environment(rng) for _ in range(60)),
            user_data=("{}", *(_user_data(fake, rng) for _ in range(600))),
            scripts=tuple(_script(fake, lines) for lines in (*range(1, 40), 400, 900)),
            errors=tuple(_error(fake, frames) for frames in range(2, 42)),
        )


def _user(fake: Faker) -> str:
    return str(fake.user_name())


def _address(fake: Faker, rng: random.Random) -> str:
    return str(rng.choice((fake.ipv4_private, fake.ipv4_private, fake.ipv6, fake.hostname))())


def _environment(rng: random.Random) -> str:
    architecture = rng.choices(("x86_64", "aarch64", "ppc64le", "s390x"), (80, 12, 5, 3))[0]
    return as_json({"hw": {"arch": architecture}, "os": {"compose": rng.choice(_COMPOSES)}})


def _user_data(fake: Faker, rng: random.Random) -> str:
    data: dict[str, object] = {"owner": fake.name(), "team": fake.company()}
    if rng.random() < 0.5:
        data["job"] = f"https://ci.example.com/job/{fake.slug()}/{rng.randrange(1, 9999)}"
    if rng.random() < 0.02:
        data["note"] = fake.text(max_nb_chars=8000)
    return as_json(data)


def _script(fake: Faker, lines: int) -> str:
    body = "\n".join(f"echo '{fake.sentence()}' >> /var/log/setup.log" for _ in range(lines))
    return f"#!/bin/sh -eux\ndnf install -y {fake.word()}\n{body}\n"


def _error(fake: Faker, frames: int) -> str:
    lines = ["Traceback (most recent call last):"]
    for _ in range(frames):
        lines += [f'  File "{fake.file_path(depth=3, extension="py")}", line {fake.random_int()}']
    return "\n".join([*lines, f"ProvisioningError: {fake.sentence()}"])
