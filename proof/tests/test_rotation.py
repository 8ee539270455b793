from proof import rotation


def test_keys_change_while_people_read_and_write(prove):
    report = prove(rotation)

    assert report.figures["values under old keys"] == 0
    assert report.figures["flips refused"] == rotation.SIZES["small"]["flips"]
    assert report.figures["reads beside it"] > 100
