"""Every kind of fault, as a plain HTTP client sees it."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import orjson
import pytest

from adapters._sandbox.faults import Fault
from adapters.piggy.sandbox import PiggySandbox
from adapters.pixlpay.sandbox import PixlpaySandbox

READ = "/referrals/settings"
TOGGLE = "/referrals/tiers/1/toggle"


def is_first_tier_active(client: httpx.Client) -> Any:
    return next(t for t in client.get("/referrals/tiers").json()["data"] if t["id"] == 1)[
        "is_active"
    ]


def test_slow(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("slow", seconds=0.05))
    started = time.monotonic()
    assert pixlpay_client.get(READ).status_code == 200
    assert time.monotonic() - started >= 0.05


def test_a_slow_write_takes_effect_though_the_client_left(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("slow", seconds=60, times=1))
    with pytest.raises(httpx.ReadTimeout):
        pixlpay_client.post(TOGGLE, timeout=0.05)
    assert any(not is_first_tier_active(pixlpay_client) for _ in range(50))


def test_hang_ends_when_the_faults_are_cleared(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("hang", times=1))
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(pixlpay_client.get, READ)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.1)
        pixlpay.faults.clear()
        assert answer.result(timeout=5).status_code == 200


def test_hang_does_nothing_when_the_client_leaves(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("hang", times=1))
    with pytest.raises(httpx.ReadTimeout):
        pixlpay_client.post(TOGGLE, timeout=0.05)
    assert is_first_tier_active(pixlpay_client)
    assert pixlpay.calls[0].status is None


def test_status_has_the_form_of_the_vendor(
    piggy: PiggySandbox,
    piggy_client: httpx.Client,
    pixlpay: PixlpaySandbox,
    pixlpay_client: httpx.Client,
) -> None:
    piggy.faults.add(Fault("status"))
    answer = piggy_client.get("/tiers")
    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal error.", "code": 1000, "status_code": 400}
    assert answer.headers["x-powered-by"] == "PHP/7.4.33"

    pixlpay.faults.add(Fault("status", status=503, retry_after="7"))
    answer = pixlpay_client.get(READ)
    assert answer.status_code == 503
    assert answer.json()["error"] == "SERVICE_UNAVAILABLE"
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["x-ratelimit-limit"] == "60"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500, 503])
def test_every_status_has_a_form(
    status: int,
    piggy: PiggySandbox,
    piggy_client: httpx.Client,
    pixlpay: PixlpaySandbox,
    pixlpay_client: httpx.Client,
) -> None:
    for sandbox, client in ((piggy, piggy_client), (pixlpay, pixlpay_client)):
        sandbox.faults.add(Fault("status", status=status))
        answer = client.get("/anything")
        assert answer.status_code == status
        assert "message" in answer.json()


def test_status_with_a_body_of_ones_own(piggy: PiggySandbox, piggy_client: httpx.Client) -> None:
    piggy.faults.add(Fault("status", status=400, body='{"code":60000}'))
    assert piggy_client.get("/tiers").json() == {"code": 60000}


def test_rate_limited(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("rate_limited", retry_after=3, times=1))
    answer = pixlpay_client.get(READ)
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "3"
    assert answer.json() == {"message": "Too Many Attempts."}
    assert pixlpay_client.get(READ).status_code == 200


def test_soft_failure(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("soft_failure"))
    answer = pixlpay_client.post(TOGGLE)
    assert answer.status_code == 200
    assert answer.json()["success"] is False
    pixlpay.faults.clear()
    assert is_first_tier_active(pixlpay_client)


def test_redirect(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("redirect", location="http://127.0.0.1:1/elsewhere"))
    answer = pixlpay_client.get(READ)
    assert answer.status_code == 302
    assert answer.headers["location"] == "http://127.0.0.1:1/elsewhere"


def test_drop_comes_before_a_write(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("drop", times=1))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        pixlpay_client.post(TOGGLE)
    assert is_first_tier_active(pixlpay_client)
    assert pixlpay.calls[0].status is None


def test_drop_after_comes_after_a_write(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("drop_after", times=1))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        pixlpay_client.post(TOGGLE)
    assert not is_first_tier_active(pixlpay_client)


def test_html(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("html", times=1))
    pixlpay.faults.add(Fault("html", status=200, body="<p>hello"))
    answer = pixlpay_client.get(READ)
    assert answer.status_code == 502
    assert answer.headers["content-type"].startswith("text/html")
    assert "502 Bad Gateway" in answer.text
    answer = pixlpay_client.get(READ)
    assert (answer.status_code, answer.text) == (200, "<p>hello")


def test_truncated_json_is_a_whole_answer(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("truncated_json"))
    answer = pixlpay_client.get(READ)
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(answer.content)


def test_truncated_body_breaks_off(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("truncated_body"))
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        pixlpay_client.get("/referrals?per_page=100")


def test_garbage(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("garbage"))
    answer = pixlpay_client.get(READ)
    assert answer.headers["content-type"] == "application/json"
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(answer.content)


def test_empty(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("empty"))
    answer = pixlpay_client.get(READ)
    assert (answer.status_code, answer.content) == (200, b"")


def test_wrong_shape(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("wrong_shape", times=1))
    pixlpay.faults.add(Fault("wrong_shape", body="[1]"))
    assert pixlpay_client.get(READ).json() == {"data": "nope"}
    assert pixlpay_client.get(READ).json() == [1]


def test_oversized_has_no_length(pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client) -> None:
    pixlpay.faults.add(Fault("oversized", megabytes=2))
    answer = pixlpay_client.get(READ)
    assert "content-length" not in answer.headers
    assert len(answer.content) == 2 * 1024 * 1024 + len(b'{"data":[]}')
    assert answer.json() == {"data": []}


def test_rules_match_by_path_and_method_and_are_used_up(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("status", path="/tiers", method="GET", times=2))
    pixlpay.faults.add(Fault("empty", path="/tiers", times=1))
    assert pixlpay_client.get(READ).status_code == 200
    statuses = [pixlpay_client.get("/referrals/tiers").status_code for _ in range(2)]
    assert statuses == [500, 500]
    assert pixlpay_client.post(TOGGLE).content == b""
    assert pixlpay_client.get("/referrals/tiers").status_code == 200
    assert pixlpay.faults.rules() == []


def test_a_connection_lives_on_after_faults_that_answer(
    pixlpay: PixlpaySandbox, pixlpay_client: httpx.Client
) -> None:
    pixlpay.faults.add(Fault("garbage", times=1))
    ports = [
        pixlpay_client.get(READ).extensions["network_stream"].get_extra_info("client_addr")[1]
        for _ in range(2)
    ]
    assert ports[0] == ports[1]
