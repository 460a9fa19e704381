"""The rules for accounts that sign in by OAuth2, and for those of Microsoft Graph."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailadmin.domain.accounts import AccountType, Authentication, IncomingAccount, Validity
from mailadmin.domain.oauth import Flow, OAuthProfile, Provider
from mailadmin.domain.validation import Problem, Surroundings, account_faults, normalised

PROFILES = {
    profile.name: profile
    for profile in (
        OAuthProfile(name="entra", provider=Provider.MICROSOFT),
        OAuthProfile(name="daemon", provider=Provider.MICROSOFT, flow=Flow.CLIENT_CREDENTIALS),
        OAuthProfile(name="google", provider=Provider.GOOGLE),
        OAuthProfile(name="own", provider=Provider.CUSTOM),
        OAuthProfile(name="off", provider=Provider.MICROSOFT, validity=Validity.INVALID_TEMPORARILY),
    )
}
AROUND = Surroundings(profiles=PROFILES)
BY_OAUTH2 = IncomingAccount(
    name="support",
    type=AccountType.IMAPS,
    host="outlook.office365.com",
    username="support@example.org",
    authentication=Authentication.OAUTH2,
    oauth_profile="Entra",
)
BY_GRAPH = replace(BY_OAUTH2, type=AccountType.MSGRAPH, host="")


def problems(account: IncomingAccount) -> set[tuple[str, Problem]]:
    return {(fault.field, fault.problem) for fault in account_faults(account, AROUND)}


@pytest.mark.parametrize(
    "account",
    [
        BY_OAUTH2,
        replace(BY_OAUTH2, opens_mailbox="shared@example.org"),
        replace(BY_OAUTH2, type=AccountType.POP3TLS, oauth_profile="GOOGLE"),
        replace(BY_OAUTH2, oauth_profile="daemon"),
        replace(BY_OAUTH2, oauth_profile="own", username="support", opens_mailbox="team"),
        replace(BY_OAUTH2, oauth_profile="off", validity=Validity.INVALID),
        BY_GRAPH,
        replace(BY_GRAPH, opens_mailbox="shared@example.org", folder="Posteingang/Neu"),
        replace(BY_GRAPH, oauth_profile="daemon"),
    ],
    ids=lambda account: f"{account.type} {account.oauth_profile} {account.opens_mailbox}",
)
def test_good_accounts_break_no_rule(account: IncomingAccount) -> None:
    assert problems(account) == set()


@pytest.mark.parametrize(
    ("good", "change", "field", "problem"),
    [
        (BY_OAUTH2, {"oauth_profile": ""}, "oauth_profile", Problem.REQUIRED),
        (BY_OAUTH2, {"oauth_profile": "nobody's"}, "oauth_profile", Problem.UNKNOWN_PROFILE),
        (BY_OAUTH2, {"oauth_profile": "off"}, "oauth_profile", Problem.INVALID_PROFILE),
        (BY_OAUTH2, {"type": AccountType.IMAP}, "type", Problem.TOKEN_NEEDS_TLS),
        (BY_OAUTH2, {"type": AccountType.POP3}, "type", Problem.TOKEN_NEEDS_TLS),
        (BY_OAUTH2, {"username": ""}, "username", Problem.REQUIRED),
        (BY_OAUTH2, {"username": "support"}, "username", Problem.NOT_AN_ADDRESS),
        (BY_OAUTH2, {"oauth_profile": "google", "username": "support"}, "username", Problem.NOT_AN_ADDRESS),
        (BY_OAUTH2, {"opens_mailbox": "shared"}, "opens_mailbox", Problem.NOT_AN_ADDRESS),
        (
            BY_OAUTH2,
            {"oauth_profile": "daemon", "opens_mailbox": "shared@example.org"},
            "opens_mailbox",
            Problem.OPENS_MAILBOX_NOT_USED,
        ),
        (BY_GRAPH, {"host": "graph.microsoft.com"}, "host", Problem.NOT_WITH_GRAPH),
        (BY_GRAPH, {"port": 443}, "port", Problem.NOT_WITH_GRAPH),
        (BY_GRAPH, {"ca_file": "/etc/ca.pem"}, "ca_file", Problem.NOT_WITH_GRAPH),
        (BY_GRAPH, {"pinned_certificate": "ab" * 32}, "pinned_certificate", Problem.NOT_WITH_GRAPH),
        (BY_GRAPH, {"oauth_profile": "google"}, "oauth_profile", Problem.GRAPH_NEEDS_MICROSOFT),
        (BY_GRAPH, {"oauth_profile": "own"}, "oauth_profile", Problem.GRAPH_NEEDS_MICROSOFT),
        (
            BY_GRAPH,
            {"authentication": Authentication.PASSWORD, "oauth_profile": ""},
            "authentication",
            Problem.GRAPH_NEEDS_OAUTH2,
        ),
    ],
)
def test_each_rule_names_its_field_and_nothing_else(
    good: IncomingAccount, change: dict[str, Any], field: str, problem: Problem
) -> None:
    assert problems(replace(good, **change)) == {(field, problem)}


def test_whoever_opens_the_mailbox_they_sign_in_as_opens_no_other_one() -> None:
    account = replace(BY_OAUTH2, opens_mailbox=" Support@Example.org ", oauth_profile=" Entra ")
    assert normalised(account) == BY_OAUTH2
    shared = normalised(replace(BY_OAUTH2, opens_mailbox=" shared@example.org "))
    assert shared.opens_mailbox == "shared@example.org"
