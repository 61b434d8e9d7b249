"""The README's steps to a live account, held to the hub, to its settings and to the provider's own file.

The rule of this file: nothing is asked of the provider. What an account alone can show is said in the README.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from twilio.jwt.access_token import AccessToken

from hub.app import HubProcess
from hub.settings.config import parse
from hub.wiring.channels import _account, _softphones
from tests.attacks.test_live_means_live import LIVE, PUBLIC, write
from tests.channels.provider_file import OpenApi, find_openapi
from tests.hub.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = README.partition("## Going live\n")[2].partition("\n## ")[0]
SECRET = "the secret of the tests' API key, long enough"
# What is entered on the provider's console, by the words of the README: the resource, and its field
ENTERED = {
    "a call comes in": ("IncomingPhoneNumbers/{Sid}", "VoiceUrl", "/channels/phone/inbound"),
    "call status changes": ("IncomingPhoneNumbers/{Sid}", "StatusCallback", "/channels/phone/status"),
    "a message comes in": ("IncomingPhoneNumbers/{Sid}", "SmsUrl", "/channels/sms/inbound"),
    "voice request URL": ("Applications", "VoiceUrl", "/channels/phone/echo"),
    "status callback URL": ("Applications", "StatusCallback", "/channels/phone/echo-over"),
}


def list_paths() -> set[str]:
    """Every address of the hub that the steps name."""
    return set(re.findall(r"POST\s+<public_url>(/[\w/-]+)", STEPS))


@pytest.mark.asyncio(loop_scope="module")
async def test_every_address_that_is_entered_is_one_at_which_the_hub_takes_a_post(hub: HubProcess) -> None:
    taken = {
        route.resource.canonical for route in hub.web.router.routes() if route.method == "POST" and route.resource
    }
    assert list_paths() == {path for _, _, path in ENTERED.values()}
    assert list_paths() <= taken


@pytest.mark.parametrize("words", ENTERED)
def test_what_is_entered_stands_in_the_steps_and_is_a_field_of_the_provider(words: str) -> None:
    resource, field, path = ENTERED[words]
    said = " ".join(STEPS.split())
    assert re.search(rf"{words}\*?[^;.]*?`POST <public_url>{path}`", said), words
    openapi = find_openapi()
    if openapi is not None:
        check_entered(openapi, resource, field, path)


def check_entered(openapi: OpenApi, resource: str, field: str, path: str) -> None:
    """As the console sends it."""
    account, sid = "AC" + "0" * 32, ("PN" if "{Sid}" in resource else "AP") + "0" * 32
    address = f"/2010-04-01/Accounts/{account}/{resource.replace('{Sid}', sid)}.json"
    method = {"VoiceUrl": "VoiceMethod", "SmsUrl": "SmsMethod"}.get(field, "StatusCallbackMethod")
    openapi.check_request("post", address, {}, {field: [PUBLIC + path], method: ["POST"]})


def test_every_setting_of_the_steps_is_one() -> None:
    """A key that nobody reads would be entered in vain."""
    settings = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    named = set(re.findall(r"`((?:server|security|channels|sandbox|policy|media|scripts)\.[\w.]+)", STEPS))
    assert len(named) > 10
    for name in named:
        *tables, key = name.rstrip(".").split(".")
        found: Any = settings
        for table in tables:
            found = found[table]
        known = {*COMMENTED, *(found if isinstance(found, dict) else {key for one in found for key in one})}
        assert any(one == key or (key.endswith("_") and one.startswith(key)) for one in known), name


# Settings that stand in config.toml as a comment
COMMENTED = {
    line.split("=")[0].strip("# ").strip()
    for line in (ROOT / "config.toml").read_text(encoding="utf-8").splitlines()
    if re.match(r"#\s*\w+\s*=", line)
}


@pytest.mark.parametrize(
    ("address", "edge", "region"),
    [(None, "", None), ("https://api.dublin.ie1.twilio.com", "dublin", "ie1")],
)
def test_the_settings_of_the_steps_make_tokens_that_the_providers_own_library_reads(
    tmp_path: Path, address: str | None, edge: str, region: str | None
) -> None:
    (tmp_path / "key").write_text(SECRET)
    phone = {
        "api_base_url": address,
        "api_key_sid": "SK" + "1" * 32,
        "api_key_secret": {"file": str(tmp_path / "key")},
        "echo_application_sid": "AP" + "2" * 32,
    }
    config = parse(write(tmp_path, LIVE, {"channels": {"phone": phone}}), tmp_path, {})
    section = config.channels.phone
    assert section is not None and section.has_softphones and not section.is_here
    softphones = _softphones(config, section, _account(config, section, PUBLIC, ""), "")
    assert softphones is not None and softphones.has_sound and not softphones.is_sandbox
    token = AccessToken.from_jwt(softphones.key.mint("ada"), SECRET)
    assert (softphones.key.edge, token.headers.get("twr"), token.headers["cty"]) == (edge, region, "twilio-fpa;v=1")
    assert (token.payload["iss"], token.payload["sub"]) == (phone["api_key_sid"], section.account_sid)
    assert token.payload["grants"]["voice"] == {"incoming": {"allow": True}}
    check = AccessToken.from_jwt(softphones.key.mint_check("ada"), SECRET).payload["grants"]["voice"]
    assert check == {"outgoing": {"application_sid": phone["echo_application_sid"]}}
