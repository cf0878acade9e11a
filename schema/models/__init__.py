"""The bundled project's models: the database of a guest provisioning service.

The service hands out machines, "guests", from several pools of cloud capacity. These models belong
to the bundled Alembic project; nothing in the workbench imports them.
"""

from schema.models.base import Base
from schema.models.guests import GuestEvent, GuestRequest, SnapshotRequest
from schema.models.metrics import (
    Metric,
    MetricFailover,
    MetricFailoverSuccess,
    MetricPolicyCall,
    MetricPolicyCancellation,
    MetricPolicyRuling,
    MetricPoolResources,
    MetricProvisioningSuccess,
    PoolResourcesMetricsDimensions,
)
from schema.models.pools import GuestTag, Knob, Pool
from schema.models.users import PriorityGroup, SSHKey, User, UserRoles

__all__ = [
    "Base",
    "GuestEvent",
    "GuestRequest",
    "GuestTag",
    "Knob",
    "Metric",
    "MetricFailover",
    "MetricFailoverSuccess",
    "MetricPolicyCall",
    "MetricPolicyCancellation",
    "MetricPolicyRuling",
    "MetricPoolResources",
    "MetricProvisioningSuccess",
    "Pool",
    "PoolResourcesMetricsDimensions",
    "PriorityGroup",
    "SSHKey",
    "SnapshotRequest",
    "User",
    "UserRoles",
]
