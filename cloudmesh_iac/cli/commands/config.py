"""`cmx config`: show and change the settings of a stack."""

import json as json_module
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.near_names import instead_of, nearest
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.runtime import Place
from cloudmesh_iac.settings.changing import SettingKey, StackFile, open_stack_file, parse_key
from cloudmesh_iac.settings.setting_values import SECURE, at, text_of, typed
from cloudmesh_iac.settings.stack_settings import StackSettings, read_stack_settings
from cloudmesh_iac.store.changing_passphrases import finish_change
from cloudmesh_iac.store.keys import opened_settings
from cloudmesh_iac.views.settings_text import setting_dict, settings_dict, settings_text
from cloudmesh_iac.views.values_text import SECRET

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Words = Annotated[list[str] | None, typer.Argument(metavar="[PROGRAM] KEY", help="A setting.")]
ValueWords = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROGRAM] KEY [VALUE]",
        help="A setting, and its value; without one it is asked for, or read from stdin.",
    ),
]
IsPath = Annotated[
    bool, typer.Option("--path", help="The key leads inside: `name.inner`, `name[0]`.")
]

_OPTIONS = ("--secret", "--plaintext", "--path", "--stack", "--json")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which stack, and the words behind it."""

    place: Place
    words: Sequence[str]

    def key(self, *, is_path: bool) -> SettingKey:
        return parse_key(self.place.project, self.words[0], is_path=is_path)


@app.command("set", context_settings={"ignore_unknown_options": True})
def set_one(
    words: ValueWords = None,
    *,
    secret: bool = typer.Option(False, "--secret", help="Encrypt it."),
    plaintext: bool = typer.Option(False, "--plaintext", help="Do not, even if it was secret."),
    path: IsPath = False,
    stack: options.Stack = None,
    json: options.Json = False,
) -> None:
    """Give a setting a value. One that is secret stays secret."""
    desk = Desk(is_json=json)
    if secret and plaintext:
        raise UsageProblem("--secret and --plaintext cannot both hold")
    asked = _asked(desk, words, stack, most=2)
    key = asked.key(is_path=path)
    _settings(desk, asked.place)  # what cannot be read is not changed either
    file = open_stack_file(asked.place.project, asked.place.stack.name)
    is_secret = secret or (not plaintext and file.is_secret(key))
    text = asked.words[1] if len(asked.words) > 1 else _typed(desk, key.name, is_secret=is_secret)
    _raise_unwritable(text, key.name)
    if is_secret:
        changed = _with_secret(desk, asked.place, file, key=key, text=text)
    else:
        changed = file.with_setting(key, typed(text) if key.path else text)
    changed.save()
    desk.show_notices()
    _say_done(desk, asked, "set", key=key, is_secret=is_secret)


@app.command("get")
def get(
    words: Words = None,
    *,
    path: IsPath = False,
    stack: options.Stack = None,
    json: options.Json = False,
) -> None:
    """Print one setting, also a secret one."""
    desk = Desk(is_json=json)
    asked = _asked(desk, words, stack, most=1)
    key = asked.key(is_path=path)
    settings = _settings(desk, asked.place)
    is_secret = key.name in settings.secure
    known = _opened(desk, asked.place, settings) if is_secret else settings.plain
    if key.name not in known:
        raise _missing(key.name, settings.as_written())
    value = _inside(known[key.name], key)
    if json:
        desk.answer(setting_dict(key.text, value, is_secret=is_secret))
    else:
        sys.stdout.write(f"{value}\n")  # as it is: a console would touch tabs


@app.command("ls")
def ls(
    program: options.Program = None,
    *,
    show_secrets: options.ShowSecrets = False,
    stack: options.Stack = None,
    json: options.Json = False,
) -> None:
    """List the settings of a stack."""
    desk = Desk(is_json=json)
    place = desk.place(program, stack)
    settings = _settings(desk, place)
    if show_secrets:
        values = {**settings.plain, **_opened(desk, place, settings)}
    else:
        values = {**settings.plain, **settings.opened(lambda _: SECRET)}
    if json:
        found = settings_dict(values, secret=settings.secure)
        desk.answer({"version": 1, "stack": str(place.stack), "settings": found})
    else:
        desk.say(settings_text(values))


@app.command("rm")
def rm(
    words: Words = None,
    *,
    path: IsPath = False,
    stack: options.Stack = None,
    json: options.Json = False,
) -> None:
    """Take a setting away: the program's default holds again."""
    desk = Desk(is_json=json)
    asked = _asked(desk, words, stack, most=1)
    key = asked.key(is_path=path)
    settings = _settings(desk, asked.place)
    try:
        open_stack_file(asked.place.project, asked.place.stack.name).without_setting(key).save()
    except KeyError as error:
        raise _missing(key.text, settings.as_written()) from error
    _say_done(desk, asked, "removed", key=key, is_secret=key.name in settings.secure)


