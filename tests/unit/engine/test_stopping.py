"""Somebody stops a preview: what has begun comes to its end, what queues is dropped."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.embedded import dropping_the_queue_of
from cloudmesh_iac.engine.planning import PlanningSession
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.engine.run import Run
from tests.builders import a_registration, a_snapshot
from tests.oracle.ours import NothingRemote, Silence

DEADLINE_S = 10.0


class Held:
    """Providers that nobody gets before `released` is set."""

    def __init__(self) -> None:
        self.asked = 0
        self.begun = threading.Event()
        self.released = threading.Event()

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        self.asked += 1
        self.begun.set()
        assert self.released.wait(DEADLINE_S)
        return Failure("nobody is here")

    def close(self) -> None:
        """Nothing was started."""


def test_what_queues_is_answered_and_never_asked() -> None:
    # given
    held = Held()

    # when
    with pytest.raises(KeyboardInterrupt):
        stop_among_two(held)

    # then
    assert held.asked == 1


def stop_among_two(held: Held) -> None:
    with ThreadPoolExecutor(1) as pool, dropping_the_queue_of(pool):
        session = PlanningSession(
            Run(a_snapshot(), reruns={}),
            providers=held,
            remote=NothingRemote(),
            events=Silence(),
            pool=pool,
        )
        session.register(a_registration("first"))
        queued = session.register(a_registration("second"))
        queued.add_done_callback(lambda _: held.released.set())
        assert held.begun.wait(DEADLINE_S)
        raise KeyboardInterrupt
