"""Find values in a JSON document by JSONPath.

The library compiles its grammar when it is loaded, a tenth of the time in which `cmx` starts: it is
loaded when a path is used.
"""

from functools import cache
from importlib import import_module
from typing import Any


def values_at(path: str, document: Any) -> list[Any]:
    """Return what the path names, in the order of the document. Errors: ValueError for no path."""
    library = _library()
    try:
        return list(library.findall(path, document))
    except library.JSONPathError as error:
        raise ValueError(_first_line(error)) from error


def wrong_path(path: str) -> str:
    """Return why this is no JSONPath, empty if it is one."""
    library = _library()
    try:
        library.compile(path)
    except library.JSONPathError as error:
        return _first_line(error)
    return ""


@cache
def _library() -> Any:
    return import_module("jsonpath")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
