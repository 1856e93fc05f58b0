"""`cmx status`: how do the jobs of a stack stand?"""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.engine.status import look
from cloudmesh_iac.views.jobs_text import status_text
from cloudmesh_iac.views.run_json import job_dict

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def status(
    program: options.Program = None, stack: options.Stack = None, json: options.Json = False
) -> None:
    """Ask the sites and show every job. Evaluates, plans and submits nothing."""
    desk = Desk(is_json=json)
    with desk.runtime(program, stack=stack, evaluates=False) as runtime:
        jobs = look(runtime.place.stack, runtime.parts)
    if json:
        desk.answer(
            {
                "version": 1,
                "stack": str(runtime.place.stack),
                "jobs": [job_dict(one) for one in jobs],
            }
        )
    else:
        desk.say(status_text(runtime.place.stack, jobs, now=desk.now(), marks=desk.marks))
    desk.show_notices()
