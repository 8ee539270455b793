from proof import idempotency


def test_eight_calls_at_once_under_one_key_have_one_effect_and_one_answer(prove):
    report = prove(idempotency)

    assert report.figures["effects"] == report.figures["keys"]
    assert report.figures["answers of 409"] > 0
