"""What a plugin says is shown in plain words."""

import pytest

from cloudmesh_iac.plugins.refusals import plain_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("refused\n", "refused"),
        ("1 error occurred:\n\t* no 'cloud'\n\n", "no 'cloud'"),
        ("2 errors occurred:\n\t* no 'cloud'\n\t* no\n  'user'\n\n", "no 'cloud'; no 'user'"),
        ("reading net: 1 error occurred:\n\t* is gone\n\n", "reading net: is gone"),
        ("2 lines\nof text", "2 lines\nof text"),
        ("unexpected state 'ERROR'. last error: %!s(<nil>)", "unexpected state 'ERROR'"),
        (
            "creating urn:pulumi:hello::lab::a:b:C::vm: 1 error occurred:\n\t* is broken\n\n",
            "is broken",
        ),
    ],
)
def test_several_errors_become_one_sentence(text: str, words: str) -> None:
    assert plain_words(text) == words
