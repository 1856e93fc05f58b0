"""How does a running update look: live on a terminal, line by line in a log?"""

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.views.progress_text import area, counts_line, event_line
from cloudmesh_iac.views.run_state import Move, Phase, RunState
from cloudmesh_iac.views.words import marks_for

_FRAME_S = 1 / 8
_SUMMARY_EVERY_S = 30.0
_MANY = 100


class MonotonicClock(Protocol):
    def monotonic_s(self) -> float: ...


class View(Protocol):
    """Shows a run. All calls come from one thread.

    `tick` shows the passing of time: call it a few times in a second when there are no events.
    """

    state: RunState

    def start(self) -> None: ...

    def handle(self, event: Event) -> None: ...

    def tick(self) -> None: ...

    def stop(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class _Started:
    """What both views share: a console, a clock and the state."""

    def __init__(self, console: Console, clock: MonotonicClock, *, expected: int = 0) -> None:
        self.state = RunState()
        self._console = console
        self._clock = clock
        self._expected = expected
        self._marks = marks_for(console.encoding)
        self._began_s = clock.monotonic_s()

    def start(self) -> None:
        self._began_s = self._clock.monotonic_s()

    def stop(self) -> None: ...

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _counts(self) -> Text:
        return counts_line(self.state, marks=self._marks, expected=self._expected)


class PlainView(_Started):
    """One line for each thing that happens, and how it stands every 30 s; no escape codes.

    Where more than 100 things change, only what goes wrong has a line of its own.
    """

    def __init__(self, console: Console, clock: MonotonicClock, *, expected: int = 0) -> None:
        super().__init__(console, clock, expected=expected)
        self._summed_up_s = self._began_s

    def start(self) -> None:
        super().start()
        self._summed_up_s = self._began_s

    def handle(self, event: Event) -> None:
        now_s = self._clock.monotonic_s()
        move = self.state.take(event, now_s - self._began_s)
        if move is None or not self._is_one_of_many(move):
            line = event_line(event, move, marks=self._marks, at_s=now_s - self._began_s)
            if line is not None:
                self._say(line, now_s)
        self.tick()

    def _is_one_of_many(self, move: Move) -> bool:
        """Of a large run the counts say how it goes; what goes wrong is named all the same."""
        return self._expected > _MANY and move.thing.phase not in {Phase.FAILED, Phase.SKIPPED}

    def tick(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._summed_up_s >= _SUMMARY_EVERY_S:
            self._summed_up_s = now_s
            if self.state.active:
                self._say(self._counts(), now_s)

    def _say(self, line: Text, now_s: float) -> None:
        # The console would look for markup, colours and a width in each of thousands of lines.
        self._console.file.write(f"{now_s - self._began_s:7.1f}s {line.plain}\n")
        self._console.file.flush()


class LiveView(_Started):
    """What is under way in a frame at the bottom, what has ended scrolls by above it."""

    def __init__(self, console: Console, clock: MonotonicClock, *, expected: int = 0) -> None:
        super().__init__(console, clock, expected=expected)
        self._lines: list[Text] = []
        self._drawn_s = self._began_s
        # Drawn by us: a thread that redraws would see a state that is being changed.
        self._live = Live(
            console=console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=self._area,
        )

    def start(self) -> None:
        super().start()
        self._live.start(refresh=True)

    def stop(self) -> None:
        """Take the frame away and print what is still to be said. Idempotent."""
        self._flush()
        self._live.stop()

    def handle(self, event: Event) -> None:
        at_s = self._clock.monotonic_s() - self._began_s
        move = self.state.take(event, at_s)
        if move is None or move.thing.phase.is_over:  # the others stand in the frame
            line = event_line(event, move, marks=self._marks, at_s=at_s)
            if line is not None:
                self._lines.append(line)
        self.tick()

    def tick(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._drawn_s >= _FRAME_S:
            self._drawn_s = now_s
            self._flush()
            self._live.refresh()

    def _flush(self) -> None:
        """Print all lines at once: each print draws the frame again."""
        if self._lines:
            lines, self._lines = self._lines, []
            self._console.print(Text("\n").join(lines), soft_wrap=True)

    def _area(self) -> Text:
        return area(
            self.state,
            marks=self._marks,
            at_s=self._clock.monotonic_s() - self._began_s,
            size=(self._console.width, self._console.height),
            expected=self._expected,
        )


def a_view(console: Console, clock: MonotonicClock, *, expected: int = 0) -> View:
    """Return the view that fits a console; `expected` is how many things the plan changes."""
    kind = LiveView if console.is_terminal and not console.is_dumb_terminal else PlainView
    return kind(console, clock, expected=expected)
