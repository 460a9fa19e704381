"""Everything configured that PostMaster decides by, as it stands now, frozen for one batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mailadmin.domain.accounts import Validity
from mailadmin.domain.addresses import address_key
from mailadmin.domain.decisions import QueueFacts, RoutingSnapshot
from mailadmin.domain.names import name_key
from mailadmin.domain.settings import Settings
from mailadmin.storage import Storage

_TEXTS: Final[Mapping[str, str]] = {
    "default_queue": "PostmasterDefaultQueue",
    "default_priority": "PostmasterDefaultPriority",
    "default_state": "PostmasterDefaultState",
    "follow_up_state": "PostmasterFollowUpState",
    "follow_up_state_closed": "PostmasterFollowUpStateClosed",
    "ticket_hook": "Ticket::Hook",
    "ticket_hook_divider": "Ticket::HookDivider",
    "system_id": "SystemID",
    "sender_check": "PostMaster::FollowUpSenderCheck",
    "subject_format": "Ticket::SubjectFormat",
    "subject_re": "Ticket::SubjectRe",
    "no_response_pattern": "SendNoAutoResponseRegExp",
}
_FLAGS: Final[Mapping[str, str]] = {
    "check_system_id": "Ticket::NumberGenerator::CheckSystemID",
    "auto_html_to_text": "PostmasterAutoHTML2Text",
    "follow_up_by_bounce": "PostMaster::CheckFollowUpModule::BounceEmail",
    "follow_up_by_subject": "PostMaster::CheckFollowUpModule::Subject",
    "follow_up_by_references": "PostMaster::CheckFollowUpModule::References",
    "follow_up_by_body": "PostMaster::CheckFollowUpModule::Body",
    "follow_up_by_attachments": "PostMaster::CheckFollowUpModule::Attachments",
    "follow_up_by_raw": "PostMaster::CheckFollowUpModule::RawEmail",
    "follow_up_by_external_number": "PostMaster::CheckFollowUpModule::ExternalTicketNumberRecognition",
    "bounce_as_follow_up": "PostmasterBounceEmailAsFollowUp",
    "visibility_check": "PostMaster::FollowUpArticleVisibilityCheck",
    "plus_addressing": "PostMaster::PlusAddressing",
    "accept_aliases": "PostMaster::AcceptAliases",
    "company_of_unknown": "PostMaster::NewTicket::AutoAssignCustomerIDForUnknownCustomers",
}


def routing_snapshot(storage: Storage) -> RoutingSnapshot:
    """Everything configured that PostMaster decides by, as it stands now."""
    settings = storage.settings.load()
    addresses = storage.addresses.all()
    names = {name_key(address.address): address.display_name for address in addresses}
    queues = {
        queue.name.casefold(): QueueFacts(
            queue.name,
            queue.validity is Validity.VALID,
            queue.follow_up,
            queue.follow_up_lock,
            queue.sender_address,
            names.get(name_key(queue.sender_address), ""),
        )
        for queue in storage.queues.all()
    }
    plain: dict[str, Any] = {name: settings.text(key) for name, key in _TEXTS.items()}
    plain |= {name: settings.flag(key) for name, key in _FLAGS.items()}
    return RoutingSnapshot(
        queues,
        {address_key(one.address): one.queue for one in addresses if one.validity is Validity.VALID},
        **plain,
        further_hooks=_pieces(settings.text("Ticket::FurtherHooks")),
        hold_unknown_senders=settings.text("PostMaster::UnknownSender") == "hold",
        one_ticket_for_copies=settings.text("PostMaster::Copies") == "one ticket",
        max_responses=settings.number("PostmasterMaxEmails"),
        max_responses_of=_limits(settings),
        lists=storage.lists.snapshot(),
        filters=tuple(one for one in storage.filters.all() if one.validity is Validity.VALID),
        external_numbers=tuple(one for one in storage.external_numbers.all() if one.validity is Validity.VALID),
        responses=storage.auto_responses.by_queue(),
    )


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(piece for part in text.split(",") if (piece := part.strip()))


def _limits(settings: Settings) -> dict[str, int]:
    """Auto-responses a day to single addresses; what is no number was refused when it was entered."""
    pairs = (piece.rpartition("=") for piece in _pieces(settings.text("PostmasterMaxEmailsPerAddress")))
    return {address_key(address): int(number) for address, _, number in pairs if number.strip().isdecimal()}
