"""The back office (unfold): its looks, and what its sidebar leads to for whom."""

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _desk(title, icon: str, model: str) -> dict:
    def opens(request) -> bool:
        from core.backoffice import may_open

        return may_open(request, model)

    address = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    return {"title": title, "icon": icon, "link": address, "permission": opens}


def _page(title, icon: str, url_name: str, opens: str | None = None) -> dict:
    return {"title": title, "icon": icon, "link": reverse_lazy(url_name), "permission": opens}


def _desks(title, *items: dict) -> dict:
    return {"title": title, "separator": True, "items": list(items)}


IN_A_KOPERASI = "koperasi_risk.admin.desk.is_seated"

UNFOLD = {
    "SITE_TITLE": "Saksama",
    "SITE_HEADER": "Saksama",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("img/favicon.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("img/favicon.svg"),
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "THEME": "core.backoffice.theme_of",
    "DASHBOARD_CALLBACK": "core.backoffice.dashboard",
    "ENVIRONMENT": "core.backoffice.environment",
    "STYLES": [lambda request: static("css/admin.css")],
    "ACCOUNT": {
        "navigation": [{"title": _("Preferences"), "link": reverse_lazy("preferences")}],
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(54.6% .245 262.881)",
            "600": "oklch(48.8% .243 264.376)",
            "700": "oklch(42.4% .199 265.638)",
            "800": "oklch(37.9% .146 265.522)",
            "900": "oklch(32% .12 266)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {"items": [_page(_("This morning"), "wb_sunny", "admin:index")]},
            _desks(
                _("Trade"),
                _desk(_("Merchants"), "storefront", "merchants.merchant"),
                _desk(_("Consents"), "handshake", "merchants.consent"),
                _desk(_("Sales"), "receipt_long", "transactions.transaction"),
                _desk(_("Refunds"), "undo", "transactions.refund"),
                _desk(
                    _("Settlement statements"),
                    "account_balance",
                    "transactions.settlementstatement",
                ),
                _desk(_("Lines that do not fit"), "rule", "transactions.settlementproblem"),
                _desk(_("Gateway orders"), "qr_code_2", "transactions.gatewayorder"),
                _desk(_("Payment events"), "timeline", "transactions.paymentevent"),
                _desk(_("Gateway mismatches"), "report", "transactions.gatewaymismatch"),
                _desk(_("Daily totals"), "calendar_month", "transactions.dailytotal"),
                _desk(_("Sales imports"), "upload_file", "transactions.salesimport"),
                _desk(_("Refused rows"), "rule", "transactions.refusedrow"),
            ),
            _desks(
                _("Scores"),
                _desk(_("Latest scores"), "leaderboard", "scoring.latestscore"),
                _desk(_("Every score"), "history", "scoring.creditscore"),
                _desk(_("Scoring runs"), "autorenew", "scoring.scoringrun"),
                _desk(_("AI texts"), "auto_awesome", "core.aitext"),
                _desk(_("Objections"), "front_hand", "banking.objection"),
            ),
            _desks(
                _("Warnings"),
                _desk(_("Early warnings"), "notifications", "alerts.earlywarning"),
                _desk(_("Banks' reviews"), "rate_review", "alerts.bankreview"),
            ),
            _desks(
                _("Lending"),
                _desk(_("Loan applications"), "request_quote", "banking.loanapplication"),
                _desk(_("Instalments"), "event_upcoming", "banking.installment"),
                _desk(_("Repayments"), "payments", "banking.repayment"),
                _desk(_("Loan terms"), "tune", "banking.loanterms"),
            ),
            _desks(
                _("Koperasi"),
                _page(
                    _("Visit a koperasi"),
                    "travel_explore",
                    "koperasi_risk:visit",
                    "koperasi_risk.admin.desk.may_visit",
                ),
                _page(_("Home"), "home", "koperasi_risk:home", IN_A_KOPERASI),
                _page(_("Members' scores"), "groups", "koperasi_risk:members", IN_A_KOPERASI),
                _page(
                    _("Risk monitor"),
                    "monitoring",
                    "koperasi_risk:monitor",
                    "koperasi_risk.admin.desk.reads_the_monitor",
                ),
                _desk(_("Risk rules"), "rule_settings", "koperasi_risk.riskrule"),
                _desk(_("Proposed changes"), "how_to_vote", "koperasi_risk.ruleproposal"),
                _desk(_("Revisions"), "history", "koperasi_risk.riskrulerevision"),
                _desk(_("Latest results"), "leaderboard", "koperasi_risk.riskresult"),
                _desk(_("Every assessment"), "manage_search", "koperasi_risk.riskassessment"),
                _desk(_("Overrides"), "alt_route", "koperasi_risk.decisionoverride"),
                _desk(_("Loan checks"), "fact_check", "koperasi_risk.loancheck"),
                _desk(_("Factors by day"), "calendar_month", "koperasi_risk.memberfacts"),
            ),
            _desks(
                _("Koperasi's books"),
                _desk(_("Members"), "badge", "koperasi_risk.member"),
                _desk(_("Savings accounts"), "savings", "koperasi_risk.savingsaccount"),
                _desk(_("Savings movements"), "swap_vert", "koperasi_risk.savingsmovement"),
                _desk(_("Loans"), "request_quote", "koperasi_risk.loan"),
                _desk(_("Instalments"), "event_upcoming", "koperasi_risk.loaninstallment"),
                _desk(_("Repayments"), "payments", "koperasi_risk.loanrepayment"),
                _desk(_("Annual meetings (RAT)"), "diversity_3", "koperasi_risk.annualmeeting"),
                _desk(_("Data imports"), "upload_file", "koperasi_risk.dataimport"),
                _desk(_("Settings"), "tune", "koperasi_risk.tenant"),
                _desk(_("Who works here"), "group", "koperasi_risk.tenantmembership"),
            ),
            _desks(
                _("People"),
                _desk(_("People"), "group", "accounts.user"),
                _desk(_("Organisations"), "apartment", "accounts.organisation"),
                _desk(_("API sessions"), "devices", "accounts.refreshsession"),
                _desk(_("Sign-in attempts"), "password", "accounts.signinattempts"),
            ),
            _desks(
                _("Ground"),
                _desk(_("Audit log"), "fact_check", "core.auditentry"),
                _desk(_("Audit seals"), "link", "core.auditseal"),
                _desk(_("News"), "outbox", "core.outboxevent"),
                _desk(_("Repeated calls"), "repeat", "core.idempotencyrecord"),
                _desk(_("Data keys"), "key", "core.datakey"),
            ),
        ],
    },
}
