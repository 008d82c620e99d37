"""Several boards in one: ranked anew, equal counts in one place, one address one referrer."""

from adapters.model import BoardEntry, Person, ReferrerRecord
from gateway.reports.boards import RankedRecord, rank_board, rank_records


def person(program_key: str, provider_id: str = "1", email: str | None = None) -> Person:
    return Person(program_key=program_key, provider_id=provider_id, email=email)


def board(program_key: str, *counts: int) -> tuple[BoardEntry, ...]:
    return tuple(
        BoardEntry(person(program_key, str(place)), count) for place, count in enumerate(counts)
    )


def record(
    who: Person, successful: int, *, total: int = 9, claimed: int | None = None
) -> ReferrerRecord:
    return ReferrerRecord(
        person=who,
        total_referrals=total,
        successful_referrals=successful,
        rewards_claimed=claimed,
    )


def combined(*records: ReferrerRecord, limit: int = 10) -> list[RankedRecord]:
    return rank_records([(record,) for record in records], limit, combine_by_email=True)


def test_equal_counts_share_a_place_and_the_next_one_is_left_out() -> None:
    ranked = rank_board([board("a", 5, 3, 1), board("b", 5, 3, 3)], 10)
    assert [(entry.rank, entry.referral_count) for entry in ranked] == [
        (1, 5),
        (1, 5),
        (3, 3),
        (3, 3),
        (3, 3),
        (6, 1),
    ]


def test_among_equals_the_order_given_decides() -> None:
    ranked = rank_board([board("b", 2, 2), board("a", 2)], 10)
    assert [(entry.person.program_key, entry.person.provider_id) for entry in ranked] == [
        ("b", "0"),
        ("b", "1"),
        ("a", "0"),
    ]


def test_a_cut_within_a_shared_place_keeps_the_place() -> None:
    ranked = rank_board([board("a", 4, 2), board("b", 2, 2)], 3)
    assert [entry.rank for entry in ranked] == [1, 2, 2]


def test_nobody_is_ranked_nowhere() -> None:
    assert rank_board([], 10) == []
    assert rank_board([(), ()], 10) == []
    assert rank_records([()], 10, combine_by_email=True) == []


def test_a_board_that_comes_unsorted_is_sorted() -> None:
    assert [entry.referral_count for entry in rank_board([board("a", 1, 7, 3)], 2)] == [7, 3]


def test_together_they_overtake_who_was_ahead_of_each() -> None:
    first, second = combined(
        record(person("a", email="best@example.com"), 5),
        record(person("b", email="Two@Example.com"), 3, total=4, claimed=1),
        record(person("c", email=" two@example.COM"), 3, total=6),
    )
    assert [who.program_key for who in first.people] == ["b", "c"]
    assert (first.rank, first.successful_referrals, first.total_referrals) == (1, 6, 10)
    # One program does not say: what the other says is what is known.
    assert first.rewards_claimed == 1
    assert (second.rank, second.successful_referrals, second.rewards_claimed) == (2, 5, None)


def test_the_cut_comes_after_the_combining() -> None:
    (only,) = combined(
        record(person("a", email="best@example.com"), 5),
        record(person("b", email="two@example.com"), 3),
        record(person("c", email="two@example.com"), 3),
        limit=1,
    )
    assert len(only.people) == 2


def test_people_without_an_address_are_never_one() -> None:
    untold = Person(program_key="c", provider_id="1")
    ranked = combined(
        record(person("a"), 2),
        record(person("b"), 2),
        record(untold, 2),
        record(person("c", "2"), 2),
    )
    assert [len(entry.people) for entry in ranked] == [1, 1, 1, 1]
    assert [entry.rank for entry in ranked] == [1, 1, 1, 1]


def test_one_address_stays_several_people_where_nobody_asked_to_combine() -> None:
    ranked = rank_records(
        [
            (record(person("a", email="two@example.com"), 3),),
            (record(person("b", email="two@example.com"), 4),),
        ],
        10,
        combine_by_email=False,
    )
    assert [[who.program_key for who in entry.people] for entry in ranked] == [["b"], ["a"]]


def test_nobody_shares_a_blank_address() -> None:
    ranked = combined(
        record(person("a", "1", ""), 3),
        record(person("a", "2", ""), 2),
        record(person("b", "1", " "), 1),
    )
    assert [len(entry.people) for entry in ranked] == [1, 1, 1]
