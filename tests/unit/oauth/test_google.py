"""Google is asked at its own addresses, for a sign-in that lasts and a chosen account."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from mailadmin.domain.errors import UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, OAuthProfile, Provider, SignInRequest, Use
from mailadmin.domain.scopes import scopes_for
from mailadmin.domain.secrets import Secret
from mailadmin.oauth.client import open_client
from mailadmin.oauth.discovery import GOOGLE

PROFILE = OAuthProfile(
    name="Gmail",
    provider=Provider.GOOGLE,
    client_id="1234.apps.example",
    client_authentication=ClientAuthentication.SECRET,
)
REQUEST = SignInRequest(Use.IMAP, scopes_for(PROFILE, Use.IMAP), "orders@example.org")


def test_a_sign_in_begins_without_the_network() -> None:
    pending = open_client(PROFILE, Secret("secret-of-a-desktop-app")).begin(REQUEST, "http://127.0.0.1:5000")
    link = urlsplit(pending.link)
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert (link.scheme, link.netloc) == ("https", "accounts.google.com")
    assert asked["access_type"] == "offline"
    assert asked["prompt"] == "consent select_account"
    assert asked["login_hint"] == "orders@example.org"
    assert asked["code_challenge_method"] == "S256"
    assert asked["nonce"]
    assert set(asked["scope"].split()) == {
        "openid", "email", "https://mail.google.com/", "https://www.googleapis.com/auth/userinfo.email",
    }  # fmt: skip
    assert "secret-of-a-desktop-app" not in pending.link + repr(pending)


def test_google_gives_devices_no_mail() -> None:
    with pytest.raises(UserFixableError) as caught:
        open_client(PROFILE, Secret("secret-of-a-desktop-app")).begin_device(REQUEST)
    assert caught.value.facts["cause"] == "no-device-code"


def test_googles_addresses_are_its_own() -> None:
    for address in (GOOGLE.authorization, GOOGLE.token):
        assert (urlsplit(address).hostname or "").endswith((".google.com", ".googleapis.com"))
