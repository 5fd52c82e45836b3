"""What may stand around the text of an architecture in a file, and is no part of it."""

# Blanks, quotation marks, and the byte-order mark that some editors put at the beginning of a file.
AROUND = " \t\r\n\f\v\u00a0\ufeff\"'`"


def bare(text: str) -> str:
    """The text without blanks, quotation marks and byte-order mark around it."""
    return text.strip(AROUND)
