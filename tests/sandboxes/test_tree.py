"""The arithmetic behind both sandboxes' data."""

import pytest

from adapters._sandbox.identifiers import Identifiers
from adapters._sandbox.people import number_of, person
from adapters._sandbox.tree import ReferralTree


@pytest.mark.parametrize("referrals", [0, 1, 4, 5, 19, 20, 39, 40, 180, 240, 1003])
def test_a_tree_holds_together(referrals: int) -> None:
    tree = ReferralTree(referrals)
    rows_seen: list[int] = []
    for rank in range(tree.referrers):
        referrer = tree.person_at(rank)
        assert tree.rank_of(referrer) == rank
        for row in tree.rows_by(rank):
            assert tree.referrer(row) == referrer
            assert tree.joined(row) > referrer
            assert tree.row_of(tree.joined(row)) == row
            rows_seen.append(row)
    assert sorted(rows_seen) == list(range(referrals))
    counts = [len(tree.rows_by(rank)) for rank in range(tree.referrers)]
    assert all(max(counts[rank:]) <= tree.count_at_most(rank) for rank in range(tree.referrers))


def test_a_sixth_are_referrers_and_a_few_refer_most() -> None:
    tree = ReferralTree(240)
    counts = [len(tree.rows_by(rank)) for rank in range(tree.referrers)]
    assert 0.15 < tree.referrers / tree.people < 0.2
    assert min(counts) >= 1
    assert sum(counts[: len(counts) // 5]) > 240 * 0.4


def test_a_million_rows_cost_nothing_until_asked_for() -> None:
    tree = ReferralTree(1_000_000)
    assert tree.person_at(tree.rank_of(tree.referrer(765_432)) or 0) == tree.referrer(765_432)


def test_people_are_found_by_email() -> None:
    numbers = (*range(3000), 2_000_000)
    assert len({person(number).email for number in numbers}) == len(numbers)
    for number in numbers:
        assert number_of(person(number).email.upper()) == number
    for stranger in ("", "nobody@example.com", "emma.jansen1@example.com", "emma.jansen@x.test"):
        assert number_of(stranger) is None


def test_identifiers_lead_back_to_their_numbers() -> None:
    identifiers = Identifiers(7)
    texts = [identifiers.of(number) for number in range(200)]
    assert len(set(texts)) == 200
    assert [identifiers.number(text) for text in texts] == list(range(200))
    assert any(text.isdecimal() for text in texts)
    for stranger in ("", "123", "²", "nonsense", texts[0][:-1] + "x", Identifiers(8).of(3)):
        assert identifiers.number(stranger) is None
