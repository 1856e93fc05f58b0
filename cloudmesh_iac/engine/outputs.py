"""Which outputs of components, and of the stack, are new after a run?"""

from collections.abc import Sequence

from cloudmesh_iac.core.journal import Entry, OutputsSet
from cloudmesh_iac.core.values import has_unknown, is_identical
from cloudmesh_iac.engine.run import Run


def new_outputs(run: Run, *, keeps_unknown: bool = False) -> Sequence[Entry]:
    """Return the outputs that are new; what stayed unknown is left out, or kept as recorded."""
    entries: list[Entry] = []
    for urn, outputs in run.outputs().items():
        record = run.record(urn)
        if record is None and run.leaves_out(urn):
            continue
        known = {key: value for key, value in outputs.items() if not has_unknown(value)}
        if keeps_unknown and record is not None:
            old = {key: record.outputs[key] for key in outputs if key in record.outputs}
            known = {**old, **known}
        if record is None or not is_identical(record.outputs, known):
            entries.append(OutputsSet(urn, known))
    return entries


def outputs_of_components(run: Run) -> Sequence[Entry]:
    """Return what is new when the program ends with an error: the stack keeps what it had."""
    stacks = {urn for urn, declared in run.declared().items() if declared.is_stack}
    return [
        one for one in new_outputs(run) if isinstance(one, OutputsSet) and one.urn not in stacks
    ]
