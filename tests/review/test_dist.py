"""What the project renders lets in exactly whom it means to."""

import pytest

from loom_constructs.review.expectation import Expectation
from loom_constructs.review.findings import findings
from loom_constructs.review.load import load
from loom_constructs.review.review import Review
from tests.conftest import ROOT
from tests.review.mutations import survivors

RENDERED = {
    "local": ["dist/local"],
    "local-linkerd": ["dist/local", "dist/local/linkerd"],
    "staging": ["dist/staging"],
    "production": ["dist/production"],
}


def rendered(name):
    meant = Expectation.read(ROOT / "docs" / "traffic" / f"{name}.json")
    return load([ROOT / folder for folder in RENDERED[name]]), meant


def test_every_intention_is_compared():
    assert {p.stem for p in (ROOT / "docs" / "traffic").glob("*.json")} == RENDERED.keys()


@pytest.mark.parametrize("name", RENDERED)
def test_it_is_what_is_meant(name):
    review = Review(*rendered(name))

    assert review.differences() == []
    assert findings(review) == []


@pytest.mark.parametrize("name", ["local", "production"])
def test_some_mutations_are_noticed(name):
    assert survivors(*rendered(name), every=97)[0] == []


@pytest.mark.long
@pytest.mark.parametrize("name", RENDERED)
def test_every_mutation_is_noticed(name):
    objects, meant = rendered(name)
    own = load([ROOT / RENDERED[name][-1]])  # an add-on's base has been looked at by itself

    unnoticed, tried = survivors(objects, meant, of=own)

    print(f"{name}: {tried} mutations")
    assert unnoticed == []
    assert tried > 300
