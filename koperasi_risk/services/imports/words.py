"""What people are told of files and rows that were refused."""

from django.utils.translation import gettext_lazy as _

REASONS = {
    "wrong_number_of_columns": _("The row has more cells than the header."),
    "malformed": _("The row cannot be read: its quotes do not end."),
    "missing_value": _("A compulsory value is missing."),
    "too_long": _("The text is too long."),
    "unprintable": _("The text holds characters that cannot be shown."),
    "formula": _("A formula or an error of the spreadsheet stands here instead of a text."),
    "invalid_amount": _("This is no amount of rupiah, such as 1500000 or 1.500.000,00."),
    "ambiguous_amount": _("This may be thousands or decimals. Write 50000 or 50.000,00 instead."),
    "invalid_percent": _("This is no percentage, such as 1,25."),
    "invalid_whole": _("This is no whole number."),
    "out_of_range": _("The number is too small or too large."),
    "invalid_day": _("This is no day, such as 31/12/2025 or 2025-12-31."),
    "too_long_ago": _("The day lies before the year 1900."),
    "in_the_future": _("The day lies in the future."),
    "wrong_order": _("The days are not in a possible order."),
    "unknown_word": _("This word is not known here. See the example file."),
    "invalid_nik": _("An identity number has 16 digits."),
    "nik_as_number": _("The spreadsheet keeps this identity number as a number and loses digits. Make the column a text."),
    "has_not_left": _("Only a member who has left has a day of leaving."),
    "not_closed": _("Only a loan that is settled or written off has a day of closing."),
    "overpaid": _("More is paid than is due."),
    "not_in_full": _("The instalment is not paid in full, but has a day on which it was."),
    "repeated_row": _("An earlier row of this file has the same number."),
    "repeated_nik": _("An earlier row of this file has the same identity number."),
    "nik_taken": _("Another member has this identity number."),
    "unknown_member": _("There is no member with this number. Import the members first."),
    "unknown_loan": _("There is no loan with this number. Import the loans first."),
    "kept_until_exit": _("Principal and mandatory savings are given back when a member leaves."),
    "overdrawn": _("The account would hold less than nothing, or less than what is blocked. If it is older than the file, add a deposit of what it held before."),
    "reference_taken": _("This reference is recorded with other details."),
    "differs": _("The loan is recorded for another member or with another principal."),
    "has_repayments": _("Repayments are recorded on this instalment; the file may not say otherwise."),
    "principal_less": _("The principal of this loan's instalments adds up to less than was lent. This is right if the rest is in another file, or only what was left of an old loan is in the books."),
    "principal_more": _("The principal of this loan's instalments adds up to more than was lent. This is right if interest was added to it, or instalments are rounded up."),
}  # fmt: skip

FILE_REASONS = {
    "empty_file": _("The file is empty."),
    "not_a_text": _("The file is neither CSV nor XLSX. Save the sheet as one of these, then send that."),
    "wrong_encoding": _("The file is not UTF-8. Save it as CSV UTF-8 or as XLSX, then send it again."),
    "line_too_long": _("The file is not CSV: it holds a line of more than a million characters."),
    "broken_archive": _("The gzip archive is damaged or cut short."),
    "broken_sheet": _("The spreadsheet is damaged, or locked with a password."),
    "not_a_sheet": _("The file is an archive, but no XLSX spreadsheet."),
    "inflates_too_much": _("The archive holds too much."),
    "too_many_rows": _("The file has more than 200.000 rows. Send it in parts."),
    "missing_columns": _("The file lacks columns: %(columns)s."),
    "repeated_columns": _("The file names columns twice: %(columns)s."),
    "lost": _("The file is not there any more. Please send it again."),
}  # fmt: skip


def reason_text(code: str) -> str:
    """Return why a row was refused, in the reader's language."""
    return str(REASONS.get(code, code))
