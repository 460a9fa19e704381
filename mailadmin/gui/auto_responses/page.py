"""The page *Auto-responses*: texts by queue and occasion (PM-8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QWidget
from typing_extensions import override

from mailadmin.domain.decisions import RoutingSnapshot
from mailadmin.domain.responses import AutoResponse, ResponseType
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.sentences import configured
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.columns import changed_column, comment_column, trash_column, validity_column
from mailadmin.gui.widgets.list_page import ListWords
from mailadmin.gui.widgets.records import Column
from mailadmin.gui.widgets.service_page import DeleteWords, ServicePage, copy_of
from mailadmin.services.records import RecordService
from mailadmin.services.routing import RoutingService

from .dialog import AutoResponseDialog
from .queue_list import Surroundings

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """A text, and those of its queues that cannot send it."""

    response: AutoResponse
    silent: tuple[str, ...]


def _response_of(line: ResponseLine) -> AutoResponse:
    return line.response


def _queues_tooltip(line: ResponseLine) -> str:
    lines = list(line.response.queues)
    if line.silent:
        said = translate("AutoResponsesPage", "Nothing is sent for {queues}: there is no sender address.")
        lines.append(said.format(queues=listing(line.silent)))
    return "\n".join(lines)


def _columns() -> tuple[Column[ResponseLine], ...]:
    return (
        Column(
            key="name",
            title=lambda: translate("AutoResponsesPage", "Name"),
            text=lambda line: line.response.name,
            tooltip=lambda line: line.response.name,
            width=20,
            fixed=True,
        ),
        Column(
            key="type",
            title=lambda: translate("AutoResponsesPage", "Type"),
            text=lambda line: configured.response_type(line.response.type),
            tooltip=lambda line: configured.response_type_description(line.response.type),
            sort=lambda line: list(ResponseType).index(line.response.type),
            width=16,
        ),
        Column(
            key="queues",
            title=lambda: translate("AutoResponsesPage", "Queues"),
            text=lambda line: ", ".join(line.response.queues),
            tooltip=_queues_tooltip,
            icon=lambda line: icon("alert-outline", Tone.WARNING) if line.silent else QIcon(),
            width=18,
        ),
        Column(
            key="subject",
            title=lambda: translate("AutoResponsesPage", "Subject"),
            text=lambda line: line.response.subject,
            tooltip=lambda line: line.response.subject,
            width=22,
        ),
        validity_column(_response_of),
        comment_column(_response_of),
        changed_column(_response_of),
        trash_column(),
    )


class AutoResponsesPage(ServicePage[ResponseLine]):
    """Lists auto-responses and edits them.

    :param snapshot: what is configured, for the preview
    """

    def __init__(
        self,
        *,
        responses: RecordService[AutoResponse],
        routing: RoutingService,
        snapshot: Callable[[], RoutingSnapshot],
        tasks: Tasks,
        settings: WindowSettings,
        parent: QWidget | None = None,
    ) -> None:
        self._routing = routing
        self._snapshot = snapshot
        self._around = Surroundings((), (), RoutingSnapshot({}, {}))
        words = ListWords(
            title=translate("AutoResponsesPage", "Auto-responses"),
            subtitle=translate(
                "AutoResponsesPage",
                "Texts that answer mail by themselves. They wait in the outbox until outgoing accounts send them",
            ),
            menu=translate("AutoResponsesPage", "&Text"),
            add=translate("AutoResponsesPage", "&Add auto-response"),
            nothing_there=translate("AutoResponsesPage", "No auto-responses yet. Mail is answered by people alone."),
        )
        super().__init__(
            "auto-responses",
            words,
            _columns(),
            service=responses,
            help_page="auto-responses.md",
            tasks=tasks,
            settings=settings,
            parent=parent,
        )

    @override
    def read(self) -> Surroundings:
        return Surroundings(self._routing.queues(), self.service.all(), self._snapshot())

    @override
    def rows_of(self, answer: Surroundings) -> Sequence[ResponseLine]:
        self._around = answer
        return [ResponseLine(one, answer.silent(one.queues)) for one in answer.responses]

    @override
    def record_of(self, row: ResponseLine) -> AutoResponse:
        return row.response

    @override
    def name_of(self, row: ResponseLine) -> str:
        return row.response.name

    @override
    def number_of(self, count: int) -> str:
        return self.tr("1 auto-response") if count == 1 else self.tr("%Ln auto-responses", "", count)

    @override
    def dialog_for(self, row: ResponseLine | None, *, copy: bool = False) -> AutoResponseDialog:
        response = AutoResponse(name="", subject="<OTOBO_Subject>") if row is None else row.response
        if copy:  # one queue has one text of a type
            name = self.tr("{name} (copy)").format(name=response.name)
            response = copy_of(response, name=name, queues=())
        return AutoResponseDialog(response, self._around, service=self.service, tasks=self.tasks, parent=self)

    @override
    def delete_words(self) -> DeleteWords:
        return DeleteWords(
            title=self.tr("Delete auto-response"),
            question=self.tr('Delete auto-response "{name}"?'),
            gone=self.tr("It cannot be taken back. What is in the outbox already stays there."),
            verb=self.tr("&Delete auto-response"),
            used_hint=self.tr("Set to invalid, it is sent no more."),
        )
