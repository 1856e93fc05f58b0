"""Estimate pi by throwing points at a square, and see the error fall as the samples grow."""

import cloudmesh_iac as cmx

with cmx.Experiment("hello") as exp:
    most = exp.param("most", 1_000_000, help="the largest number of samples")
    seeds = exp.param("seeds", 3, help="how many independent streams of random numbers")
    repeats = exp.param("repeats", 2, help="runs per point")

    def throw(point: cmx.Point) -> cmx.JobSpec:
        """Return the job of one point: so many samples, from a stream of its own."""
        return cmx.JobSpec(
            command=cmx.fmt(
                "python3 hello_files/sample_pi.py {} {}.{}",
                point["samples"],
                point["seed"],
                point.repeat,
            ),
            inputs=["hello_files/sample_pi.py"],
            walltime="2m",
            metrics={
                "pi": cmx.json_path("pi.json", "$.pi"),
                "error": cmx.json_path("pi.json", "$.error"),
            },
        )

    sweep = cmx.Sweep(
        "pi",
        job=throw,
        axes={
            "samples": [size for size in (100, 1_000, 10_000, 100_000, 1_000_000) if size <= most],
            "seed": list(range(1, seeds + 1)),
        },
        repeats=repeats,
        plot=cmx.Plot(x="samples", y="error", log=True, title="error of the estimate of pi"),
    )
    exp.export("results", sweep.results)
