"""Is everything that the history keeps of a stack as it was written?"""

from cloudmesh_iac.core.chain import Flaw, FlawKind, flaws_of
from cloudmesh_iac.core.history import digest_of_files
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.ports.state import Store


def verify(stack: StackId, store: Store) -> tuple[Flaw, ...]:
    """Return the entries that are not whole; copies are looked at when the entries are.

    A copy that cannot be read here, for want of a passphrase, is not looked at.
    """
    flaws = flaws_of(store.chain(stack))
    if flaws:
        return flaws
    kept = {one.number: one.started.origin.copy for one in store.history(stack)}
    bad = {digest for digest in filter(None, kept.values()) if not _is_whole(stack, digest, store)}
    return tuple(Flaw(number, FlawKind.COPY) for number, digest in kept.items() if digest in bad)


def _is_whole(stack: StackId, digest: str, store: Store) -> bool:
    copy = store.program_copy(stack, digest)
    return copy is None or digest_of_files(copy) == digest
