"""The wire's words for what is stored."""

from scoring.models import RiskBand

NO_BAND = "N/A"
BANDS = {RiskBand.LOW: "Low", RiskBand.MEDIUM: "Medium", RiskBand.HIGH: "High"}
COMPONENTS = {
    "volume": "transactionVolume",
    "consistency": "revenueConsistency",
    "growth": "growthTrend",
    "refund": "refundRate",
    "settlement": "settlementTime",
}
