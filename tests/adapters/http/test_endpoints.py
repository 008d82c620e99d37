"""What a call is called in metrics."""

import pytest

from adapters._http.endpoints import endpoint_of


@pytest.mark.parametrize(
    ("target", "endpoint"),
    [
        ("/referrals/top-referrers", "GET /referrals/top-referrers"),
        ("/referrals?page=2&search=someone%40example.com", "GET /referrals"),
        ("/contacts/find-one-by?email=someone%40example.com", "GET /contacts/find-one-by"),
        ("/contacts/0d9c6e34-2a51-4bb0-9c5f-1c6f1f4a7d11", "GET /contacts/{id}"),
        ("/customers/42/rewards", "GET /customers/{id}/rewards"),
        ("/customers/someone@example.com", "GET /customers/{id}"),
        ("/customers/someone%40example.com", "GET /customers/{id}"),
        ("/codes/HUNTER", "GET /codes/{id}"),
        (f"/codes/{'long' * 50}", "GET /codes/{id}"),
        ("/", "GET /"),
    ],
)
def test_only_words_of_a_path_are_shown(target: str, endpoint: str) -> None:
    assert endpoint_of("GET", target) == endpoint
