"""Scopes are put in order, asked for one resource at a time, and compared with what was granted."""

from __future__ import annotations

from typing import Any

import pytest

from mailadmin.domain.oauth import Flow, OAuthProfile, Provider, Use
from mailadmin.domain.scopes import Arranging, Resource, arranged, missing, resource_of, scopes_for

REXPONDO = (
    "https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read openid User.Read profile email openid offline_access"
)
IMAP = "https://outlook.office.com/IMAP.AccessAsUser.All"
POP = "https://outlook.office.com/POP.AccessAsUser.All"


def profile(scopes: str = "", provider: Provider = Provider.MICROSOFT, **values: Any) -> OAuthProfile:
    return OAuthProfile(name="p", provider=provider, scopes=scopes, **values)


def application(scopes: str = "") -> OAuthProfile:
    return profile(scopes, flow=Flow.CLIENT_CREDENTIALS)


def done(profile: OAuthProfile) -> dict[Arranging, tuple[str, ...]]:
    return {remark.what: remark.scopes for remark in arranged(profile).remarks}


def test_rexpondos_preset_is_put_in_order_and_it_is_said_what_was_done() -> None:
    found = arranged(profile(REXPONDO))
    assert found.text == f"{IMAP} Mail.Read User.Read"
    assert found.by_resource == {Resource.EXCHANGE: (IMAP,), Resource.GRAPH: ("Mail.Read", "User.Read")}
    assert found.unplaced == ()
    assert done(profile(REXPONDO)) == {
        Arranging.REPEATED: ("openid",),
        Arranging.RESERVED: ("openid", "profile", "email", "offline_access"),
        Arranging.SEPARATE: (IMAP, "Mail.Read", "User.Read"),
    }


@pytest.mark.parametrize(
    "text", [REXPONDO, "IMAP.AccessAsUser.All;Mail.Read,mail.read", f"{IMAP} api://x/y", "openid", ""]
)
@pytest.mark.parametrize("flow", [Flow.AUTHORIZATION_CODE, Flow.CLIENT_CREDENTIALS])
def test_order_stays_when_it_is_made_again(text: str, flow: Flow) -> None:
    once = arranged(profile(text, flow=flow)).text
    assert arranged(profile(once, flow=flow)).text == once


def test_what_is_in_order_gets_no_remark() -> None:
    assert arranged(profile(IMAP)).remarks == ()
    assert arranged(profile()).remarks == ()


def test_one_request_is_about_one_resource() -> None:
    assert scopes_for(profile(REXPONDO), Use.IMAP) == (IMAP,)
    assert scopes_for(profile(REXPONDO), Use.GRAPH) == ("Mail.Read", "User.Read")
    for use in Use:
        for one in (profile(), profile(REXPONDO), application(), application(REXPONDO)):
            assert len({resource_of(scope) for scope in scopes_for(one, use)}) == 1


def test_a_use_gets_what_it_cannot_do_without() -> None:
    assert scopes_for(profile(), Use.IMAP) == (IMAP,)
    assert scopes_for(profile(), Use.POP3) == (POP,)
    assert scopes_for(profile(), Use.SMTP) == ("https://outlook.office.com/SMTP.Send",)
    assert scopes_for(profile(IMAP), Use.POP3) == (IMAP, POP)
    assert scopes_for(profile(), Use.GRAPH) == ("https://graph.microsoft.com/Mail.ReadWrite",), "nothing is sent yet"
    assert scopes_for(profile("Mail.Send"), Use.GRAPH) == (
        "Mail.Send",
        "https://graph.microsoft.com/Mail.ReadWrite",
    )


def test_somebody_elses_mailbox_needs_scopes_of_its_own_with_graph() -> None:
    assert scopes_for(profile(), Use.GRAPH, shared=True) == ("https://graph.microsoft.com/Mail.ReadWrite.Shared",)
    assert scopes_for(profile(), Use.IMAP, shared=True) == (IMAP,)


def test_an_application_asks_for_everything_it_was_granted() -> None:
    assert scopes_for(application(), Use.IMAP) == ("https://outlook.office365.com/.default",)
    assert scopes_for(application(), Use.GRAPH) == ("https://graph.microsoft.com/.default",)
    assert scopes_for(application(IMAP), Use.IMAP) == ("https://outlook.office365.com/.default",)
    assert done(application(IMAP)) == {Arranging.APPLICATION: (IMAP,)}


