"""The recorded payloads say what the vendors' pages say; README.md beside them lists them."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parent.parent / "recorded"
NAMES = sorted(
    path.relative_to(RECORDED).as_posix()
    for path in RECORDED.rglob("*")
    if path.suffix in {".json", ".txt"}
)
JSON_NAMES = [name for name in NAMES if name.endswith(".json")]

PIGGY_EXAMPLES = ["piggy/referrals.txt", "piggy/settings.txt"]
PIGGY_REPAIRED = [
    "piggy/referrals.json",
    "piggy/referrals_duplicate_key.json",
    "piggy/settings.json",
]
DUPLICATE_KEY = "piggy/referrals_duplicate_key.json"

# In the order of the page.
PIXLPAY_ANSWERS = [
    "pixlpay/referrals.json",
    "pixlpay/statistics.json",
    "pixlpay/leaderboard.json",
    "pixlpay/top_referrers.json",
    "pixlpay/validate.json",
    "pixlpay/validate_invalid.json",
    "pixlpay/tiers.json",
    "pixlpay/create_tier.json",
    "pixlpay/update_tier.json",
    "pixlpay/delete_tier.json",
    "pixlpay/delete_tier_claimed.json",
    "pixlpay/toggle_tier.json",
    "pixlpay/settings.json",
    "pixlpay/update_settings.json",
    "pixlpay/claims.json",
]
PIXLPAY_REQUESTS = [
    "pixlpay/validate_request.json",
    "pixlpay/create_tier_request.json",
    "pixlpay/update_tier_request.json",
    "pixlpay/update_settings_request.json",
]


def recorded(name: str) -> str:
    return (RECORDED / name).read_text(encoding="utf-8")


def indented(text: str) -> str:
    """`text` with two spaces a level and nothing else changed; the pages have no indentation."""
    depth = 0
    lines = []
    for line in map(str.strip, text.splitlines()):
        depth -= line[0] in "}]"
        lines.append("  " * depth + line)
        depth += line[-1] in "{["
    return "\n".join(lines) + "\n"


def commas_repaired(text: str) -> tuple[str, int, int]:
    """Repair P3, with how many commas it removed and added."""
    text, removed = re.subn(r",(?=\n[}\]])", "", text)
    text, added = re.subn(r'\}(?=\n"status")', "},", text)
    return text, removed, added


def role_repaired(text: str) -> str:
    """Repair P4: the last `referring_contact` of the page is the second of the third referral."""
    before, key, after = text.rpartition('"referring_contact"')
    assert key
    return before + '"referred_contact"' + after


def refusing_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"repeated: {', '.join(repeated)}")
    return dict(pairs)


def listed() -> list[tuple[str, str]]:
    """File and last column of each row of the README."""
    rows = re.findall(r"^\| `(.+?)` \|.*\| (\w+) \|$", recorded("README.md"), re.MULTILINE)
    return [(name, how) for name, how in rows]


@pytest.mark.parametrize("name", PIGGY_EXAMPLES)
def test_piggy_examples_are_not_json(name: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        json.loads(recorded(name))


def test_piggy_examples_are_those_of_the_page() -> None:
    page = recorded("piggy/page.txt")
    followed_by = ["Code\nMessage\n", "Contact Verification\n"]

    assert page.count("Response Example") == len(PIGGY_EXAMPLES)
    for name, text in zip(PIGGY_EXAMPLES, followed_by, strict=True):
        example = recorded(name).removesuffix("\n")
        assert page.count(f"Response Example\n{example}{text}") == 1, name


def test_piggy_referrals_differ_from_the_page_by_the_stated_repairs_alone() -> None:
    text, removed, added = commas_repaired(recorded("piggy/referrals.txt"))

    assert (removed, added) == (3, 3)
    assert recorded("piggy/referrals.json") == indented(role_repaired(text))
    assert recorded(DUPLICATE_KEY) == indented(text)


def test_piggy_settings_differ_from_the_page_by_the_stated_repairs_alone() -> None:
    text, removed, added = commas_repaired(recorded("piggy/settings.txt"))

    assert (removed, added) == (6, 0)
    assert recorded("piggy/settings.json") == indented(text)


def test_an_ordinary_parser_swaps_the_roles_of_the_duplicate_key() -> None:
    with pytest.raises(ValueError, match="repeated: referring_contact"):
        json.loads(recorded(DUPLICATE_KEY), object_pairs_hook=refusing_duplicates)

    third = json.loads(recorded(DUPLICATE_KEY))["data"][2]
    assert third["referring_contact"]["email"] == "gary3@bikinibottom.sea"
    assert "referred_contact" not in third


def test_pixlpay_answers_are_those_of_the_page() -> None:
    page = recorded("pixlpay/page.txt")
    starts = [match.end() for match in re.finditer(r"^json\n", page, re.MULTILINE)]

    assert page.count('"success"') == len(PIXLPAY_ANSWERS)
    for name, start in zip(PIXLPAY_ANSWERS, starts, strict=True):
        _, end = json.JSONDecoder(object_pairs_hook=refusing_duplicates).raw_decode(page, start)
        assert recorded(name) == indented(page[start:end]), name


def test_pixlpay_requests_are_those_of_the_page() -> None:
    page = recorded("pixlpay/page.txt")
    bodies = re.findall(r"^-d '(.*?)'Response$", page, re.MULTILINE | re.DOTALL)

    assert page.count("-d '") == len(bodies)
    for name, body in zip(PIXLPAY_REQUESTS, bodies, strict=True):
        json.loads(body, object_pairs_hook=refusing_duplicates)
        assert recorded(name) == indented(body), name


def test_numbers_keep_the_spelling_of_the_vendor() -> None:
    numbers: list[str] = []

    def spelling(number: str) -> float:
        numbers.append(number)
        return float(number)

    json.loads(recorded("pixlpay/statistics.json"), parse_float=spelling)

    assert numbers == ["59.33", "450.00"]


@pytest.mark.parametrize("name", [name for name in JSON_NAMES if name != DUPLICATE_KEY])
def test_file_is_json_without_repeated_keys(name: str) -> None:
    assert isinstance(json.loads(recorded(name), object_pairs_hook=refusing_duplicates), dict)


@pytest.mark.parametrize("name", JSON_NAMES)
def test_file_is_indented_by_two_spaces(name: str) -> None:
    assert recorded(name) == indented(recorded(name))


def test_readme_lists_each_file_once() -> None:
    assert sorted(name for name, _ in listed()) == NAMES


def test_readme_calls_verbatim_and_repaired_what_is_proved_here() -> None:
    claims = {
        how: sorted(name for name, claimed in listed() if claimed == how)
        for how in {how for _, how in listed()}
    }

    assert claims.keys() == {"verbatim", "repaired", "constructed"}
    assert claims["repaired"] == PIGGY_REPAIRED
    assert claims["verbatim"] == sorted(
        ["piggy/page.txt", "pixlpay/page.txt", *PIGGY_EXAMPLES, *PIXLPAY_ANSWERS, *PIXLPAY_REQUESTS]
    )