def _asked(desk: Desk, words: Sequence[str] | None, stack: str | None, *, most: int) -> Asked:
    """Errors: UsageProblem for too few or too many words; it repeats none, one may be a secret."""
    program, rest = desk.program_and_items(words or [])
    unknown = [one for one in rest if one.startswith("-") and not one[1:2].isdecimal()]
    if unknown:
        near = nearest(unknown[0], _OPTIONS)
        raise UsageProblem(
            f"an option is not known{f' (did you mean {near}?)' if near else ''}",
            hint="a value that begins with `-` can be given on stdin",
        )
    if not rest:
        raise UsageProblem("which setting?", hint="`cmx config ls` lists them")
    if len(rest) > most:
        raise UsageProblem("one setting at a time", hint="put a value with spaces in quotes")
    return Asked(desk.place(program, stack), rest)


def _settings(desk: Desk, place: Place) -> StackSettings:
    finish_change(place.project, place.stack, desk.store)
    return read_stack_settings(place.project, place.stack.name)


def _typed(desk: Desk, name: str, *, is_secret: bool) -> str:
    """Return what a person types, or what stands on stdin. Errors: UsageProblem for nothing."""
    if desk.is_interactive:
        question = f"Value of {name}: "
        if is_secret:
            return desk.ask_secret(question)
        desk.err.print(question, end="", soft_wrap=True, markup=False)
        text = sys.stdin.readline()
    else:
        text = sys.stdin.read()
    if not text:
        raise UsageProblem(f"{name} needs a value", hint="behind its key, or on stdin")
    return text.removesuffix("\n").removesuffix("\r")


def _raise_unwritable(text: str, name: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageProblem(f"the value of {name} is no text in UTF-8") from error


def _with_secret(
    desk: Desk, place: Place, file: StackFile, *, key: SettingKey, text: str
) -> StackFile:
    salt = file.salt or desk.store.salt(place.stack)
    if salt:
        cipher = desk.keys.needed_cipher(salt, place.stack)
    else:
        salt, cipher = desk.keys.begin(place.stack)
    if not file.salt:
        file = file.with_salt(salt)
    return file.with_setting(key, {SECURE: desk.keys.encrypt(cipher, text)})


def _opened(desk: Desk, place: Place, settings: StackSettings) -> Mapping[str, str]:
    """Errors: UsageProblem for a passphrase that is wrong or missing."""
    if not settings.secure:
        return {}
    cipher = desk.keys.needed_cipher(settings.salt, place.stack)
    return opened_settings(settings, desk.keys, cipher, stack=place.stack)


def _inside(text: str, key: SettingKey) -> str:
    """Return what stands at the key's path. Errors: UsageProblem where there is nothing."""
    if not key.path:
        return text
    try:
        return text_of(at(json_module.loads(text), key.path))
    except (ValueError, KeyError) as error:
        raise UsageProblem(f"there is no setting {key.text}", subject=key.name) from error


def _missing(name: str, known: Iterable[str]) -> UsageProblem:
    names = sorted(known)
    hint = instead_of(name, names, otherwise=f"the settings: {', '.join(names) or 'none'}")
    return UsageProblem(f"there is no setting {name!r}", subject=name, hint=hint)


def _say_done(desk: Desk, asked: Asked, done: str, *, key: SettingKey, is_secret: bool) -> None:
    if desk.is_json:
        desk.answer(
            {"version": 1, "stack": str(asked.place.stack), done: key.text, "secret": is_secret}
        )
    else:
        desk.say(f"{done} {key.text} of {asked.place.stack}{' (secret)' if is_secret else ''}")
