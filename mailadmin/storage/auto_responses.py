"""Auto-responses, and the queues whose mail they answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from mailadmin.domain.accounts import Validity
from mailadmin.domain.names import name_key
from mailadmin.domain.responses import AutoResponse, ResponseType

from .database import AnyRow, AnySelect
from .ledger import chunks
from .records import RecordStore, queue_id, stamps
from .rule_tables import AutoResponseRow, ResponseQueueRow
from .tables import QueueRow


class AutoResponseStore(RecordStore[AutoResponse]):
    """The auto-responses."""

    table = AutoResponseRow
    what = "auto_response"
    key = "name"

    def by_queue(self) -> dict[tuple[str, ResponseType], AutoResponse]:
        """The valid ones, by casefolded queue and type."""
        valid = [record for record in self.all() if record.validity is Validity.VALID]
        return {(name_key(queue), record.type): record for record in reversed(valid) for queue in record.queues}

    def _query(self) -> AnySelect:
        return select(*AutoResponseRow.__table__.columns)

    def _records(
        self, connection: Connection, rows: Sequence[AnyRow], where: Sequence[ColumnElement[bool]]
    ) -> list[AutoResponse]:
        queues: dict[int, list[str]] = {}
        query = select(ResponseQueueRow.response_id, QueueRow.name).join(AutoResponseRow).join(QueueRow)
        for row in connection.execute(query.where(*where).order_by(QueueRow.name_key)):
            queues.setdefault(row.response_id, []).append(row.name)
        return [
            AutoResponse(
                name=row.name,
                type=ResponseType(row.type),
                subject=row.subject,
                body=row.body,
                queues=tuple(queues.get(row.id, ())),
                validity=Validity(row.validity),
                comment=row.comment,
                id=row.id,
                **stamps(row),
            )
            for row in rows
        ]

    def _values(self, connection: Connection, record: AutoResponse) -> dict[str, object]:
        return {
            "name": record.name,
            "name_key": name_key(record.name),
            "type": record.type.value,
            "subject": record.subject,
            "body": record.body,
            "validity": record.validity.value,
            "comment": record.comment,
        }

    def _attach(self, connection: Connection, records: Sequence[tuple[int, AutoResponse]]) -> None:
        for chunk in chunks([record_id for record_id, _ in records]):
            connection.execute(delete(ResponseQueueRow).where(ResponseQueueRow.response_id.in_(chunk)))
        links = []
        for record_id, record in records:
            facts = {"table": self.what, "record": record.name, "key": "queues"}
            ids = {queue_id(connection, name, facts) for name in record.queues}
            links += [{"response_id": record_id, "queue_id": each} for each in sorted(ids)]
        if links:
            connection.execute(insert(ResponseQueueRow), links)
