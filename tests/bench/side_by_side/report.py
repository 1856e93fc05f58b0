"""The page and the picture of one run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloudmesh_iac.views.chart import Chart
from cloudmesh_iac.views.chart_svg import chart_svg
from tests.bench.side_by_side.contenders import Operation
from tests.bench.side_by_side.process import Cost
from tests.bench.side_by_side.schedule import Cell, Measured

_PAGE = """\
# Benchmarks

{intro}

```{{image}} benchmarks.svg
:alt: Seconds over number of resources, for each engine and operation
:width: 100%
```

## Side by side

Seconds from the shell's view, and in brackets how many times as long as `cmx`; then processor
seconds and the most memory, both of all processes together.

{tables}
{missing}
## Where the time goes

{shares}
## How it was measured

- The resources are dynamic resources of Pulumi's SDK that cost nothing to make; for Terraform they
  are its built-in `terraform_data`.
- `cmx` is run as `cmx up --yes`: when something changes it evaluates the program twice, for the
  plan that it shows and to carry it out. Its state is a SQLite file, in which each intent and each
  result is durable before the next step.
- Pulumi's engine is run by the Automation API with the program inline, on the file backend, without
  a preview, and without asking for outputs and history afterwards. The host of its dynamic
  providers is the one that comes with the SDK.
- Terraform is run as `terraform apply` and `terraform destroy` with its defaults, on a local state
  file.
- All engines take turns in one run, operation by operation, each round with another first one:
  three rounds of 100 and of 1,000 resources, one of 10,000. The figures are those of the round in
  the middle.
- `nox -s bench -- --write` measures again and writes this page.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """When and where it was measured, in words."""

    day: str
    machine: str
    engines: Sequence[str]
    counts: Sequence[int]
    ours: str
    alone: str

    @property
    def rivals(self) -> Sequence[str]:
        return [name for name in self.engines if name not in {self.ours, self.alone}]


def page(measured: Measured, setting: Setting) -> str:
    intro = f"Measured on {setting.day} on {setting.machine}. Nothing here is a promise."
    tables = "\n".join(_table(measured, setting, operation) for operation in Operation)
    return _PAGE.format(
        intro=intro,
        tables=tables,
        missing=_missing(measured, setting),
        shares="".join(_shares(measured, setting)),
    )


def _table(measured: Measured, setting: Setting, operation: Operation) -> str:
    engines = [setting.ours, *setting.rivals]
    lines = [
        f"### {operation.capitalize()}\n",
        f"| resources | {' | '.join(engines)} |",
        f"| ---: |{' ---: |' * len(engines)}",
    ]
    for count in setting.counts:
        ours = measured.of(Cell(setting.ours, operation, count))
        cells = [
            _cell(
                measured.of(Cell(engine, operation, count)),
                ours if engine in setting.rivals else None,
            )
            for engine in engines
        ]
        lines.append(f"| {count:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(cost: Cost | None, ours: Cost | None) -> str:
    if cost is None:
        return "—"
    ratio = f" ({cost.wall_s / ours.wall_s:.1f}x)" if ours is not None else ""
    return f"{cost.wall_s:.2f} s{ratio}, {cost.cpu_s:.2f} s CPU, {cost.memory_mb:.0f} MB"


def _missing(measured: Measured, setting: Setting) -> str:
    lines = [
        f"- {engine}, {count:,} resources: {' '.join(why.split())}"
        for (engine, count), why in measured.missing.items()
        if count in setting.counts
    ]
    return "\n".join(["Not measured:\n", *lines, ""]) if lines else ""


def _shares(measured: Measured, setting: Setting) -> Iterator[str]:
    """Say how much of our time is the SDK's, and how memory is divided."""
    for count in setting.counts:
        alone = measured.of(Cell(setting.alone, Operation.NO_OP, count))
        same = measured.of(Cell(setting.ours, Operation.NO_OP, count))
        made = measured.of(Cell(setting.ours, Operation.CREATE, count))
        if alone and same and made:
            yield (
                f"- {count:,} resources: Pulumi's SDK alone, evaluating the program with no engine"
                f" at all, needs {alone.wall_s:.2f} s and {alone.cpu_s:.2f} s CPU. Of the processor"
                f" time of `cmx` that is {alone.cpu_s / same.cpu_s:.0%} when nothing changes (one"
                f" evaluation) and {2 * alone.cpu_s / made.cpu_s:.0%} when all is made (two).\n"
            )
    largest = measured.of(Cell(setting.ours, Operation.CREATE, setting.counts[-1]))
    if largest is not None:
        yield f"- Memory at {setting.counts[-1]:,} resources: {_memory(largest)}.\n"


def _memory(cost: Cost) -> str:
    sizes = {
        "the program's interpreter": 0.0,
        "the host of its providers": 0.0,
        "`cmx` itself": 0.0,
    }
    for command, size in cost.processes_mb.items():
        name = "`cmx` itself"
        if "program.child" in command:
            name = "the program's interpreter"
        elif "dynamic.host" in command:
            name = "the host of its providers"
        sizes[name] = max(size, sizes[name])
    return ", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items())


def picture(measured: Measured, setting: Setting) -> str:
    """Return one document of four charts, one for each operation."""
    width, height = 800, 500
    box = f"0 0 {2 * width} {2 * height}"
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" role="img">']
    for place, operation in enumerate(Operation):
        chart = Chart(
            title=operation.capitalize(),
            x_label="resources",
            y_label="seconds",
            series={
                engine: tuple(_points(measured, engine, operation=operation, counts=setting.counts))
                for engine in [setting.ours, *setting.rivals]
            },
            log_x=True,
            log_y=True,
        )
        left, top = width * (place % 2), height * (place // 2)
        parts.append(chart_svg(chart).replace("<svg ", f'<svg x="{left}" y="{top}" ', 1).rstrip())
    return "\n".join([*parts, "</svg>"]) + "\n"


def _points(
    measured: Measured, engine: str, *, operation: Operation, counts: Sequence[int]
) -> Iterator[tuple[float, float]]:
    for count in counts:
        cost = measured.of(Cell(engine, operation, count))
        if cost is not None:
            yield float(count), cost.wall_s
