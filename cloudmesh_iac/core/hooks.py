"""Functions of a program that are called around the changes of a resource: their names."""

from dataclasses import dataclass
from enum import StrEnum
from typing import cast


class Moment(StrEnum):
    """When a hook is called; the names of the fields of `Hooks`."""

    BEFORE_CREATE = "before_create"
    AFTER_CREATE = "after_create"
    BEFORE_UPDATE = "before_update"
    AFTER_UPDATE = "after_update"
    BEFORE_DELETE = "before_delete"
    AFTER_DELETE = "after_delete"

    @property
    def is_before(self) -> bool:
        return self.value.startswith("before")


@dataclass(frozen=True, slots=True)
class Hooks:
    """The names of the hooks of one resource, in the order in which they are called.

    They are kept in its record: when it is deleted later, the program of then has to know them.
    """

    before_create: tuple[str, ...] = ()
    after_create: tuple[str, ...] = ()
    before_update: tuple[str, ...] = ()
    after_update: tuple[str, ...] = ()
    before_delete: tuple[str, ...] = ()
    after_delete: tuple[str, ...] = ()
    on_error: tuple[str, ...] = ()

    def at(self, moment: Moment) -> tuple[str, ...]:
        return cast("tuple[str, ...]", getattr(self, moment.value))

    @property
    def of_deletes(self) -> tuple[str, ...]:
        return (*self.before_delete, *self.after_delete)


NO_HOOKS = Hooks()
