from pathlib import Path, PurePosixPath

import pytest
import yaml

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.script import render_script
from tests.unit.providers.batch.requests import a_request

CASES = sorted((Path(__file__).parent / "scripts").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_request_becomes_this_script(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    request = {**case["request"], "modules": tuple(case["request"].get("modules", ()))}

    script = render_script(
        a_request(**request),
        directory=PurePosixPath(case.get("directory", "/jobs/lab/hello/pi")),
        header=case.get("header", ()),
        shebang=case.get("shebang", "#!/bin/bash -l"),
        job_id_expression=case["job_id"],
        restarts_expression=case["restarts"],
    )

    assert script == case["script"]


@pytest.mark.parametrize("name", ["", "A-B", "1A", "A B", "A=B", "A\n"])
def test_a_name_that_no_shell_takes_is_refused(name: str) -> None:
    with pytest.raises(SiteRefused, match="no name for an environment variable"):
        render_script(
            a_request(environment={name: "x"}),
            directory=PurePosixPath("/jobs"),
            header=(),
            job_id_expression="1",
            restarts_expression="0",
        )
