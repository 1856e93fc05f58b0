"""What our engine does not do as Pulumi's does: the list of what is left to do.

A case that passes here fails as a test, so the list never says more than is true.
"""

from collections.abc import Mapping


class Compares:
    """What the comparison looks at. Each False is work that is not done, or a sentence why not."""

    # What a Record does not keep.
    state_fields_left_out = frozenset({"aliases"})


_TO_DO: dict[str, str] = {}
_ON_PURPOSE = {
    "after a refused check or diff, what does not depend on it goes on": """
        check_fails check_refused_late diff_fails""",
    "what a skipped resource uses is not deleted": "failed_update_user_same",
    "what was deleted to make room is not deleted again": "dbr_cascade_create_fails",
    "what may not be replaced is refused before anything is done": """
        import_replaced import_protected""",
    "a refresh with the program takes providers as they are recorded": """
        refresh_program_moved refresh_program_read""",
    "a provider that cannot be configured stops only what needs it": "provider_configure_fails",
    "independent steps always go on": "stop_on_error",
    "a half-made object is finished, not made again beside it": "error_hook_partial",
    "what needs something new that is excluded is not made of unknown values": "excludes_new",
    "what has to be made again is made as the program wants it": "targets_replaced_dbr",
    "a function that needs something failed is not called": "invoke_after_half",
    "a destroy with the program makes nothing, and leaves nothing": "destroy_program_nothing",
    "what is excluded from a refresh is still needed, and what needs it is excluded if asked": """
        refresh_program_exclude refresh_program_exclude_dependents""",
    "a destroy whose program fails changes nothing": "destroy_program_fails",
    "what is protected is not deleted for something that is only read": "read_protected",
    "a component below something that is gone is kept": "refresh_program_component_gone_above",
    "an old object keeps its old name as long as it is there": "alias_delete_fails",
    "an import that changes nothing is recorded as the program says it": "import_indifferent",
}
_NO_ORACLE = {
    "Pulumi writes two live objects with one urn": "targets_renamed_used",
    "Pulumi waits for ever: a failed delete before a create answers nobody": "dbr_delete_fails",
}


def _by_case(listed: Mapping[str, str]) -> Mapping[str, str]:
    return {case: reason for reason, cases in listed.items() for case in cases.split()}


# Cases that our engine does not pass yet, with the reason.
TO_DO = _by_case(_TO_DO)
# Cases where ours is to be different.
ON_PURPOSE = _by_case(_ON_PURPOSE)
# Cases that Pulumi's engine cannot play to their end: ours is only asked to.
NO_ORACLE = _by_case(_NO_ORACLE)
