from koperasi_risk.models.imports import DataImport, ImportProblem
from koperasi_risk.models.loans import (
    Collateral,
    Guarantor,
    Loan,
    LoanInstallment,
    LoanRepayment,
    LoanRestructuring,
    RepaymentAllocation,
)
from koperasi_risk.models.members import (
    AnnualMeeting,
    ExternalDebt,
    MeetingAttendance,
    Member,
    MemberDocument,
    MemberStatusEvent,
)
from koperasi_risk.models.results import (
    Decision,
    DecisionOverride,
    LoanCheck,
    MemberFacts,
    RiskAssessment,
    RiskResult,
)
from koperasi_risk.models.rules import Action, RiskRule, RiskRuleRevision, RuleProposal
from koperasi_risk.models.savings import SavingsAccount, SavingsMovement
from koperasi_risk.models.tenants import (
    DocumentKind,
    Tenant,
    TenantMembership,
    TenantRole,
    TenantRow,
    Within,
    tenant_ids,
)

__all__ = [
    "Action",
    "AnnualMeeting",
    "Collateral",
    "DataImport",
    "Decision",
    "DecisionOverride",
    "DocumentKind",
    "ExternalDebt",
    "Guarantor",
    "ImportProblem",
    "Loan",
    "LoanCheck",
    "LoanInstallment",
    "LoanRepayment",
    "LoanRestructuring",
    "MeetingAttendance",
    "Member",
    "MemberDocument",
    "MemberFacts",
    "MemberStatusEvent",
    "RepaymentAllocation",
    "RiskAssessment",
    "RiskResult",
    "RiskRule",
    "RiskRuleRevision",
    "RuleProposal",
    "SavingsAccount",
    "SavingsMovement",
    "Tenant",
    "TenantMembership",
    "TenantRole",
    "TenantRow",
    "Within",
    "tenant_ids",
]
