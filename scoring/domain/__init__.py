"""
How a merchant is judged: from daily figures to a score, its reasons and its limits.

    series        what was counted, day by day, as of one instant (every score row stores it)
    measurements  five figures taken from a series
    curves        a figure becomes points from 0 to 100
    policy        components, weights, bands and limits, by version
    scorecard     the points together: score, risk band, limits
    reasons       why, as codes with parameters
    what_if       the same card for figures somebody wonders about
    timing        when in the month a shop sells best

Plain Python: no Django, no clock, no database. The same series gives the same bytes on every
machine: sums are integers (sen, seconds), ratios are decimals of 60 digits rounded once, halves
up, to four places. Nothing here is a binary float.

Source: merchant score, policy v1.
"""
