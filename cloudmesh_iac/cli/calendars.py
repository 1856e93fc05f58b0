"""What does the calendar of a site show: as a chart, and as plain values of JSON?"""

from collections.abc import Sequence
from typing import Any

from cloudmesh_iac.cli.pools import PoolDesk
from cloudmesh_iac.core.metal import Window
from cloudmesh_iac.views.gantt import Gantt, gantt_of
from cloudmesh_iac.wire.machines import lease_to_plain, reservation_to_plain, time_to_text


def chart_of(there: PoolDesk, hosts: Sequence[str] | None, window: Window) -> Gantt:
    """Return who has the machines of a host list in a window; without one all of the site.

    Errors: UsageProblem for names that are not there.
    """
    return gantt_of(
        there.site,
        there.machines(hosts),
        leases=there.pool.leases(there.site),
        reservations=there.pool.reservations(there.site),
        window=window,
        now=there.desk.now(),
    )


def chart_to_plain(chart: Gantt) -> dict[str, Any]:
    return {
        "version": 1,
        "site": chart.site,
        "start": time_to_text(chart.window.start),
        "end": time_to_text(chart.window.end),
        "leases": [lease_to_plain(one, now=chart.now) for one in chart.leases],
        "reservations": [reservation_to_plain(one) for one in chart.reservations],
    }
