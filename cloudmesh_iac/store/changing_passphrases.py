"""Give a stack another passphrase: its state and its settings, so that one always opens both.

The state is changed in one transaction, and that is the moment that counts. The new file of the
settings lies ready beside the old one by then, below the same new salt as the state: from it
whoever comes next sees whether the change had come about when somebody was killed.
"""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.changing import StackFile, open_stack_file
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.project import Project
from cloudmesh_iac.settings.stack_settings import settings_file
from cloudmesh_iac.settings.whole_files import write_whole
from cloudmesh_iac.store.ciphers import Cipher, new_cipher
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.sealing import seal, unseal
from cloudmesh_iac.store.sqlite import SqliteStore

_SUFFIX = ".new-passphrase"


def change_passphrase(
    project: Project,
    stack: StackId,
    new: str,
    *,
    keys: Keys,
    store: SqliteStore,
    computer: Computer,
) -> None:
    """Encrypt the secrets of a stack with a new passphrase.

    Errors: UsageProblem for a wrong or missing old one, and for a stack without secrets;
    StackLocked.
    """
    finish_change(project, stack, store)
    file = open_stack_file(project, stack.name)
    state_salt = store.salt(stack)
    if not file.salt and not state_salt:
        raise UsageProblem(
            f"{stack} has no secrets yet", hint="the first one takes the passphrase of that moment"
        )
    old = {salt: keys.opened_by(new, salt, stack) for salt in (file.salt, state_salt) if salt}
    salt, cipher = new_cipher(new, computer.random_bytes)
    encrypt = cache(partial(cipher.encrypt, random=computer.random_bytes))
    if file.salt:
        file = _resealed(file, old[file.salt], encrypt, stack=stack).with_salt(salt)
    if state_salt is None:
        file.save()
        return
    file.raise_changed()
    if file.salt:
        write_whole(_pending(file.path), file.text, like=file.path)
    decrypt = cache(old[state_salt].decrypt) if state_salt else str
    store.reseal(stack, lambda text: seal(unseal(text, decrypt), encrypt), salt=salt)
    finish_change(project, stack, store)


def finish_change(project: Project, stack: StackId, store: SqliteStore) -> None:
    """Put settings in their place whose passphrase was changed while somebody was killed.

    Errors: UsageProblem for a folder that cannot be written.
    """
    path = settings_file(project, stack.name)
    pending = _pending(path)
    if not pending.is_file():
        return
    try:
        salt = StackFile(project, pending, pending.read_text()).salt
    except (OSError, ValueError):
        return  # none of ours, or somebody else was faster
    if not salt or salt != store.salt(stack):
        return  # it did not come about, or is just being done
    try:
        pending.replace(path)
    except FileNotFoundError:
        return  # somebody else was faster
    except OSError as error:
        raise UsageProblem(f"{path} cannot be written: {error.strerror}") from error


def _pending(path: Path) -> Path:
    path = path.resolve()
    return path.with_name(f".{path.name}{_SUFFIX}")


def _resealed(
    file: StackFile, old: Cipher, encrypt: Callable[[str], str], *, stack: StackId
) -> StackFile:
    try:
        return file.with_encrypted(lambda text: encrypt(old.decrypt(text)))
    except ValueError as error:
        raise UsageProblem(
            f"a secret setting of {stack} cannot be read: {error}", subject=str(file.path)
        ) from error
