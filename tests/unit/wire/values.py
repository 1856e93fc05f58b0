"""Random values for property tests, as far as the codecs can carry them."""

from hypothesis import strategies as st

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Reference,
    Secret,
    Value,
)
from cloudmesh_iac.wire.marks import SIGNATURE, UNKNOWNS

EXACT = 2**53

TEXTS = st.text(max_size=20).filter(lambda text: text not in UNKNOWNS)
KEYS = st.text(max_size=8).filter(lambda key: key != SIGNATURE)
URNS = st.builds(
    lambda name: Urn(f"urn:pulumi:hello::lab::cmx:index:Thing::{name}"), st.text(max_size=8)
)
NUMBERS: st.SearchStrategy[int | float] = st.integers(-EXACT, EXACT) | st.floats(
    allow_nan=False, allow_infinity=False
).filter(lambda number: not number.is_integer() or abs(number) > EXACT)

ASSETS = st.builds(Asset, st.sampled_from(AssetKind), TEXTS, TEXTS)


def archives(inside: st.SearchStrategy[Asset | Archive]) -> st.SearchStrategy[Archive]:
    """Return archives by place, or with members in the order of their names."""
    named = st.dictionaries(KEYS, inside, max_size=3).map(lambda them: tuple(sorted(them.items())))
    return st.builds(
        Archive, st.sampled_from([AssetKind.PATH, AssetKind.URI]), TEXTS, st.just(()), TEXTS
    ) | st.builds(Archive, st.none(), st.just(""), named, TEXTS)


ARCHIVES = archives(ASSETS | archives(ASSETS))


def containers(inside: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.lists(inside, max_size=3).map(tuple),
        st.dictionaries(KEYS, inside, max_size=3),
        st.builds(Secret, inside),
        st.builds(OutputValue, inside, is_secret=st.booleans(), dependencies=st.tuples(URNS, URNS)),
    )


LEAVES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.just(UNKNOWN),
    st.builds(Reference, URNS, st.none() | TEXTS | st.just(UNKNOWN)),
    ASSETS,
    ARCHIVES,
)
VALUES: st.SearchStrategy[Value] = st.recursive(LEAVES, containers, max_leaves=12)
PROPERTIES: st.SearchStrategy[dict[str, Value]] = st.dictionaries(KEYS, VALUES, max_size=5)
