"""The same control over HTTP, for people who run a sandbox."""

import httpx

from adapters.pixlpay.sandbox import PixlpaySandbox


def test_faults_over_http(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    control = pixlpay_client.base_url.join("/_sandbox/faults")
    rule = {"kind": "status", "status": 503, "path": "/tiers"}
    assert pixlpay_client.post(control, json=rule).json() == {"faults": [rule]}
    assert pixlpay_client.get("/referrals/tiers").status_code == 503
    assert pixlpay_client.get(control).json() == {"faults": [rule]}
    assert pixlpay_client.delete(control).json() == {"faults": []}
    assert pixlpay_client.get("/referrals/tiers").status_code == 200


def test_an_unknown_kind_is_refused(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    control = pixlpay_client.base_url.join("/_sandbox/faults")
    for body in (b'{"kind":"earthquake"}', b"nonsense"):
        assert pixlpay_client.post(control, content=body).status_code == 422
    assert pixlpay.faults.rules() == []


def test_calls_over_http(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    control = pixlpay_client.base_url.join("/_sandbox/calls")
    pixlpay_client.get("/referrals", params={"page": 2})
    pixlpay_client.post("/referrals/validate", json={"code": "ABC12345"})
    told = pixlpay_client.get(control).json()
    headers = [call.pop("headers") for call in told["calls"]]
    assert all("user-agent" in one and "authorization" not in one for one in headers)
    assert told == {
        "calls": [
            {
                "method": "GET",
                "path": "/api/external/v1/referrals",
                "query": {"page": "2"},
                "status": 200,
                "body": None,
            },
            {
                "method": "POST",
                "path": "/api/external/v1/referrals/validate",
                "query": {},
                "status": 200,
                "body": {"code": "ABC12345"},
            },
        ]
    }
    assert pixlpay.count() == 2
    assert pixlpay.count(path_suffix="/referrals", method="GET") == 1
    assert pixlpay_client.delete(control).json() == {"calls": []}
    assert pixlpay.count() == 0


def test_control_is_neither_limited_nor_subject_to_faults(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.throttle.calls_per_minute = 0
    answer = pixlpay_client.get(pixlpay_client.base_url.join("/_sandbox/calls"))
    assert answer.status_code == 200
    assert "x-ratelimit-limit" not in answer.headers
    unknown = pixlpay_client.get(pixlpay_client.base_url.join("/_sandbox/other"))
    assert unknown.status_code == 404