def test_everything_that_was_granted_stands_alone() -> None:
    asked = profile(f"https://outlook.office.com/.default {IMAP}")
    assert scopes_for(asked, Use.IMAP) == ("https://outlook.office.com/.default",)
    assert done(asked) == {Arranging.DEFAULT_ALONE: (IMAP,)}


@pytest.mark.parametrize("named", ["IMAP.AccessAsUser.All", "https://graph.microsoft.com/IMAP.AccessAsUser.All"])
def test_exchanges_scopes_are_named_in_full(named: str) -> None:
    assert scopes_for(profile(named), Use.IMAP) == (IMAP,)
    assert done(profile(named)) == {Arranging.MOVED: (named,)}


def test_a_resource_without_mail_is_a_fault() -> None:
    found = arranged(profile(f"{IMAP} https://management.azure.com/user_impersonation api://x/y"))
    assert found.unplaced == ("https://management.azure.com/user_impersonation", "api://x/y")


@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        ("https://outlook.office365.com/.default", Resource.EXCHANGE),
        ("00000002-0000-0ff1-ce00-000000000000/.default", Resource.EXCHANGE),
        ("00000003-0000-0000-c000-000000000000/.default", Resource.GRAPH),
        ("Mail.Read", Resource.GRAPH),
        ("https://graph.microsoft.us/Mail.Read", Resource.GRAPH),
        ("urn:somebody:else", None),
        ("https://outlook.office.com.evil.example/IMAP.AccessAsUser.All", None),
    ],
)
def test_a_scope_belongs_to_a_resource(scope: str, resource: Resource | None) -> None:
    assert resource_of(scope) is resource


@pytest.mark.parametrize(
    ("values", "host"),
    [
        ({"instance_url": "https://login.microsoftonline.us"}, "https://outlook.office365.us"),
        (
            {"instance_url": "https://login.microsoftonline.us", "graph_url": "https://dod-graph.microsoft.us"},
            "https://outlook-dod.office365.us",
        ),
        ({"instance_url": "https://login.partner.microsoftonline.cn"}, "https://partner.outlook.cn"),
    ],
)
def test_national_clouds_have_their_own_exchange(values: dict[str, Any], host: str) -> None:
    assert scopes_for(profile(**values), Use.IMAP) == (f"{host}/IMAP.AccessAsUser.All",)
    assert scopes_for(profile(flow=Flow.CLIENT_CREDENTIALS, **values), Use.IMAP) == (f"{host}/.default",)


def test_google_gets_its_preset_and_never_less_than_mail() -> None:
    mail, address = "https://mail.google.com/", "https://www.googleapis.com/auth/userinfo.email"
    assert scopes_for(profile(provider=Provider.GOOGLE), Use.IMAP) == (mail, address)
    assert scopes_for(profile("offline_access email", Provider.GOOGLE), Use.IMAP) == (mail, address)
    assert scopes_for(profile(f"{address} {mail}", Provider.GOOGLE), Use.IMAP) == (address, mail)


def test_a_custom_providers_scopes_are_left_as_they_are() -> None:
    custom = profile("openid mail, offline_access mail", Provider.CUSTOM)
    assert scopes_for(custom, Use.IMAP) == ("openid", "mail", "offline_access")
    assert done(custom) == {Arranging.SEPARATORS: (), Arranging.REPEATED: ("mail",)}


@pytest.mark.parametrize(
    ("needed", "granted", "lacking"),
    [
        ((IMAP,), ("imap.accessasuser.all", "offline_access"), ()),
        ((IMAP,), ("https://outlook.office365.com/IMAP.AccessAsUser.All",), ()),
        ((IMAP, POP), (IMAP,), (POP,)),
        ((IMAP, "openid", "offline_access"), (IMAP,), ()),
        ((IMAP,), (), ()),
        (("https://graph.microsoft.com/.default",), ("https://graph.microsoft.com/Mail.Read",), ()),
        (("Mail.Read",), ("https://graph.microsoft.com/Mail.ReadWrite",), ()),
        (("Mail.ReadWrite",), ("Mail.Read",), ("Mail.ReadWrite",)),
        (("https://mail.google.com/", "email"), ("openid", "https://www.googleapis.com/auth/userinfo.email"),
         ("https://mail.google.com/",)),
        (("https://www.googleapis.com/auth/userinfo.email",), ("email",), ()),
    ],
)  # fmt: skip
def test_what_was_not_granted_is_missed(
    needed: tuple[str, ...], granted: tuple[str, ...], lacking: tuple[str, ...]
) -> None:
    assert missing(needed, granted) == lacking
