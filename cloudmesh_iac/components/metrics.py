"""Where a number stands in what a job leaves behind."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A value in a file of the job; `path` is a JSONPath (RFC 9535)."""

    file: str
    path: str

    def to_plain(self) -> dict[str, str]:
        return {"file": self.file, "path": self.path}


def json_path(file: str, path: str) -> Metric:
    """Name a value in a JSON file that the job writes: `json_path("ior.json", "$.bw")`."""
    return Metric(file, path)
