"""What `--target`, `--exclude` and `--replace` name."""

from cloudmesh_iac.cli.choosing import selection_of
from cloudmesh_iac.core.selection import Words
from cloudmesh_iac.core.urns import Urn

_URN = Urn("urn:pulumi:lab::study::test:index:Subnet::subnet[0]")


def test_options_take_lists_of_names() -> None:
    # when
    chosen = selection_of(["vm[1-2]", "web"], None, ["x[7]"], dependents=(False, False))

    # then
    assert chosen.targets == ("vm1", "vm2", "web")
    assert chosen.replaces == ("x7",)


def test_a_whole_urn_means_a_resource_whose_name_has_brackets() -> None:
    # when
    chosen = selection_of([_URN], None, None, dependents=(False, False))

    # then
    assert Words(chosen.targets).unmet([_URN]) == ()
    assert Words(chosen.targets).name(_URN)
