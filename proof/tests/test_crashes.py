from proof import crashes


def test_nothing_is_lost_or_doubled_when_everything_is_killed_in_turn(prove):
    report = prove(crashes)

    assert report.figures["kills"] == dict.fromkeys(crashes.PIECES[:5], 1)
    assert report.figures["sales acknowledged"] > 0
