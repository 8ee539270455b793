"""Against a signature that OpenSSL's own command made."""

from datetime import UTC, datetime

import pytest

from transactions.paylabs.keys import private_key, public_key
from transactions.paylabs.signing import instant_of, is_signed_by, sign, timestamp_of

BODY = b'{"merchantId":"010001","amount":"10000.00"}'
PATH = "/payment/v2.3/qris/create"
TIMESTAMP = "2026-11-21T10:00:00.123+07:00"
SIGNATURE = (
    "EaXBki/VYmWl2FgrzTU6y4Gpdwh3qfmaepnR7CZm8Gyjg4wGovHIon6j0VEoTeYAJ2mjjP1fW4hfUdrQuq4DgpR/43"
    "HySmxS9WqC7759RlB6EVa+rIphxr/cVJm7lKyzB4nHxTa6iYlYuzT7QGbj+doe8oTCqzvz4oMMZ7nRox9ZZCIiLGja"
    "1hPcHeQ0UBszNPoBTkWfxG0TRvah9V2xdjv7UiynL/DUSKkftDFrmu71/d5huAN1H3VIVqLZJHu8NZmugVLoCW2Ij8"
    "d2atlzuRm2nPXboq1hR2J2rjJasRNcxtLSaCndxTCTglSw+SduzFErVIELV3otbpvFoot8hg=="
)
PUBLIC_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApoUSP9SO7j+6F9GLThM+r/cgRpHBdwgS6HZSNXi+chSa7u"
    "BOiYNb6HpyfD5xNpCLyvmPZ87KpH2UhzQiryyxZJRUkH+tt9bf9UqhPFPKHGXz1LvckT5/Y9He9IvJnd7/W4h9/sez"
    "3srweUjhEvbwWImKo6j0vJyxQe6TqhMYM+OlmZtIibl+IWdvs4MU7s1fJTkfQayLDWQ6Sm5sZPwijh8UqhySU8JfuH"
    "q9Ue3DUUVg21C3RAHtdmEt/QaNMA66SdMJT00bzE+dYSfEetzs63nIddw4/RpuzR6/4YQJWGAjNd2kxQBtpqRY0JNv"
    "raLojGxd4r0MgvG7ANtq9W5Q8wIDAQAB"
)
PRIVATE_KEY = (
    "MIIEowIBAAKCAQEApoUSP9SO7j+6F9GLThM+r/cgRpHBdwgS6HZSNXi+chSa7uBOiYNb6HpyfD5xNpCLyvmPZ87KpH"
    "2UhzQiryyxZJRUkH+tt9bf9UqhPFPKHGXz1LvckT5/Y9He9IvJnd7/W4h9/sez3srweUjhEvbwWImKo6j0vJyxQe6T"
    "qhMYM+OlmZtIibl+IWdvs4MU7s1fJTkfQayLDWQ6Sm5sZPwijh8UqhySU8JfuHq9Ue3DUUVg21C3RAHtdmEt/QaNMA"
    "66SdMJT00bzE+dYSfEetzs63nIddw4/RpuzR6/4YQJWGAjNd2kxQBtpqRY0JNvraLojGxd4r0MgvG7ANtq9W5Q8wID"
    "AQABAoIBAA1aKD90BM330C0uwTPOeT1U3IKsF047GIEJU8gz2Vl+a3nyBHokTU9T2jA6NYvBhWQOJMCXJUqRQ0KgHJ"
    "PdSpAdELbRdhWCpkyd4lXbBh7G0glh0urWjxJq9qy3NMBy7Bjj1e6DBto7fZLMFDgYEueWh8ZdutoQ2mnF/pMpmsw2"
    "OKZSOlqFL2U+YKiJekarRXC2Q5k5uL6YfxL8wrwhwZafnIZzppSab/Fg+ecp5hJz3JdwkfV/RIkY/n7KkEzNR0l0LT"
    "t8gFOBZCU5rWrJuPfax+IKehAjm4jx7556SCmYf/cZQU26/TBqyq7v9pIWS2WTrhUNQwcLTbBL9vjgIfkCgYEA1FAz"
    "AsQA5plgUS79M+miiSD7C7mE0sOmNcDnAuoFrtS+MWtqBlsnWRAl344bazWFLXvcbKCvscqZOM+iGtgQS53CdMVKYm"
    "EF/7Vg6zp2UpCRPJRc1yYSFnQes0HKpfu7OehnsdZMQyqc/YG5Z7Gavk31ipTLXO9JOLA8ndH3hS8CgYEAyMioftSa"
    "DSiOdKaeAJSoFAhAZkaRiAtTcbvcMMfcTjHXmaH4mRyneHdHaDUkwmN2luJL1pgnggwQ2x/+I79v+9za6TkbbqP1HI"
    "t8rB5LCrazXKKvjofizSP5iuxPTaQHYwNzfltfsnp4hJVPwHe6Jd2ppvyGEcW4vov5AmRyB30CgYEAvKXmLXbrNfri"
    "UkBmS1I1UZM0fd6B3qRpcynMGhLGqenudQr0UmF8PO7UOCeUxVXw19FOsla0xk02h/w2FZQWJpouxoLm7TM4mVUYoO"
    "p5aDN8WU+ajrENMVZMUQsMfR+H5JRUTvgTGzsp8zbo/vIYhS/QFSrQ5+rWLMCrm6+NN5ECgYBO4u+4rSU9qEKYOGJ5"
    "ze5fuII87Nr+/ZwyYmH31H6NRm30EbxPw/9UiGDI46Bms5eDXrP3Q166bK0uutoqB2wjI7nqyiIqDUcfiPpZ0akgM3"
    "ozGkQpluAYQ1snJwNdeOXiFBgLfDEUOaQiS1vDPgcoG3gtgKfYUbvtOaeDNh3LLQKBgDzo/pJwJyQn6p6nZOdcDn7T"
    "oRzFeLNkWtMc7uSf227phlHcg/Zdlc80heNta/vF6j1l1He1/l29CyZGzDKBt5hhzNF7wlUBH0udOpWogOHIWZtEvK"
    "ztosoD5QnGqfoX6Ujg3TWBGqG9sdQwvrELA2X4Iy+JMTbcWoby2Qcjsb3M"
)
SIGNED = {"path": PATH, "body": BODY, "timestamp": TIMESTAMP}


