"""Pages as PDFs, made of what is on this machine alone."""

from django.contrib.staticfiles import finders


def pdf_of(html: str) -> bytes:
    """
    Make a PDF of a page that needs nothing from outside, in the style of the memo.

    Raises OSError where the system lacks the libraries that draw text.
    """
    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    # No name that somebody gave a shop or a member makes this server read a file or call anybody.
    nothing = URLFetcher(allowed_protocols=())
    style = CSS(filename=finders.find("css/memo.css"), url_fetcher=nothing)
    return HTML(string=html, url_fetcher=nothing).write_pdf(stylesheets=[style])
