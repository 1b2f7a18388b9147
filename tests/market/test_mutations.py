"""The mutator itself: repeatable, varied, and never a repetition of the right answer alone."""

import json

from tests.market.mutations import mutations

BODY = [{"coin": "BTC", "px": "10.5", "rows": [{"t": number, "v": "1.5"} for number in range(30)]}]


def test_the_same_seed_yields_the_same_bodies() -> None:
    assert list(mutations(BODY, seed=3, count=300)) == list(mutations(BODY, seed=3, count=300))
    assert list(mutations(BODY, seed=3, count=300)) != list(mutations(BODY, seed=4, count=300))


def test_the_bodies_are_many_and_most_are_wrong() -> None:
    made = list(mutations(BODY, seed=7, count=2_000))
    assert len({body for _, body in made}) > 1_000
    right = json.dumps(BODY).encode()
    assert sum(body == right for _, body in made) < 100
    labels = " ".join(label for label, _ in made)
    for kind in ("garbage", "type", "rename", "drop", "rows", "junk", "cut", "BOM", "web page", "UTF-16"):
        assert kind in labels


def test_the_body_itself_is_left_alone() -> None:
    before = json.dumps(BODY)
    list(mutations(BODY, seed=1, count=500))
    assert json.dumps(BODY) == before
