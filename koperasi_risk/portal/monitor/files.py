"""The monitor's figures as lines of a table, one part after the other."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from core.formats import jam, tanggal
from core.money import round_half_up
from core.portal.files import as_text
from koperasi_risk.domain.collectability import CLASSES
from koperasi_risk.models import Decision
from koperasi_risk.portal.monitor.board import Board, class_name, deed_word, factor_name
from koperasi_risk.portal.words import DECISIONS, loan_words

Cells = list[Any]


def lines_of(board: Board, *, by: User) -> Iterator[Cells]:
    """Yield who took this and when, then each part with its heads."""
    yield [as_text(f"Saksama · {board.tenant}")]
    words = {"person": by.full_name, "day": tanggal(board.now), "time": jam(board.now)}
    yield [as_text(_("Taken by %(person)s on %(day)s, %(time)s") % words)]
    yield [_("Period"), board.form.months, board.form.kind_label]
    for part in (_decisions, _rules, _changes, _ageing, _quality, _moves, _overrides):
        yield []
        yield from part(board)


def _decisions(board: Board) -> Iterator[Cells]:
    today = board.tenant.today(board.now)
    yield [_("Decisions over time")]
    yield [_("Until"), *(str(DECISIONS[decision]) for decision in Decision)]
    for step, counts in zip(board.steps, board.decisions, strict=True):
        yield [min(step.last, today), *(counts[decision] for decision in Decision)]


def _rules(board: Board) -> Iterator[Cells]:
    yield [_("Breaches of each rule")]
    yield [
        _("Rule"),
        _("Factor"),
        _("In breach"),
        _("Judged"),
        _("In breach (%)"),
        _("Data missing"),
        _("90 days ago (%)"),
    ]
    for rate in board.rates:
        yield [
            as_text(factor_name(rate.rule.factor)),
            as_text(rate.rule.factor),
            rate.now.breached,
            rate.now.judged,
            _rounded(rate.now.percent),
            rate.now.missing,
            _rounded(rate.before.percent),
        ]


def _changes(board: Board) -> Iterator[Cells]:
    yield [_("Rule changes")]
    yield [_("At"), _("Rule"), _("What changed"), _("By"), _("Reason")]
    for change in board.changes:
        yield [
            f"{tanggal(change.at)} {jam(change.at)}",
            as_text(factor_name(change.factor)),
            deed_word(change.deed),
            as_text(change.by),
            as_text(change.why),
        ]


def _ageing(board: Board) -> Iterator[Cells]:
    words = loan_words(board.tenant)
    yield [_("Collectability"), _written(board)]
    yield [
        pgettext("collectability", "Class"),
        str(words["loans"]),
        _("Members"),
        _("Outstanding"),
        _("Share (%)"),
    ]
    for name, row in board.class_rows:
        yield [name, row.loans, row.members, row.outstanding, _rounded(row.percent)]
    yield ["RPM (%)", _rounded(board.ageing.rpm)]
    yield ["PAR30 (%)", _rounded(board.ageing.par30)]


def _written(board: Board) -> str:
    at = board.ageing.computed_at
    return f"{tanggal(at)} {jam(at)}" if at else ""


def _quality(board: Board) -> Iterator[Cells]:
    yield [_("RPM and PAR30 over time")]
    yield [_("Date"), "RPM (%)", "PAR30 (%)", _("Outstanding"), *map(class_name, CLASSES)]
    for day, one in board.quality:
        owed = (one.outstanding.get(level, Decimal(0)) for level in CLASSES)
        yield [day, _rounded(one.rpm), _rounded(one.par30), one.total, *owed]


def _moves(board: Board) -> Iterator[Cells]:
    yield [_("From class to class, month by month")]
    yield [_("From class"), _("Members"), *map(class_name, CLASSES), pgettext("loan", "Settled")]
    for name, total, moves in board.roll_rows:
        yield [name, total, *(count for _to, count, _percent in moves)]


def _overrides(board: Board) -> Iterator[Cells]:
    counts = board.overrides
    yield [_("Overrides")]
    yield [_("Approved"), _("Rejected"), _("Waiting"), _("Members"), _("Share (%)")]
    yield [
        counts.approved,
        counts.rejected,
        counts.waiting,
        counts.members,
        _rounded(counts.percent),
    ]


def _rounded(percent: Decimal | None) -> Decimal | None:
    return None if percent is None else round_half_up(percent, 2)
