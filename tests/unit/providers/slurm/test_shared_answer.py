"""One answer of the queue serves every cmx of a person."""

import threading
from collections.abc import Callable
from pathlib import Path

from cloudmesh_iac.providers.slurm.shared_answer import SharedAnswer
from tests.unit.providers.slurm.fake_slurm import StoppedClock


class Queue:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return f"answer {self.asked}\nof two lines"


def test_a_young_answer_serves_another(tmp_path: Path) -> None:
    # given
    queue, clock, file = Queue(), StoppedClock(), tmp_path / "kept" / "queue"
    first, second = SharedAnswer(file, clock), SharedAnswer(file, clock)

    # when
    answers = [first.get(queue, younger_than_s=15), second.get(queue, younger_than_s=15)]
    clock.passed_s += 16
    answers.append(second.get(queue, younger_than_s=15))

    # then
    assert answers == ["answer 1\nof two lines"] * 2 + ["answer 2\nof two lines"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_who_changes_the_queue_makes_everybody_ask_again(tmp_path: Path) -> None:
    # given
    queue, clock, file = Queue(), StoppedClock(), tmp_path / "queue"
    SharedAnswer(file, clock).get(queue, younger_than_s=15)

    # when
    SharedAnswer(file, clock).forget()

    # then
    assert SharedAnswer(file, clock).get(queue, younger_than_s=15).startswith("answer 2")


def test_a_change_waits_for_a_question_that_is_under_way(tmp_path: Path) -> None:
    # given: somebody asks, and the queue has not answered yet
    clock, file = StoppedClock(), tmp_path / "queue"
    is_asked, may_answer = threading.Event(), threading.Event()

    def slow() -> str:
        is_asked.set()
        assert may_answer.wait(60)
        return "old"

    asking = _thread(lambda: SharedAnswer(file, clock).get(slow, younger_than_s=15))
    assert is_asked.wait(60)

    # when
    changing = _thread(lambda: SharedAnswer(file, clock).forget())
    may_answer.set()
    asking.join(60)
    changing.join(60)

    # then
    assert SharedAnswer(file, clock).get(lambda: "new", younger_than_s=15) == "new"


def test_a_kept_answer_that_is_none_is_not_used(tmp_path: Path) -> None:
    # given
    clock, file = StoppedClock(), tmp_path / "queue"
    future = clock.now().timestamp() + 3600

    # then
    for text in ("", "nonsense", "nonsense\nold", f"{future}\nold"):
        file.write_text(text)
        assert SharedAnswer(file, clock).get(lambda: "new", younger_than_s=15) == "new"


def test_where_nothing_can_be_kept_everybody_asks(tmp_path: Path) -> None:
    # given
    (tmp_path / "file").write_text("no folder")
    queue, shared = Queue(), SharedAnswer(tmp_path / "file" / "queue", StoppedClock())

    # when
    shared.get(queue, younger_than_s=15)
    shared.forget()
    shared.get(queue, younger_than_s=15)

    # then
    assert queue.asked == 2


def _thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread
