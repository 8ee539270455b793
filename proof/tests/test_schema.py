from proof import schema


def test_every_operation_answers_what_the_document_says(prove):
    report = prove(schema)

    assert report.figures["inputs"] > 1_000
    assert report.figures["operations that never succeeded"] == "none"


def test_a_sample_is_found_by_the_longest_path():
    samples = {"/api/transactions/": "sale", "/api/transactions/imports/": "import"}

    assert schema.sample_for("/api/transactions/{code}/refund", samples) == "sale"
    assert schema.sample_for("/api/transactions/imports/{code}", samples) == "import"
    assert schema.sample_for("/api/transactions/create", samples) is None


def test_an_operation_without_a_token_is_everybodys():
    assert schema.home_of("/api/auth/login", {"security": [{}]}) == "anonymous"
    assert schema.home_of("/api/bank/merchants/all", {"security": [{"bearer": []}]}) == "bank"
