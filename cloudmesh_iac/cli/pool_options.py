"""The options that the commands of reservations share."""

from typing import Annotated

import typer

from cloudmesh_iac.cli import completing

Hosts = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[HOSTS]...",
        help="These machines: i[01-03]; else --count of those that fit.",
        autocompletion=completing.pool_machines,
    ),
]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="A reservation.", autocompletion=completing.reservations)
]
Count = Annotated[int | None, typer.Option("--count", "-n", min=1, help="So many machines.")]
Cpus = Annotated[int, typer.Option("--cpus", min=0, help="With at least so many.")]
Memory = Annotated[str | None, typer.Option("--memory", help="With at least so much: 64 GiB.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="With this tag; may be repeated.")]
Start = Annotated[
    str | None,
    typer.Option("--start", help="now, +4h, 14:00, 'tomorrow 9:00', '2026-12-01 10:00'."),
]
End = Annotated[str | None, typer.Option("--end", help="Likewise; +4h counts from the start.")]
Lasts = Annotated[str | None, typer.Option("--for", help="How long, instead of --end: 4h, 2d.")]
User = Annotated[str | None, typer.Option("--user", help="For whom; else you.")]
ProjectName = Annotated[str | None, typer.Option("--project", help="And all of this project.")]
Label = Annotated[str | None, typer.Option("--label", help="A short name.")]
Summary = Annotated[str | None, typer.Option("--summary", help="What it is for.")]
