"""How many things is a plugin asked at the same time?"""

import threading
from concurrent.futures import ThreadPoolExecutor

from cloudmesh_iac.plugins.connection import Connection
from cloudmesh_iac.plugins.process import Attached

_NOBODYS_PORT = 1
_LONGEST_S = 60.0


class Counted:
    """Calls that end in pairs; `most` is how many were under way at once."""

    def __init__(self) -> None:
        self._pair = threading.Barrier(2)
        self._lock = threading.Lock()
        self._now = self.most = 0

    def call(self) -> int:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._pair.wait(_LONGEST_S)
        with self._lock:
            self._now -= 1
        return self.most


def test_a_plugin_is_asked_no_more_at_once_than_its_limit() -> None:
    # given
    connection, counted = Connection("test", Attached(_NOBODYS_PORT), at_once=2), Counted()

    # when
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: connection.ask(counted.call), range(10)))
    connection.close()

    # then
    assert len(answers) == 10
    assert counted.most == 2


def test_what_waits_for_other_answers_is_asked_out_of_turn() -> None:
    # given
    connection = Connection("test", Attached(_NOBODYS_PORT), at_once=1)

    # when
    answer = connection.ask(lambda: connection.ask(lambda: "inner"), in_turn=False)
    connection.close()

    # then
    assert answer == "inner"
