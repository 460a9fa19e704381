"""The dialog of a profile: what is shown for which provider, what is refused, and what becomes of secrets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QSplitter
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.oauth import ClientAuthentication, Flow, OAuthProfile, Provider, RedirectHost
from mailadmin.domain.secrets import Secret, SecretKind
from mailadmin.gui.oauth_profiles import ProfileDialog
from mailadmin.gui.widgets.secret_field import MASK
from tests.gui.waiting import settle

from .conftest import APP_ONLY, CLIENT, CUSTOM, GOOGLE, MICROSOFT, TENANT, VALUE, Open, ends_in, kept

NEW = OAuthProfile(name="", provider=Provider.MICROSOFT)
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n"
PEM = f"-----BEGIN PRIVATE KEY-----\nMARKER\n-----END PRIVATE KEY-----\n{CERTIFICATE}"
PRESET = (
    "https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read openid User.Read profile email openid offline_access"
)


def seen(dialog: ProfileDialog) -> set[str]:
    """The fields that are shown, by their names in the record."""
    return {name for name, field in dialog.fields.items() if field.isVisibleTo(dialog)}


def hint(dialog: ProfileDialog, name: str) -> str:
    """Everything that is said below a field."""
    texts = (one.text() for one in dialog.fields[name].findChildren(QLabel) if one.isVisibleTo(dialog))
    return " ".join(text for text in texts if text)


def save(dialog: ProfileDialog, qtbot: QtBot) -> None:
    dialog.start_saving(finish=False)
    settle(qtbot, dialog.tasks)


# --- what is shown ---


def test_fields_come_and_go_with_provider_flow_and_proof(open_dialog: Open) -> None:
    dialog = open_dialog(NEW)
    form = dialog.form
    always = {"provider", "name", "client_id", "flow", "client_authentication", "scopes", "validity", "comment"}
    browser = {"redirect_host", "redirect_port"}
    assert seen(dialog) == always | browser | {"tenant"}

    form.sign_in.proof.choose(ClientAuthentication.SECRET)
    assert seen(dialog) == always | browser | {"tenant", "client_secret", "secret_expires"}
    form.sign_in.proof.choose(ClientAuthentication.CERTIFICATE)
    assert seen(dialog) == always | browser | {"tenant", "client_certificate", "secret_expires"}

    form.sign_in.flow.choose(Flow.DEVICE_CODE)
    assert seen(dialog) == always | {"tenant"}
    form.sign_in.flow.choose(Flow.CLIENT_CREDENTIALS)
    assert seen(dialog) == always | {"tenant", "client_secret", "secret_expires"}
    assert ClientAuthentication.NONE not in form.sign_in.proof.values

    form.registration.provider.choose(Provider.GOOGLE)
    assert form.sign_in.flow.value is Flow.AUTHORIZATION_CODE
    assert form.sign_in.proof.values == (ClientAuthentication.SECRET,)
    assert seen(dialog) == always | browser | {"client_secret", "secret_expires"}

    form.registration.provider.choose(Provider.CUSTOM)
    assert {"discovery_url", "authorization_url", "token_url"} <= seen(dialog)
    assert "tenant" not in seen(dialog)
    assert ClientAuthentication.CERTIFICATE not in form.sign_in.proof.values


def test_what_was_chosen_is_back_behind_a_provider_that_has_less(open_dialog: Open) -> None:
    """Arrow keys pass over Google, which has one way only."""
    form = open_dialog(NEW).form
    form.sign_in.flow.choose(Flow.DEVICE_CODE)
    for provider in (Provider.GOOGLE, Provider.CUSTOM):
        form.registration.provider.choose(provider)
    assert form.sign_in.flow.value is Flow.DEVICE_CODE
    assert form.sign_in.proof.value is ClientAuthentication.NONE


def test_what_hardly_anybody_needs_unfolds_and_belongs_to_its_provider(open_dialog: Open) -> None:
    dialog = open_dialog(NEW)
    folded = {"instance_url", "graph_url", "device_url", "redirect_path", "ca_file"}
    assert not folded & seen(dialog)
    dialog.form.details.fold.click()
    assert folded & seen(dialog) == {"instance_url", "graph_url", "redirect_path", "ca_file"}
    dialog.form.registration.provider.choose(Provider.CUSTOM)
    assert folded & seen(dialog) == {"device_url", "redirect_path", "ca_file"}
    assert dialog.form.details.edits["instance_url"].placeholderText() == "https://login.microsoftonline.com"

    special = open_dialog(replace(MICROSOFT, instance_url="https://login.microsoftonline.us"))
    assert "instance_url" in seen(special)
    assert special.form.details.edits["graph_url"].placeholderText() == "https://graph.microsoft.us"


@pytest.mark.parametrize("profile", [MICROSOFT, APP_ONLY, GOOGLE, CUSTOM, ends_in(200)], ids=lambda one: one.name)
def test_a_profile_is_read_back_as_it_was_shown(profile: OAuthProfile, open_dialog: Open) -> None:
    profile = replace(profile, comment="ours", validity=Validity.INVALID_TEMPORARILY)
    if profile.flow is Flow.AUTHORIZATION_CODE:
        profile = replace(profile, redirect_host=RedirectHost.LOOPBACK, redirect_port=8400, redirect_path="/back")
    dialog = open_dialog(profile)
    assert dialog.read_record() == profile
    assert not dialog.has_changes


def test_what_belongs_to_another_provider_is_not_saved_unseen(open_dialog: Open) -> None:
    dialog = open_dialog(replace(CUSTOM, ca_file="/etc/ca.pem", device_url="https://id.example.org/device"))
    dialog.form.registration.provider.choose(Provider.MICROSOFT)
    record = dialog.read_record()
    assert (record.discovery_url, record.device_url, record.ca_file) == ("", "", "/etc/ca.pem")


# --- redirect ---


def test_the_redirect_uri_follows_what_is_chosen_and_can_be_copied(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    redirect = dialog.form.redirect
    assert redirect.uri.text() == "http://localhost"
    redirect.port.setText("8400")
    redirect.host.choose(RedirectHost.LOOPBACK)
    dialog.form.details.edits["redirect_path"].setText("/back")
    assert redirect.uri.text() == "http://127.0.0.1:8400/back" == dialog.read_record().redirect_uri
    qtbot.mouseClick(redirect.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "http://127.0.0.1:8400/back"
    copied = [one for one in redirect.uri_field.findChildren(QLabel) if one.text() == "Copied."]
    assert copied[0].isVisible()
    redirect.port.setText("8401")
    assert not [one for one in redirect.uri_field.findChildren(QLabel) if one.text() == "Copied."]


def test_what_is_said_of_the_port_has_the_width_of_the_row(open_dialog: Open) -> None:
    redirect = open_dialog(NEW).form.redirect
    (hint,) = (
        label for label in redirect.host.window().findChildren(QLabel) if label.text().startswith("Without a port")
    )
    left = redirect.host.mapTo(redirect.host.window(), redirect.host.rect().topLeft()).x()
    assert hint.mapTo(hint.window(), hint.rect().topLeft()).x() == left
    assert hint.height() < 2 * hint.fontMetrics().lineSpacing(), "one line"
    assert hint.text() in redirect.port.accessibleDescription()
    redirect.port.setText("8400")
    assert "Microsoft lets any port pass." in redirect.port.accessibleDescription()


def test_where_the_redirect_uri_is_entered_is_said_for_each_provider(open_dialog: Open) -> None:
    dialog = open_dialog(NEW)

    def where() -> str:
        return dialog.form.redirect.uri.accessibleDescription()

    assert "Mobile and desktop applications" in where()
    dialog.form.sign_in.proof.choose(ClientAuthentication.SECRET)
    assert "Web" in where()
    dialog.form.redirect.host.choose(RedirectHost.LOOPBACK)
    assert "manifest" in where()
    dialog.form.registration.provider.choose(Provider.GOOGLE)
    assert "Desktop app" in where()
    dialog.form.redirect.port.setText("8400")
    assert "Authorized redirect URIs" in where()
    dialog.form.sign_in.flow.choose(Flow.AUTHORIZATION_CODE)
    dialog.form.registration.provider.choose(Provider.CUSTOM)
    assert "native" in where()


# --- scopes ---


def test_scopes_of_another_program_are_put_in_order_and_it_is_said_how(
    open_dialog: Open, app: Application, qtbot: QtBot
) -> None:
    dialog = open_dialog(MICROSOFT)
    assert dialog.form.sign_in.scopes.placeholderText() == "https://outlook.office.com/IMAP.AccessAsUser.All"
    assert "POP.AccessAsUser.All" in hint(dialog, "scopes")
    dialog.form.sign_in.scopes.setText(PRESET)
    said = hint(dialog, "scopes")
    assert "Put in order" in said
    assert "offline_access" in said
    assert "asked for separately" in said
    save(dialog, qtbot)
    assert app.profiles.get("Contoso").scopes == (
        "https://outlook.office.com/IMAP.AccessAsUser.All Mail.Read User.Read"
    )
    assert dialog.form.sign_in.scopes.text() == app.profiles.get("Contoso").scopes


def test_the_preset_follows_provider_and_flow(open_dialog: Open) -> None:
    dialog = open_dialog(NEW)
    dialog.form.sign_in.flow.choose(Flow.CLIENT_CREDENTIALS)
    assert dialog.form.sign_in.scopes.placeholderText() == "https://outlook.office365.com/.default"
    assert "graph.microsoft.com/.default" in hint(dialog, "scopes")
    dialog.form.registration.provider.choose(Provider.GOOGLE)
    assert dialog.form.sign_in.scopes.placeholderText().startswith("https://mail.google.com/ ")


# --- secrets ---


def test_a_secret_is_saved_with_its_profile_and_never_shown_again(
    open_dialog: Open, app: Application, qtbot: QtBot
) -> None:
    dialog = open_dialog(APP_ONLY)
    dialog.form.sign_in.secret.edit.setText(VALUE)
    save(dialog, qtbot)
    stored = app.profiles.get("App-only")
    assert kept(app, SecretKind.CLIENT_SECRET) == [VALUE]
    assert dialog.form.sign_in.secret.edit.text() == MASK
    assert not dialog.has_changes
    assert VALUE not in [one.text() for one in dialog.findChildren(QLineEdit)]

    again = open_dialog(stored)
    assert again.form.sign_in.secret.masked
    assert again.form.sign_in.secret.edit.text() == MASK
    again.form.comment.setText("nothing about the secret")
    save(again, qtbot)
    assert kept(app, SecretKind.CLIENT_SECRET) == [VALUE]

    again.form.sign_in.secret.change_button.click()
    again.form.sign_in.secret.edit.setText(VALUE.replace("x", "y"))
    save(again, qtbot)
    assert kept(app, SecretKind.CLIENT_SECRET) == [VALUE.replace("x", "y")]


@pytest.mark.parametrize(
    ("pasted", "said"),
    [(TENANT, "the secret's ID, not its value"), (CLIENT, "the client ID"), (f" {VALUE}", "blank")],
)
def test_what_cannot_be_a_secret_is_refused_as_it_is_pasted(pasted: str, said: str, open_dialog: Open) -> None:
    dialog = open_dialog(APP_ONLY)
    dialog.form.sign_in.secret.edit.setText(pasted)
    assert said in dialog.fields["client_secret"].fault  # at once: nothing was waited for
    dialog.form.sign_in.secret.edit.setText(VALUE)
    assert dialog.fields["client_secret"].fault == ""


def test_a_guid_as_secret_is_not_saved(open_dialog: Open, app: Application, qtbot: QtBot) -> None:
    dialog = open_dialog(APP_ONLY)
    dialog.form.sign_in.secret.edit.setText(TENANT)
    save(dialog, qtbot)
    assert "not its value" in dialog.fields["client_secret"].fault
    assert app.profiles.all() == []
    assert kept(app, SecretKind.CLIENT_SECRET) == []


def test_a_valid_profile_needs_its_secret_and_one_that_is_not_can_wait_for_it(
    open_dialog: Open, app: Application, qtbot: QtBot
) -> None:
    dialog = open_dialog(APP_ONLY)
    save(dialog, qtbot)
    assert dialog.fields["client_secret"].fault == "Enter the client secret."
    assert app.profiles.all() == []
    dialog.form.validity.choose(Validity.INVALID)
    save(dialog, qtbot)
    assert app.profiles.get("App-only").validity is Validity.INVALID
    assert not dialog.form.sign_in.secret.masked

    stored = app.profiles.change(replace(app.profiles.get("App-only"), validity=Validity.VALID), Secret(VALUE))
    another = open_dialog(stored)
    another.form.sign_in.proof.choose(ClientAuthentication.CERTIFICATE)
    save(another, qtbot)
    assert "Choose the file" in another.fields["client_certificate"].fault


def test_a_certificate_is_read_in_a_task_and_not_shown(
    open_dialog: Open, app: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "both.pem"
    file.write_text(PEM)
    dialog = open_dialog(replace(APP_ONLY, client_authentication=ClientAuthentication.CERTIFICATE))
    field = dialog.form.sign_in.certificate
    field.read(str(file))
    settle(qtbot, dialog.tasks)
    assert "both.pem" in field.edit.text()
    assert dialog.has_changes
    save(dialog, qtbot)
    assert kept(app, SecretKind.CLIENT_CERTIFICATE) == [PEM]
    assert field.edit.text() == "stored"
    everything = [one.text() for one in dialog.findChildren(QLineEdit)]
    everything += [one.text() for one in dialog.findChildren(QLabel)]
    assert not [text for text in everything if "MARKER" in text]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no pem", "it is not a PEM file"),
        (None, "No such file"),
        ("-----BEGIN CERTIFICATE-----\n" + "A" * 200_000, "it is not a PEM file"),
    ],
)
def test_a_file_that_is_no_certificate_is_refused_in_words(
    content: str | None, said: str, open_dialog: Open, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "x.pem"
    if content is not None:
        file.write_text(content)
    dialog = open_dialog(replace(APP_ONLY, client_authentication=ClientAuthentication.CERTIFICATE))
    field = dialog.form.sign_in.certificate
    field.read(str(file))
    settle(qtbot, dialog.tasks)
    assert said in field.unread.text
    assert field.chosen is None


def test_a_certificate_without_its_key_is_refused(open_dialog: Open, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.write_text(CERTIFICATE)
    dialog = open_dialog(replace(APP_ONLY, client_authentication=ClientAuthentication.CERTIFICATE))
    dialog.form.sign_in.certificate.read(str(file))
    settle(qtbot, dialog.tasks)
    qtbot.waitUntil(lambda: "no private key" in dialog.fields["client_certificate"].fault)


def test_the_end_of_a_secret_is_warned_of_in_time(open_dialog: Open) -> None:
    dialog = open_dialog(ends_in(200))
    assert "ends on" not in hint(dialog, "secret_expires")
    near = datetime.now().astimezone().date() + timedelta(days=14)
    dialog.form.sign_in.day.setDate(QDate(near.year, near.month, near.day))
    assert "14 days left" in hint(dialog, "secret_expires")
    assert dialog.read_record().secret_expires == near
    dialog.form.sign_in.dated.setChecked(False)
    assert dialog.read_record().secret_expires is None
    assert "60, 30, 14, 7 days" in hint(dialog, "secret_expires")


def test_another_registration_is_said_to_cost_the_sign_ins(open_dialog: Open, app: Application) -> None:
    dialog = open_dialog(app.profiles.add(MICROSOFT))
    assert "must sign in again" not in hint(dialog, "client_id")
    dialog.form.registration.client_id.setText(TENANT)
    assert "must sign in again" in hint(dialog, "client_id")
    new = open_dialog(NEW)
    new.form.registration.client_id.setText(TENANT)
    assert "must sign in again" not in hint(new, "client_id")


def test_another_instance_is_another_registration_and_said_where_it_is_entered(
    open_dialog: Open, app: Application
) -> None:
    dialog = open_dialog(app.profiles.add(MICROSOFT))
    dialog.form.details.fold.unfold()
    dialog.form.details.edits["instance_url"].setText("https://login.microsoftonline.us")
    assert "must sign in again" in hint(dialog, "instance_url")
    assert "must sign in again" in hint(dialog, "client_id")
    dialog.form.details.edits["instance_url"].setText("https://login.microsoftonline.com/")
    assert "must sign in again" not in hint(dialog, "instance_url") + hint(dialog, "client_id")
    dialog.form.registration.client_id.setText(TENANT)
    assert "must sign in again" not in hint(dialog, "instance_url"), "it is not the instance that makes it so"


def test_a_secret_that_is_kept_is_said_to_be_the_former_registrations(open_dialog: Open, app: Application) -> None:
    dialog = open_dialog(app.profiles.add(APP_ONLY, Secret(VALUE)))
    secret = dialog.form.sign_in.secret
    dialog.form.registration.client_id.setText(TENANT)
    assert "client secret that is stored is the former registration's" in hint(dialog, "client_id")
    assert "must sign in again" not in hint(dialog, "client_id"), "nobody signs in by it"
    secret.change_button.click()
    assert "former" in hint(dialog, "client_id"), "left empty, the stored one stays"
    secret.edit.setText(VALUE)
    assert "former" not in hint(dialog, "client_id")
    secret.keep_button.click()
    assert "former" in hint(dialog, "client_id")
    dialog.form.sign_in.proof.choose(ClientAuthentication.CERTIFICATE)
    assert "former" not in hint(dialog, "client_id")
    dialog.form.sign_in.proof.choose(ClientAuthentication.SECRET)
    dialog.form.registration.client_id.setText(CLIENT)
    assert "former" not in hint(dialog, "client_id")


def test_what_ends_is_called_by_its_name(open_dialog: Open) -> None:
    dialog = open_dialog(ends_in(14))
    label = next(one for one in dialog.findChildren(QLabel) if one.buddy() is dialog.form.sign_in.dated)
    assert label.text() == "Secret &ends"
    assert "The client secret ends on" in hint(dialog, "secret_expires")
    dialog.form.sign_in.proof.choose(ClientAuthentication.CERTIFICATE)
    assert label.text() == "Certificate &ends"
    assert "The certificate ends on" in hint(dialog, "secret_expires")
    assert dialog.form.sign_in.dated.accessibleName() == "The certificate ends on a day that is known"


def test_a_client_secret_is_not_called_a_password_alone(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(APP_ONLY)
    assert "Passwords and secrets are kept encrypted" in hint(dialog, "client_secret")


def test_an_address_that_becomes_needed_is_unfolded(open_dialog: Open) -> None:
    dialog = open_dialog(CUSTOM)
    form = dialog.form
    form.sign_in.flow.choose(Flow.DEVICE_CODE)
    assert "device_url" not in seen(dialog)
    form.registration.discovery_url.clear()
    assert "device_url" in seen(dialog)
    assert "Needed" in hint(dialog, "device_url")
    form.details.fold.click()
    form.details.edits["ca_file"].setText("/x")
    assert not form.details.fold.unfolded, "whoever folds it again has seen it"
    form.registration.discovery_url.setText(CUSTOM.discovery_url)
    form.details.fold.click()
    assert "as the discovery says" in hint(dialog, "device_url")


def test_a_key_that_is_not_at_hand_is_offered_to_be_set_up(
    open_dialog: Open, app: Application, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = open_dialog(APP_ONLY)
    dialog.form.sign_in.secret.edit.setText(VALUE)

    def locked(record: OAuthProfile, credential: Secret | None = None) -> OAuthProfile:
        raise UserFixableError(Code.KEYRING_LOCKED)

    with monkeypatch.context() as patch:
        patch.setattr(app.profiles, "add", locked)
        save(dialog, qtbot)
    (notice,) = dialog.bar.notices
    assert notice.text.startswith("Nothing was saved.")
    with qtbot.waitSignal(dialog.secrets_setup_wanted):
        next(one for one in notice.findChildren(type(dialog.save_and_finish_button)) if "key" in one.text()).click()


# --- faults ---


def test_an_empty_form_says_what_is_missing_and_a_fault_in_the_fold_unfolds_it(open_dialog: Open, qtbot: QtBot) -> None:
    dialog = open_dialog(NEW)
    save(dialog, qtbot)
    assert {name for name, field in dialog.fields.items() if field.fault} == {"name", "tenant", "client_id"}

    dialog = open_dialog(replace(MICROSOFT, name="B"))
    dialog.form.details.edits["instance_url"].setText("http://login.example.org")
    assert not dialog.form.details.fold.unfolded
    save(dialog, qtbot)
    assert dialog.fields["instance_url"].isVisibleTo(dialog)
    assert "https://" in dialog.fields["instance_url"].fault


# --- the guide ---


@pytest.fixture
def guided(open_dialog: Open, qtbot: QtBot) -> ProfileDialog:
    dialog = open_dialog(NEW)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.guide_button.click()
    return dialog


def top(dialog: ProfileDialog) -> str:
    """The heading that the guide stands at."""
    return dialog.guide.textCursor().block().text()


def test_the_guide_of_the_provider_stands_beside_the_form_at_the_step_in_hand(
    guided: ProfileDialog, qapp: QApplication
) -> None:
    assert guided.guide.isVisible()
    assert guided.guide.source().fileName() == "microsoft.md"
    for editor, step in (
        (guided.form.registration.client_id, "1. Register the application"),
        (guided.form.redirect.uri, "2. Redirect URI"),
        (guided.form.sign_in.proof, "3. Secret, certificate, or neither"),
        (guided.form.sign_in.scopes, "4. Permissions"),
        (guided.form.comment, "4. Permissions"),
    ):
        editor.setFocus()
        assert top(guided) == step
        assert guided.guide.verticalScrollBar().value() > 0
    guided.form.registration.provider.choose(Provider.GOOGLE)
    assert guided.guide.source().fileName() == "google.md"
    guided.form.registration.client_id.setFocus()
    assert top(guided) == "3. The client"
    guided.form.registration.provider.choose(Provider.CUSTOM)
    assert guided.guide.source().fileName() == "oauth2.md"
    assert top(guided) == "Another provider"


def test_the_guide_folds_away_and_leaves_the_form_its_room(guided: ProfileDialog) -> None:
    guided.resize(900, 560)
    assert guided.width() == 900
    assert guided.guide.width() >= guided.fontMetrics().averageCharWidth() * 32
    guided.guide_button.click()
    assert not guided.guide.isVisible()
    assert guided.contents.width() > 560


def test_the_step_in_hand_stays_at_the_top_when_there_is_less_room(guided: ProfileDialog, qtbot: QtBot) -> None:
    guided.form.sign_in.scopes.setFocus()

    def at_top() -> bool:
        return abs(guided.guide.cursorRect().top()) < 2 * guided.guide.fontMetrics().height()

    qtbot.waitUntil(at_top)
    before = guided.guide.verticalScrollBar().value()
    guided.resize(900, 560)
    guided.findChildren(QSplitter)[0].setSizes([guided.width(), 0])  # as narrow as it can be
    qtbot.waitUntil(lambda: guided.guide.verticalScrollBar().value() != before)
    qtbot.waitUntil(at_top)


def test_every_step_that_a_field_leads_to_is_a_heading_of_its_guide(guided: ProfileDialog) -> None:
    from mailadmin.gui.oauth_profiles.guide import GUIDES, STEPS

    for provider, steps in STEPS.items():
        guided.guide.setSource(GUIDES[provider])
        assert all(guided.guide.show_heading(heading) for heading in steps.values())
    assert not guided.guide.show_heading("No such step")


# --- for everybody ---


@pytest.mark.parametrize("profile", [NEW, APP_ONLY, GOOGLE, CUSTOM], ids=lambda one: one.name or "new")
def test_every_label_has_a_key_of_its_own(profile: OAuthProfile, open_dialog: Open) -> None:
    dialog = open_dialog(profile)
    dialog.form.details.fold.unfold()
    labels = [one for one in dialog.findChildren(QLabel) if one.buddy() is not None and one.isVisibleTo(dialog)]
    texts = [one.text() for one in labels] + [
        one.text() for one in dialog.findChildren(type(dialog.guide_button)) if one.isVisibleTo(dialog)
    ]
    texts.append(dialog.form.details.fold.text())
    keys = [text[text.index("&") + 1].casefold() for text in texts if "&" in text]
    assert len(set(keys)) == len(keys), sorted(keys)
