"""What does the journal cost for each change, with as many writers as a run has? Prints."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Opened, Saved
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.writing import WORKERS
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.bench.bench_cli import Benchmark
from tests.builders import STACK, a_holder, a_record, a_start, an_end

_ROUNDS = 3


@pytest.mark.parametrize("changes", [1_000, 10_000])
def bench_journal(benchmark: Benchmark, tmp_path: Path, changes: int) -> None:
    """Open an intent and save a record for each change; a round is all of them."""
    files = (tmp_path / f"{number}.db" for number in count())

    def write_all() -> str:
        store = SqliteStore(next(files), computer=this_computer())
        writing = store.write(store.snapshot(STACK), a_start(), a_holder())
        journal = Journal(writing)

        def change(record: Record) -> None:
            journal.write([Opened(Intent(record.urn, Op.CREATE, 1, record))])
            journal.write([Saved(replace(record, id="i-1"))])

        with ThreadPoolExecutor(WORKERS) as pool:
            records = (a_record(f"thing-{number}") for number in range(changes))
            written = len(list(pool.map(change, records)))
        journal.close()
        writing.close(an_end())
        store.close()
        return str(written)

    assert benchmark.pedantic(write_all, rounds=_ROUNDS) == str(changes)