def test_signs_as_openssl_does():
    assert sign(key=private_key(PRIVATE_KEY), **SIGNED) == SIGNATURE


def test_believes_what_openssl_signed():
    assert is_signed_by(key=public_key(PUBLIC_KEY), signature=SIGNATURE, **SIGNED)


@pytest.mark.parametrize(
    "changed",
    [
        {"path": "/payment/v2.3/qris/query"},
        {"body": BODY + b" "},
        {"body": BODY.replace(b"1", b"2", 1)},
        {"timestamp": "2026-11-21T10:00:00.124+07:00"},
        {"signature": SIGNATURE[:-4] + "AAA="},
        {"signature": SIGNATURE.replace("+", "-").replace("/", "_")},
        {"signature": SIGNATURE + "\n"},
        # The same bytes to a lenient reader.
        {"signature": SIGNATURE + "=="},
        {"signature": SIGNATURE.replace("g==", "h==")},
        {"signature": ""},
        {"signature": "ä"},
    ],
    ids=str,
)
def test_believes_nothing_else(changed):
    assert not is_signed_by(
        key=public_key(PUBLIC_KEY), **{"signature": SIGNATURE, **SIGNED, **changed}
    )


def test_instants_are_jakartas():
    instant = datetime(2026, 11, 21, 3, 0, 0, 123_456, tzinfo=UTC)

    assert timestamp_of(instant) == TIMESTAMP
    assert instant_of(TIMESTAMP) == instant.replace(microsecond=123_000)


@pytest.mark.parametrize("text", ["", "now", "2026-11-21T10:00:00", "20261121100000", "9" * 40])
def test_what_is_no_instant_is_none(text):
    assert instant_of(text) is None
