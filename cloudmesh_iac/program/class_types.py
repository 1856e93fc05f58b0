"""Let the SDK look up the types of a class once, and not for each of its resources."""

from functools import cache

from pulumi import _types

# Each takes a class and returns a new table of its properties, which its callers only read.
_TABLES = (
    "resource_types",
    "resource_pulumi_to_py_names",
    "resource_py_to_pulumi_names",
    "input_type_types",
    "input_type_py_to_pulumi_names",
    "output_type_types",
)


def remember_types_of_classes() -> None:
    """Keep what the SDK learns of each class: it evaluates all annotations at every answer.

    What a version of the SDK does not have is left out. Done once, it may be repeated.
    """
    for name in _TABLES:
        table = getattr(_types, name, None)
        if table is not None and not hasattr(table, "cache_info"):
            setattr(_types, name, cache(table))
