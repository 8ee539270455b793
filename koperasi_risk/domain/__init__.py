"""
How a koperasi's member is judged: from books to factors, from factors and rules to a score.

    imports         rows of a koperasi's own files, read or refused
    schedules       a loan's instalments, in each way koperasi lend
    repaying        what a repayment pays of them; movements: what moves savings
    ledger          one member as the books know them, and what the koperasi computes by
    collectability  how well each loan is paid, 1 to 5, in the three ways in use
    catalogue       the factors that rules may name, with their aliases
    readings        a ledger read once, on one day
    measures        how each factor is measured from it
    values          a measured value, or why there is none
    factors         all of the above for those who call: find, compute, encode, written
    payloads        what the engine reads of a rule's action_payload: tiers
    scoring         rules and values become a score, a decision and lines
    records         what is kept of them, and judged again
    reasons         why, in sentences
    starter         the rules a koperasi may start from
    words, numbers  what is said in Indonesian and English
    months, periods how time is counted and cut

Plain Python: no Django, no clock, no database. Amounts and ratios are decimals; nothing is rounded
before it is compared, and the score is rounded once, halves up, when it is shown.
"""
