"""No secret leaves a provider by way of an error or a log, and none comes in by way of a cookie."""

import logging
import traceback
from dataclasses import replace

import pytest

from adapters._sandbox.faults import Fault
from adapters._sandbox.serving import serve_in_thread
from adapters.capability import Capability
from adapters.contract.conftest import Vendor
from adapters.contract.connecting import Overheard, connected
from adapters.errors import AdapterError
from adapters.provider import Provider, capabilities_of

pytestmark = pytest.mark.anyio

EMAIL = "very.secret@example.com"
BODY = f'{{"message": "hidden {EMAIL}", "data": "hidden", "error": "hidden"}}'
FAULTS = [
    *(Fault("status", status=status, body=BODY) for status in (400, 401, 403, 404, 422, 500)),
    Fault("status", status=429, body=BODY, retry_after=0),
    Fault("html", body=BODY),
    Fault("garbage", body=BODY + "}"),
    Fault("wrong_shape", body=BODY),
    Fault("wrong_shape", body=f'"{EMAIL} hidden"'),
    Fault("redirect", location=f"http://elsewhere.invalid/?hidden={EMAIL}"),
    Fault("drop"),
    Fault("truncated_body"),
    Fault("truncated_json"),
]


@pytest.mark.parametrize(
    "fault", FAULTS, ids=[f"{n}-{fault.kind}" for n, fault in enumerate(FAULTS)]
)
async def test_errors_and_logs_hold_no_secret(
    provider: Provider, vendor: Vendor, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    vendor.sandbox.faults.add(fault)
    told = []
    for read in (
        provider.settings,
        lambda: provider.referrals(None, 1),
        lambda: provider.people_by_email(EMAIL),
        lambda: provider.search_referrals(EMAIL, None, 1),
        lambda: provider.validate_code("HIDDEN"),
    ):
        try:
            await read()
        except AdapterError as error:
            told += [str(error), repr(error), repr(vars(error))]
            told += traceback.format_exception(error)
    told += [repr(provider.config), repr(provider.health), caplog.text]
    for secret in (vendor.config.token, EMAIL, "hidden", "HIDDEN"):
        assert secret not in "\n".join(told)


async def test_good_reads_log_nothing(
    provider: Provider, vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    row = (await provider.referrals(None, 1)).value.items[0]
    assert row.referred is not None
    await provider.people([row.referred.provider_id])
    if Capability.PERSON_LOOKUP in capabilities_of(vendor.provider):
        assert isinstance(row.referred.email, str)
        await provider.people_by_email(row.referred.email)
    assert caplog.text == ""


async def test_cookies_are_not_kept(vendor: Vendor) -> None:
    overheard = Overheard(vendor.sandbox, cookie="session=somebody; Path=/")
    with serve_in_thread(overheard) as served:
        config = replace(vendor.config, base_url=served.origin)
        async with connected(config) as provider:
            await provider.settings()
            await provider.settings()
    assert len(overheard.headers) == 2
    assert all("cookie" not in headers for headers in overheard.headers)


def test_secrets_are_left_out_of_a_programs_repr(vendor: Vendor) -> None:
    assert vendor.config.token
    assert vendor.config.token not in repr(vendor.config)
