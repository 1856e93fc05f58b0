"""Where does a value stand in what a job leaves behind?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Metric:
    """A value in a file of the job; `path` is a JSONPath (RFC 9535).

    `read` says how else it is read; the functions beside this class make it.
    """

    file: str
    path: str = ""
    read: dict[str, Any] = field(default_factory=dict)

    def to_plain(self) -> dict[str, Any]:
        return {"file": self.file, **({"path": self.path} if self.path else {}), **self.read}


def json_path(file: str, path: str) -> Metric:
    """Name a value in a JSON file that the job writes: `json_path("ior.json", "$.bw")`."""
    return Metric(file, path)


def regex(file: str, pattern: str) -> Metric:
    """Name what the last match in a text file says: `regex("stdout.log", r"bw: ([0-9.]+)")`.

    It is the first group (a match without it does not count), or the whole match where there is
    none; a number where it is one. Lines are matched each for itself.
    """
    return Metric(file, read={"pattern": pattern})


def csv_column(file: str, column: str, *, take: str = "last") -> Metric:
    """Name a column of a CSV file with a header; `take` makes one value of its rows.

    `take`: first, last, min, max, mean, sum, count.
    """
    return Metric(file, read={"column": column, "take": take})


def function(script: str, name: str, *, files: Sequence[str]) -> Metric:
    """Name a function that makes a value of files: `function("tools.py", "bw", files=["a.log"])`.

    It stands in a Python file beside the program, is called with the folder that holds the job's
    files, and returns a number, a text or a truth value. It runs where `cmx` runs, in an
    interpreter of its own, for a minute at most.
    """
    return Metric(
        next(iter(files), ""), read={"script": script, "name": name, "files": list(files)}
    )
