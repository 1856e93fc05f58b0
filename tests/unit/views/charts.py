"""The charts that the golden files show."""

from cloudmesh_iac.views.chart import Chart


def scaling() -> Chart:
    """Strong scaling: seconds against nodes, both axes logarithmic."""
    return Chart(
        title="ior: seconds per node count",
        x_label="nodes",
        y_label="seconds",
        series={
            "xfer=1m": tuple((2.0**n, 1800 / 2**n + 9) for n in range(8)),
            "xfer=4m": tuple((2.0**n, 1300 / 2**n + 22) for n in range(8)),
            "xfer=16m, stripe=4": tuple((2.0**n, 1100 / 2**n + 44) for n in range(8)),
        },
        log_x=True,
        log_y=True,
    )


def error() -> Chart:
    """The error of an estimate: many decades, and a zero that has no place."""
    return Chart(
        title="pi: error <of> the estimate & its samples",
        x_label="samples",
        y_label="error",
        series={"error": ((1e2, 0.12), (1e3, 0.031), (1e4, 0.0), (1e5, 0.0021), (1e6, 0.0007))},
        log_x=True,
        log_y=True,
    )


def bandwidth() -> Chart:
    """Linear axes, some values below zero."""
    return Chart(
        title="bandwidth against a year ago",
        x_label="day",
        y_label="difference in MB/s",
        series={
            "read": tuple((float(day), (day - 9) * 137.0 - day * day * 4) for day in range(1, 25)),
            "write": tuple((float(day), 250.0 - day * 30) for day in range(1, 25)),
        },
    )


def one_point() -> Chart:
    return Chart(title="one", x_label="n", y_label="s", series={"only": ((4.0, 4.0),)})


def equal_values() -> Chart:
    points = tuple((float(n), 3.0) for n in range(1, 5))
    return Chart(title="flat", x_label="n", y_label="s", series={"same": points})


def empty() -> Chart:
    return Chart(title="nothing yet", x_label="n", y_label="s", log_y=True)


ALL = (scaling, error, bandwidth, one_point, equal_values, empty)
