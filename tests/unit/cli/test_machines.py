"""Which resource of a stack is the machine itself?"""

from cloudmesh_iac.cli.machines import COMPONENT, machines_in
from cloudmesh_iac.core.records import Record
from tests.builders import a_record, a_snapshot, a_urn

HEAD = a_urn(type_=COMPONENT)
COMPONENT_RECORD = a_record(type_=COMPONENT, custom=False)


def inside(class_: str) -> Record:
    return a_record(type_=f"pulumi-python:dynamic/cmx:{class_}", id=class_, parent=HEAD)


def test_a_machine_is_what_was_made_in_any_order_of_records() -> None:
    # given
    records = [inside(class_) for class_ in ("Reach", "Choice", "Vm")]

    # then
    for ordered in (records, records[::-1]):
        (machine,) = machines_in(a_snapshot(COMPONENT_RECORD, *ordered))
        assert machine.resource is not None
        assert machine.resource.id == "Vm"


def test_a_machine_whose_create_failed_is_not_made() -> None:
    (machine,) = machines_in(a_snapshot(COMPONENT_RECORD, inside("Choice")))
    assert not machine.is_made
