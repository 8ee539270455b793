import gzip

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from transactions.models import SalesImport, Transaction

HEADER = "transaction_id,occurred_at,amount,payment_method,status"
ROW = "A-{n},2026-03-01T10:00:00+07:00,15000,QRIS,Success"


def a_file(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def send(caller, content: bytes, name="sales.csv", **extra):
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    return caller.post("/api/transactions/import", {"file": file}, format="multipart", **extra)


def test_adds_sales_of_the_own_shop(api, sari, warung):
    answer = send(api(sari), a_file(ROW.format(n=1), ROW.format(n=2)))

    assert answer.status_code == 201
    data = answer.json()["data"]
    assert (data["status"], data["rowsRead"], data["rowsAdded"]) == ("Done", 2, 2)
    assert (data["errors"], data["reportUrl"]) == ([], None)
    assert set(Transaction.objects.values_list("merchant", flat=True)) == {warung.pk}


def test_a_gzip_file_sent_twice_adds_nothing(api, sari, warung):
    content = gzip.compress(a_file(ROW.format(n=1)))
    send(api(sari), content)
    again = send(api(sari), content, name="again.csv.gz")

    assert again.status_code == 200
    assert (again.json()["data"]["rowsAdded"], again.json()["data"]["rowsRepeated"]) == (0, 1)


def test_a_file_too_big_for_memory_is_read_from_disk(api, sari, warung, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = send(api(sari), a_file(*[ROW.format(n=n) for n in range(50)]))

    assert answer.json()["data"]["rowsAdded"] == 50


def test_says_which_rows_were_refused_and_why(api, sari, warung):
    answer = send(api(sari), a_file(ROW.format(n=1), "A-2,soon,=1+1,QRIS,Success"))

    data = answer.json()["data"]
    assert (data["rowsAdded"], data["rowsRefused"]) == (1, 1)
    assert data["errors"][0]["line"] == 3
    assert data["errors"][0]["reason"] == "invalid_instant"
    assert data["errors"][0]["message"]

    report = api(sari).get(data["reportUrl"], HTTP_ACCEPT="text/csv")
    lines = b"".join(report.streaming_content).decode().splitlines()
    assert lines[0] == "line,reason,message,detail"
    assert lines[1].startswith("3,invalid_instant,")


def test_rows_of_another_shop_are_refused(api, sari, warung, kios):
    rows = [f"{code},{ROW.format(n=1)}" for code in (warung.code, kios.code)]
    answer = send(api(sari), a_file(*rows, header=f"merchant_id,{HEADER}"))

    data = answer.json()["data"]
    assert (data["rowsAdded"], [e["reason"] for e in data["errors"]]) == (1, ["other_merchant"])
    assert not kios.transactions.exists()


def test_an_import_is_shown_to_its_own_merchant_alone(api, sari, rini, warung, kios, budi):
    code = send(api(sari), a_file("A-1,soon,1,QRIS,Success")).json()["data"]["importId"]
    own, report = (
        f"/api/transactions/imports/{code}",
        f"/api/transactions/imports/{code}/refused.csv",
    )

    assert api(sari).get(own).json()["data"]["rowsRefused"] == 1
    for path in (own, report):
        assert api(rini).get(path).status_code == 404
        assert api(budi).get(path).status_code == 403
        assert api().get(path).status_code == 401


def test_an_operators_import_is_nobodys(api, sari, warung):
    from django.utils import timezone

    theirs = SalesImport.objects.create(file_name="all.csv", started_at=timezone.now())

    assert api(sari).get(f"/api/transactions/imports/{theirs.code}").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"transaction_id,amount\n", 400, "missing_columns"),
        (b"PK\x03\x04\0\0\0", 400, "not_a_text"),
        (HEADER.encode() + b"\nA-1,\xff\n", 400, "wrong_encoding"),
        (gzip.compress(b"a,b\n" * 5_000_000, mtime=0), 413, "inflates_too_much"),
        (gzip.compress(a_file(ROW), mtime=0)[:-4], 400, "broken_archive"),
    ],
)
def test_files_that_are_none_are_refused_whole(api, sari, warung, content, status, code):
    answer = send(api(sari), content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not SalesImport.objects.exists()


def test_missing_columns_are_named(api, sari, warung):
    answer = send(api(sari), b"transaction_id,amount,status\n", HTTP_ACCEPT_LANGUAGE="en")

    assert answer.json()["errors"] == [
        {"field": "file", "message": "The file lacks columns: occurred_at, payment_method."}
    ]


def test_a_file_over_the_limit_is_refused(api, sari, warung, settings):
    settings.SALES_IMPORT_MAX_BYTES = 1_000

    assert send(api(sari), b"x" * 1_001).status_code == 413
    assert send(api(sari), b"x" * 100_000).status_code == 413


def test_a_body_without_a_file_is_refused(api, sari, warung):
    caller = api(sari)
    path = "/api/transactions/import"

    assert caller.post(path, {}, format="multipart").status_code == 400
    assert caller.post(path, {"file": "text"}, format="multipart").status_code == 400
    assert caller.post(path, {"file": "text"}, format="json").status_code == 415
    broken = caller.post(path, b"no parts", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400


def test_banks_have_no_sales_to_send(api, budi):
    assert send(api(budi), a_file(ROW)).status_code == 403


def test_a_repeated_key_gets_the_stored_answer_and_another_file_is_refused(api, sari, warung):
    key = {"HTTP_IDEMPOTENCY_KEY": "k-1"}
    first = send(api(sari), a_file(ROW.format(n=1)), **key)
    again = send(api(sari), a_file(ROW.format(n=1)), **key)
    other = send(api(sari), a_file(ROW.format(n=2)), **key)

    assert (again.status_code, again.json()) == (201, first.json())
    assert other.status_code == 422
    assert SalesImport.objects.count() == 1


def test_a_look_at_an_import_costs_the_same_with_many_refusals(
    api, sari, warung, django_assert_max_num_queries
):
    rows = [f"A-{n},soon,1,QRIS,Success" for n in range(150)]
    caller = api(sari)
    code = send(caller, a_file(*rows)).json()["data"]["importId"]

    with django_assert_max_num_queries(4):
        data = caller.get(f"/api/transactions/imports/{code}").json()["data"]
    assert (len(data["errors"]), data["rowsRefused"]) == (100, 150)


def test_a_broken_body_is_refused_in_our_words(api, sari, warung):
    answer = api(sari).generic(
        "POST",
        "/api/transactions/import",
        b"--x\r\nnonsense",
        content_type="multipart/form-data",
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_request")
    assert "boundary" not in answer.content.decode()


def test_somebody_without_a_shop_imports_nothing(api, sari):
    answer = send(api(sari), a_file(ROW.format(n=1)))

    assert (answer.status_code, answer.json()["code"]) == (404, "merchant_not_found")
    assert not SalesImport.objects.exists()
