"""The names of what can happen to a resource: actions for people, operations for the applier."""

from enum import StrEnum


class Action(StrEnum):
    """What happens to one resource, as a person judges it."""

    SAME = "same"
    CREATE = "create"
    IMPORT = "import"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    UNDECIDED = "undecided"

    @property
    def is_change(self) -> bool:
        return self not in {Action.SAME, Action.READ, Action.UNDECIDED}


class Op(StrEnum):
    """One side effect, with Pulumi's names."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    REFRESH = "refresh"
    READ_REPLACEMENT = "read-replacement"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    READ = "read"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"
