"""Text of anyone's, on a terminal or in a line of an answer."""

# Control characters, but for the tab, by the pictures that Unicode has of them.
_PICTURES = {code: 0x2400 + code for code in range(32) if code != 9} | {
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), 0x2028, 0x2029), 0xFFFD),
}


def visible(text):
    """Returns a text on one line that no terminal takes for a command.

    Args:
        text: str or bytes, UTF-8 or not.

    Example:
    >>> visible(b"red\\x1b[31m")
    'red␛[31m'
    """
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return text.translate(_PICTURES)
