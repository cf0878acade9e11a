"""What the service counts: one table for each thing counted, named by what tells counts apart."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from schema.models.base import NAME, STRING, Base

__all__ = [
    "Metric",
    "MetricFailover",
    "MetricFailoverSuccess",
    "MetricPolicyCall",
    "MetricPolicyCancellation",
    "MetricPolicyRuling",
    "MetricPoolResources",
    "MetricProvisioningSuccess",
    "PoolResourcesMetricsDimensions",
]


class PoolResourcesMetricsDimensions(enum.Enum):
    """Whether a row of MetricPoolResources says what a pool may give, or what it has given."""

    LIMITS = "limits"
    USAGE = "usage"


class Metric(Base):
    """A counter of its own, by name."""

    __tablename__ = "metrics"

    metric: Mapped[str] = mapped_column(NAME, primary_key=True)
    count: Mapped[int | None]
    updated: Mapped[datetime | None]


class MetricPoolResources(Base):
    """A pool's resources. ``memory`` and ``diskspace`` are bytes; None means not known."""

    __tablename__ = "metrics_pool_resources"

    poolname: Mapped[str] = mapped_column(NAME, primary_key=True)
    dimension: Mapped[PoolResourcesMetricsDimensions] = mapped_column(primary_key=True)
    instances: Mapped[int | None] = mapped_column(BigInteger)
    cores: Mapped[int | None] = mapped_column(BigInteger)
    memory: Mapped[int | None] = mapped_column(BigInteger)
    diskspace: Mapped[int | None] = mapped_column(BigInteger)
    snapshots: Mapped[int | None] = mapped_column(BigInteger)


class MetricFailover(Base):
    """How often a request was moved on from one pool to another."""

    __tablename__ = "metrics_failover"

    from_pool: Mapped[str] = mapped_column(NAME, ForeignKey("pools.poolname"), primary_key=True)
    to_pool: Mapped[str] = mapped_column(NAME, ForeignKey("pools.poolname"), primary_key=True)
    count: Mapped[int | None]
    updated: Mapped[datetime | None]


class MetricFailoverSuccess(Base):
    """How often a request that was moved on got its guest there."""

    __tablename__ = "metrics_failover_success"

    from_pool: Mapped[str] = mapped_column(NAME, ForeignKey("pools.poolname"), primary_key=True)
    to_pool: Mapped[str] = mapped_column(NAME, ForeignKey("pools.poolname"), primary_key=True)
    count: Mapped[int | None]
    updated: Mapped[datetime | None]


class MetricProvisioningSuccess(Base):
    """How many guests a pool has delivered."""

    __tablename__ = "metrics_provisioning_success"

    pool: Mapped[str] = mapped_column(STRING, primary_key=True)
    count: Mapped[int]


class MetricPolicyCall(Base):
    """How often a routing policy was asked."""

    __tablename__ = "metrics_policy_calls"

    policy_name: Mapped[str] = mapped_column(STRING, primary_key=True)
    count: Mapped[int | None]


class MetricPolicyCancellation(Base):
    """How often a routing policy cancelled a request."""

    __tablename__ = "metrics_policy_cancellations"

    policy_name: Mapped[str] = mapped_column(STRING, primary_key=True)
    count: Mapped[int | None]


class MetricPolicyRuling(Base):
    """How often a routing policy allowed a pool, and how often it did not."""

    __tablename__ = "metrics_policy_rulings"

    policy_name: Mapped[str] = mapped_column(STRING, primary_key=True)
    pool_name: Mapped[str] = mapped_column(STRING, primary_key=True)
    allowed: Mapped[bool] = mapped_column(primary_key=True)
    count: Mapped[int | None]
