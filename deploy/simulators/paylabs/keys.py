"""
The two key pairs between a merchant and the simulator, as lines for an environment file.

    python -m deploy.simulators.paylabs.keys >> .env
"""

import base64

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

MID = "010614"


def new_keys() -> dict[str, str]:
    """Make both pairs: the merchant's settings and, under its own names, the simulator's."""
    merchant, paylabs = _pair(), _pair()
    return {
        "MID": MID,
        "PRIVATE_KEY": merchant[0],
        "PUBLIC_KEY": paylabs[1],
        "PAYLABS_SIMULATOR_PRIVATE_KEY": paylabs[0],
        "PAYLABS_SIMULATOR_MERCHANT_KEY": merchant[1],
    }


def _pair() -> tuple[str, str]:
    """Return a private and its public key in bare base64, the shape in which merchants get them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(private).decode(), base64.b64encode(public).decode()


if __name__ == "__main__":
    print("\n".join(f"{name}={value}" for name, value in new_keys().items()))
