"""Estimate pi on a Slurm cluster: twelve jobs, one for each point of two axes with repeats."""

import cloudmesh_iac as cmx

with cmx.Experiment("pi") as exp:
    repeats = exp.param("repeats", 2, help="runs per point")

    def throw(point: cmx.Point) -> cmx.JobSpec:
        """Return the job of one point: so many samples, from a stream of its own."""
        return cmx.JobSpec(
            command=cmx.fmt(
                "python3 pi_files/sample_pi.py {} {}.{}",
                point["samples"],
                point["seed"],
                point.repeat,
            ),
            inputs=["pi_files/sample_pi.py"],
            walltime="2m",
            metrics={
                "pi": cmx.json_path("pi.json", "$.pi"),
                "error": cmx.json_path("pi.json", "$.error"),
            },
        )

    sweep = cmx.Sweep(
        "pi",
        job=throw,
        axes={"samples": [100, 1_000, 10_000], "seed": [1, 2]},
        repeats=repeats,
        plot=cmx.Plot(x="samples", y="error", log=True, title="error of the estimate of pi"),
    )
    exp.export("results", sweep.results)
