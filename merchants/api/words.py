"""How stored choices are called on the wire."""

from merchants.models import Consent, Merchant

SCALE = {scale: scale.capitalize() for scale in Merchant.Scale.values}
SCOPE = {Consent.Scope.PARTNER_BANKS: "partner_banks"}
