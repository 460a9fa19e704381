"""What is said about sign-ins, secrets and scopes."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from mailadmin.domain import forecast
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, OAuthProfile, Provider
from mailadmin.domain.scopes import Arranging, ScopeRemark
from mailadmin.domain.sign_in import Ending, SignIn, SignInState
from mailadmin.gui.sentences import errors, oauth, oauth_errors, problems, sign_ins
from mailadmin.gui.sentences.oauth import Urgency

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
NOT_EDITED = {"id", "uid", "version"}


@pytest.mark.parametrize("what", list(Arranging))
def test_everything_that_is_done_to_scopes_is_said(what: Arranging) -> None:
    said = oauth.scope_remark(ScopeRemark(what, ("openid", "<b>")))
    assert said
    assert not re.search(r"[{}]", said)


@pytest.mark.parametrize("ending", list(Ending))
def test_every_ending_says_when_and_why(ending: Ending) -> None:
    moment = NOW + timedelta(days=3)
    sign_in = SignIn(SignInState.SIGNED_IN, "support@example.org", moment, ending)
    said = oauth.works_until_sentence(sign_in)
    assert "2026" in said or "26" in said
    assert not re.search(r"[{}]", said)
    assert oauth.works_until(sign_in, NOW) not in {"", "–"}


def test_a_project_in_testing_is_told_of_with_the_switch_to_flip() -> None:
    account = IncomingAccount(name="support", type=AccountType.IMAPS, oauth_profile="cloud")
    standing = SignIn(SignInState.SIGNED_IN, "support@example.org", NOW, Ending.TEST_PROJECT)
    needed = SignIn(SignInState.NEEDED, since=NOW, cause=forecast.TEST_PROJECT, server="invalid_grant")
    for said in (oauth.works_until_sentence(standing), sign_ins.why_needed(needed, account)):
        assert "probably" in said
        assert "Audience" in said
        assert '"Publish app"' in said


def test_consent_is_given_in_the_cloud_of_the_profile() -> None:
    account = IncomingAccount(name="support", type=AccountType.IMAPS, oauth_profile="cloud")
    profile = OAuthProfile(
        name="cloud", provider=Provider.MICROSOFT, instance_url="https://login.microsoftonline.us", tenant="t",
        client_id="c",
    )  # fmt: skip
    needed = SignIn(SignInState.NEEDED, since=NOW, cause="consent-needed", server="AADSTS65001")
    script = oauth_errors.script(sign_ins.needed(needed, account, profile))
    assert script == "https://login.microsoftonline.us/t/adminconsent?client_id=c"


def test_what_does_not_work_has_no_end() -> None:
    needed = SignIn(SignInState.NEEDED, since=NOW - timedelta(hours=2), works_until=NOW + timedelta(days=1))
    assert oauth.works_until(needed, NOW) == "–"
    assert oauth.works_until(None, NOW) == "–"
    assert oauth.works_until(SignIn(SignInState.SIGNED_IN, works_until=NOW), NOW) == "over"
    assert oauth.needed_since(needed, NOW).startswith("since ")
    assert oauth.needed_since(SignIn(SignInState.NEEDED), NOW) == ""
    assert oauth.sign_in_state(None) == "needs sign-in"


@pytest.mark.parametrize(
    ("days", "urgency", "said"),
    [(61, Urgency.FAR, ""), (60, Urgency.SOON, "60 days left"), (8, Urgency.SOON, "8 days left"),
     (7, Urgency.NOW, "7 days left"), (1, Urgency.NOW, "1 day left"), (0, Urgency.NOW, "over"),
     (-1, Urgency.NOW, "over")],
)  # fmt: skip
def test_a_secret_becomes_urgent_as_it_nears_its_end(days: int, urgency: Urgency, said: str) -> None:
    end = TODAY + timedelta(days=days)
    assert oauth.urgency(end, TODAY) is urgency
    assert oauth.secret_until(end, TODAY) == (said or oauth.day(end))
    for proof, named in (
        (ClientAuthentication.SECRET, "The client secret end"),
        (ClientAuthentication.CERTIFICATE, "The certificate end"),
    ):
        sentence = oauth.secret_until_sentence(end, TODAY, proof)
        assert sentence.startswith(named)
        assert oauth.day(end) in sentence
        profile = OAuthProfile(name="cloud", provider=Provider.MICROSOFT, client_authentication=proof)
        told = sign_ins.secret_ends(profile, end, TODAY)
        assert told.startswith(f'{named[:-4]} of the profile "cloud" end')
        assert named[4:-4] in sign_ins.new_secret(profile)


def test_every_field_of_a_profile_has_a_label_of_its_own() -> None:
    edited = {field.name for field in dataclasses.fields(OAuthProfile)} - NOT_EDITED
    labels = problems.FIELDS[problems.PROFILE]
    assert set(labels) == edited | {"client_secret", "client_certificate"}
    assert len(set(labels.values())) == len(labels)


def test_a_provider_whose_certificate_is_not_trusted_is_not_tried_again_later() -> None:
    facts = {"host": "login.example.org", "detail": "self-signed certificate", "retry_after": "", "tls": "yes"}
    said = errors.sentence(UserFixableError(Code.OAUTH_UNAVAILABLE, facts))
    assert "login.example.org is not trusted: self-signed certificate." in said
    assert "Certificate authority file" in said
    assert "later" not in said
