"""How requests are said to sbatch."""

from pathlib import Path

import pytest
import yaml

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.slurm.names import comment, comment_start, job_name, token_of
from cloudmesh_iac.providers.slurm.translate import to_header, to_sbatch
from tests.unit.providers.slurm.fake_slurm import a_request

_CASES = sorted((Path(__file__).parent / "cases" / "requests").glob("*.yaml"))


@pytest.mark.parametrize("path", _CASES, ids=lambda path: path.stem)
def test_a_request_becomes_the_lines_of_its_case(path: Path) -> None:
    # given
    case = yaml.safe_load(path.read_text())
    said = case["request"]
    request = a_request(**{**said, "directives": tuple(said.get("directives", ()))})

    # when
    header = to_header(request, queue=None, account=None)

    # then
    assert header == case["header"]
    assert job_name(request, "t1") == case["name"]
    assert comment(request) == case["comment"]
    assert comment(request).startswith(comment_start(request.project, request.stack))


def test_the_sites_queue_and_account_hold_where_a_request_names_none() -> None:
    # when
    defaults = to_header(a_request(), queue="long", account="science")
    own = to_header(a_request(queue="gpu"), queue="long", account="science")

    # then
    assert defaults[-2:] == ["#SBATCH --partition=long", "#SBATCH --account=science"]
    assert own[-2:] == ["#SBATCH --partition=gpu", "#SBATCH --account=science"]


def test_a_job_is_submitted_held_without_our_environment_into_its_directory() -> None:
    # when
    arguments = to_sbatch(a_request(), token="t1", directory=Path("/w/50%2A"))

    # then
    assert arguments == [
        "--parsable",
        "--hold",
        "--export=NONE",
        "--open-mode=append",
        "--job-name=pi.cmx-t1",
        "--comment=cmx:v1:lab/hello/pi",
        "--chdir=/w/50%2A",
        "--output=/w/50%%2A/stdout.log",
        "--error=/w/50%%2A/stderr.log",
        "/w/50%2A/job.sh",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("job-name", "mine"),
        ("J", "mine"),
        ("--export", "ALL"),
        ("exp", "ALL"),
        ("array", "0-9"),
        ("two words", ""),
        ("", ""),
        ("constraint", 'a"b'),
        ("constraint", "a\n#SBATCH --wrap=b"),
    ],
)
def test_a_native_option_that_is_none_or_is_ours_is_refused(name: str, value: str) -> None:
    with pytest.raises(SiteRefused):
        to_header(a_request(native={name: value}), queue=None, account=None)


def test_a_long_name_keeps_its_token() -> None:
    # given
    token = "0123456789abcdef" * 4

    # when
    name = job_name(a_request(point="x" * 500), token)

    # then
    assert len(name) == 199
    assert token_of(name) == token


def test_a_strangers_name_has_no_token() -> None:
    assert token_of("jupyter") == ""
