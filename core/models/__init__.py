from core.models.ai import AiOpinion, AiText
from core.models.append_only import AppendOnly
from core.models.audit import AuditEntry, AuditSeal
from core.models.idempotency import IdempotencyRecord
from core.models.jobs import Job
from core.models.keys import DataKey
from core.models.outbox import OutboxEvent

__all__ = [
    "AiOpinion",
    "AiText",
    "AppendOnly",
    "AuditEntry",
    "AuditSeal",
    "DataKey",
    "IdempotencyRecord",
    "Job",
    "OutboxEvent",
]
