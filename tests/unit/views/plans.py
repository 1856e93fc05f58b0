"""The plans that the golden files show."""

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Plan, Reason
from cloudmesh_iac.core.values import UNKNOWN, Secret
from tests.unit.views.builders import (
    EXPERIMENT,
    SWEEP,
    a_change,
    a_job,
    a_parameter,
    a_plan,
    an_urn,
    levels,
)

VM = "openstack:compute/instance:Instance"
LAB = an_urn("cmx:index:VirtualCluster", "lab", EXPERIMENT)


def everything() -> Plan:
    """One plan with a line of each kind."""
    head = an_urn("cmx:index:VM", "head", EXPERIMENT)
    return a_plan(
        *levels(),
        a_change(LAB, Action.SAME),
        a_change(
            an_urn(VM, "lab/login-0", LAB),
            Action.UPDATE,
            Reason(Cause.FIELD, "image", "rocky-8", "rocky-9"),
            parent=LAB,
            site="jetstream2",
            losses=("its disk is lost",),
            line=9,
        ),
        a_change(
            an_urn(VM, "lab/compute-0", LAB),
            Action.UPDATE,
            Reason(Cause.FIELD, "metadata", {"owner": "ann"}, {"owner": "bob", "ttl": 8.0}),
            Reason(Cause.FIELD, "password", Secret("old"), Secret("new")),
            Reason(Cause.FIELD, "user_data", "a" * 80 + "1", "a" * 80 + "2"),
            parent=LAB,
            site="jetstream2",
            line=9,
        ),
        a_change(an_urn(VM, "lab/compute-1", LAB), Action.SAME, parent=LAB, site="jetstream2"),
        a_change(head, Action.CREATE),
        a_change(
            an_urn(VM, "head", head),
            Action.CREATE,
            Reason(Cause.NEW),
            parent=head,
            site="jetstream2",
            line=11,
            inputs={"flavor": "m3.small", "host": UNKNOWN, "password": Secret("x")},
        ),
        a_change(
            an_urn("openstack:dns/recordset:RecordSet", "head", head),
            Action.UPDATE,
            Reason(Cause.FIELD, "address", "10.0.0.7", UNKNOWN),
            parent=head,
            site="jetstream2",
            line=11,
            certain=False,
        ),
        a_change(SWEEP, Action.SAME),
        *a_job("pi/n=1", Action.SAME, Action.SAME),
        *a_job(
            "pi/n=2",
            Action.REPLACE,
            Action.REPLACE,
            Reason(
                Cause.FIELD,
                "command",
                "module load gcc\n./pi --n 2\necho done\n",
                "module load gcc\n./pi --n 2 --fast\necho done\n",
            ),
        ),
        *a_job(
            "pi/n=4",
            Action.SAME,
            Action.UPDATE,
            Reason(Cause.FIELD, "metrics", {}, {"pi": "$.pi"}),
        ),
        *a_job("pi/n=8", Action.SAME, Action.CREATE, Reason(Cause.RESUMED)),
        *a_job("pi/n=16", Action.CREATE, Action.CREATE),
        a_change(
            an_urn(VM, "maybe"),
            Action.UNDECIDED,
            Reason(Cause.FAILED, note="declared behind a value that is not known yet"),
            site="jetstream2",
        ),
        *a_job("pi/n=99", Action.DELETE, Action.DELETE, Reason(Cause.DROPPED)),
        a_change(
            an_urn(VM, "old"),
            Action.DELETE,
            Reason(Cause.DROPPED),
            site="jetstream2",
            line=21,
            losses=("its disk is lost",),
        ),
        a_change(
            an_urn("openstack:networking/network:Network", "old"),
            Action.DELETE,
            Reason(Cause.DROPPED),
            site="jetstream2",
        ),
        parameters=(a_parameter("repeats", "3"), a_parameter("kind", "fast", "option")),
        old=(a_parameter("repeats", "5", "option"), a_parameter("kind", "fast", "option")),
    )


def a_wide_sweep(points: int = 100) -> Plan:
    jobs = (a_job(f"pi/n={n}", Action.CREATE, Action.CREATE) for n in range(points))
    return a_plan(
        *levels(Action.CREATE),
        a_change(SWEEP, Action.CREATE),
        *(change for job in jobs for change in job),
    )


def a_destroy() -> Plan:
    return a_plan(
        *a_job("pi/n=2", Action.DELETE, Action.DELETE, Reason(Cause.DESTROY), line=None),
        *a_job("pi/n=1", Action.DELETE, Action.DELETE, Reason(Cause.DESTROY), line=None),
        a_change(SWEEP, Action.DELETE, Reason(Cause.DESTROY)),
        a_change(
            an_urn(VM, "head"),
            Action.DELETE,
            Reason(Cause.DESTROY),
            site="jetstream2",
            line=11,
            losses=("its disk is lost",),
        ),
        *levels(Action.DELETE),
    )


def nothing() -> Plan:
    return a_plan(
        *levels(), a_change(SWEEP, Action.SAME), *a_job("pi/n=1", Action.SAME, Action.SAME)
    )
