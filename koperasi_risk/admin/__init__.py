"""The koperasi's own desks: rules and what they would do, members, results, and who works here."""

from koperasi_risk.admin import (  # noqa: F401 (each registers its desks)
    imports,
    loans,
    members,
    proposals,
    questions,
    results,
    rules,
    savings,
    tenants,
)
