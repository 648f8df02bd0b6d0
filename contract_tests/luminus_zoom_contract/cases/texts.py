"""Texts and dates that servers are known to get wrong. Their legality is judged by the contract, never stated here."""

# ruff: noqa: RUF001 - that they look like others is what these characters are here for
from collections.abc import Iterator
from typing import Final

TEXTS: Final = {
    "ASCII punctuation": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    "markup": "<b>CS & MA</b> R&amp;D &#39;25 &lt;",
    "quotes": 'O\'Brien "said" `it`; DROP TABLE x;--',
    "percent escapes": "100%20sure %41 %",
    "backslashes": "C:\\temp\\new \\u0041 \\n",
    "a formula": "=1+1",
    "a leading space": " lecture",
    "a trailing space": "lecture ",
    "two spaces and a tab": "CS1010  lecture \t 3",
    "a line feed": "CS1010\nlecture",
    "a trailing line feed": "lecture\n",
    "CR LF": "CS1010\r\nlecture",
    "control characters": "bell\x07 and \x1b[31m a\x7fb\x85c",
    "NUL": "before\x00after",
    "Latin-1": "Größe façade ÀÿØ ½",
    "Windows-1252": "“Smart” ‘quotes’ — 5 € …",
    "Cyrillic and Greek": "Лекция Μάθημα Σς ΐ ᾳ Ὀδυσσεύς",
    "Turkish": "İstanbul ılık",
    "German sharp s": "STRASSE straße ẞ",
    "Chinese, Japanese and Korean": "物理课 プログラミング ﾊﾝｶｸ １０ 한국어 각 ᄒᆞᆫ",
    "Hindi, Thai and Tamil": "हिन्दी क्षेत्र การบรรยาย தமிழ்",
    "Arabic": "محاضرة ١٢٣",
    "Hebrew with bidi marks": "\u200fשיעור\u200e abc \u202eevil\u202c",
    "composed and decomposed": "é é Å Å",
    "emoji": "Quiz 🎉 👩‍👩‍👧‍👦 👍🏽 🇸🇬 ❤️ ☎︎ 1️⃣ 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "astral letters": "𝒳 𠮷野家 𐍈 \U0010ffff",
    "non-characters": "\ufffe\uffff\ufdd0",
    "private use": "\ue000\uf8ff",
    "zero width": "a\u200bb\u200dc\u2060d",
    "a byte-order mark first": "\ufefflecture",
    "no-break spaces": "\u00a0CS\u202f1010\u00a0",
    "line separators": "a\u2028b\u2029c",
    "a replacement character": "a\ufffdb",
    "soft hyphen": "lec\u00adture",
    "ligatures and marks": "ﬁne ﬀ Ĳ ① x² № Ω K Z̷̡̨̛̤̤͚̲͔̍̒̇a̵͓̔l̶̞͌g̴̼͝o",
    "the word null": "null",
    "one letter": "x",
    "digits after zeros": "007",
    "a negative number": "-1",
    "places to fill": "{0} {} {name} %s %d $1 :id {{7*7}} ${7*7} <%= 7 %>",
    "JSON": '{"a":"inner"}',
    "addresses with tags": "ann+zoom@example.org,Ben.O'Neil@EXAMPLE.org",
    "a dozen addresses": ",".join(f"host{number}@example.org" for number in range(12)),
    "words that logs mask": "password=hunter2 secret:abc api_key=1 Bearer a.b.c 4111 1111 1111 1111, S1234567D",
}

FILLERS: Final = {"ASCII": "a", "two-byte": "é", "three-byte": "课", "astral": "🎉", "decomposed": "e\u0301"}
"""Characters to fill a text with: one code point each (two for the last), of different sizes in UTF-8 and UTF-16."""

ENDS: Final = {"a trailing space": " ", "a line feed": "\n", "a NUL": "\0", "CR LF": "\r\n", "a joiner": "\u200d"}
"""What some readers cut off, so that a text that is too long would fit."""

FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")

LEGAL_UUIDS: Final = {
    "in upper case": "0F8FAD5B-D9CB-469F-A165-70867728950E",
    "of version 1": "c232ab00-9414-11ec-b3c8-9f6bdeced846",
    "of version 7": "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
    "of all zeros": "00000000-0000-0000-0000-000000000000",
}


def bad_uuids(legal: str) -> dict[str, str]:
    """What looks like a UUID and is none, made of one: a lenient reader would find that one in most of them."""
    digits = legal.replace("-", "")
    return {
        "in braces": f"{{{legal}}}",
        "as a URN": f"urn:uuid:{legal}",
        "without hyphens": digits,
        "with misplaced hyphens": f"{digits[:9]}-{digits[9:12]}-{legal[14:]}",
        "one digit short": legal[:-1],
        "one digit long": f"{legal}0",
        "with a letter g": f"{legal[:-1]}g",
        "with a letter z first": f"z{legal[1:]}",
        "with a space before": f" {legal}",
        "with a space after": f"{legal} ",
        "with a line feed after": f"{legal}\n",
        "with a NUL after": f"{legal}\0",
        "in full-width digits": legal.translate(FULL_WIDTH),
        "with underscores": legal.replace("-", "_"),
        "that is empty": "",
        "that is the word null": "null",
        "that is a name": "CS1010",
    }


def edits(legal: str) -> Iterator[str]:
    """A text with one edit: a character left out, a separator doubled or replaced, a blank put in, or wrapped."""
    for place, char in enumerate(legal):
        before, after = legal[:place], legal[place + 1 :]
        yield before + after
        yield f"{before} {char}{after}"
        if char == "T" or not char.isalnum():
            yield before + char * 2 + after
            yield from (before + other + after for other in _SEPARATORS if other != char)
    yield from (form.format(legal) for form in _WRAPPINGS)


_SEPARATORS: Final = " .:-/_T"
_WRAPPINGS: Final = ('"{}"', "+{}", "[{}]", "{}.", "{},", "\t{}", "{}\u200b", "\ufeff{}", "0{}")

_LAST_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ENDINGS: Final = """
    Z z +00:00 -00:00 .0Z .5+08:00 .42+08:00 .187+08:00 .1875+08:00 .123456+08:00 .0281072+08:00 .12345678+08:00
    +05:30 +05:45 -03:30 +13:45 +14:00 -12:00 -14:00 +14:01 +23:59 -23:26
"""
"""Fractions and offsets that some readers do not know."""
_MOMENTS: Final = """
    2035-01-18t10:00:00z 2035-01-18t10:00:00+08:00 2035-01-18T23:59:59.9999999+08:00 2035-01-18T00:00:00+08:00
    2035-01-18T07:59:59+08:00 2035-01-18T12:00:00+08:00 2035-01-18T10:00:37+00:01 2035-08-12T05:06:07+08:00
    2036-02-28T23:59:59+08:00 2036-02-29T00:00:00+08:00 2036-02-29T23:45:00Z 2036-03-01T07:59:00+08:00
    2000-02-29T10:00:00Z 1900-02-28T10:00:00Z 2035-12-31T23:59:59Z 2035-12-31T23:30:00-11:00 2036-01-01T00:00:00+14:00
    2036-01-01T07:59:59+08:00 2036-12-31T23:45:00+08:00 2035-06-30T23:59:60Z 2035-07-01T07:59:60+08:00
    2038-01-19T03:14:07Z 2038-01-19T03:14:08Z 1969-12-31T23:59:59Z 1970-01-01T00:00:00Z 2099-12-31T23:59:59Z
    2200-01-01T00:00:00Z 0001-01-01T00:00:00Z 0000-01-01T00:00:00Z 9999-12-31T23:59:59-08:00
"""
"""The ends of days, months, years, leap years, epochs and of what a clock can hold."""
_CHANGES_OF_CLOCKS: Final = "2035-03-25 2027-03-28 2035-10-28 2035-03-11 2035-11-04 2035-10-07 2036-04-06"
"""Days on which clocks are changed where a server might run: London, Berlin, New York, Sydney."""

LEGAL_DATE_TIMES: Final = (
    *(f"2035-01-18T10:00:00{ending}" for ending in _ENDINGS.split()),
    *_MOMENTS.split(),
    *(f"{year}-06-15T10:00:00+08:00" for year in (2027, 2028, 2029, 2030, 2040, 2049, 2050, 2069, 2070, 2079, 2099)),
    *(f"2035-{month:02}-{last}T21:30:00+08:00" for month, last in enumerate(_LAST_DAYS, 1)),
    *(f"2035-{month:02}-01T{month + 7:02}:{month * 5 - 1:02}:{month * 4 - 1:02}+08:00" for month in range(1, 13)),
    *(f"2036-12-{day}T08:00:00+08:00" for day in range(28, 32)),
    *(f"2037-01-{day:02}T08:00:00+08:00" for day in range(1, 5)),
    *(f"2035-05-16T{hour:02}:15:00+08:00" for hour in range(24)),
    *(f"2035-05-16T10:00:00{sign}{hour:02}:00" for sign in "+-" for hour in range(1, 13)),
    *(f"{day}T{hour}:30:00+08:00" for day in _CHANGES_OF_CLOCKS.split() for hour in ("01", "02")),
)

BAD_DATE_TIMES: Final = {
    "without an offset": "2035-01-18T10:00:00",
    "that is a date alone": "2035-01-18",
    "on 30 February": "2035-02-30T10:00:00+08:00",
    "on 29 February 2100": "2100-02-29T10:00:00+08:00",
    "on 31 April": "2035-04-31T10:00:00+08:00",
    "on day 0 of April": "2035-04-00T10:00:00+08:00",
    "in month 0": "2035-00-18T10:00:00+08:00",
    "at hour 24": "2035-01-18T24:00:00+08:00",
    "at minute 60": "2035-01-18T10:60:00+08:00",
    "at second 61": "2035-01-18T10:00:61+08:00",
    "with second 60 in mid-day": "2035-01-18T10:00:60+08:00",
    "with offset 24:00": "2035-01-18T10:00:00+24:00",
    "with an offset without colon": "2035-01-18T10:00:00+0800",
    "with an offset of hours alone": "2035-01-18T10:00:00+08",
    "with a Unicode minus": "2035-01-18T10:00:00−08:00",
    "with Z and an offset": "2035-01-18T10:00:00Z+08:00",
    "with the word UTC": "2035-01-18T10:00:00 UTC",
    "with another letter for its zone": "2035-01-18T10:00:00H",
    "with offset minute 99": "2035-01-18T10:00:00+08:99",
    "with text after it": "2035-01-18T10:00:00+08:00 sharp",
    "with the word UTC before its offset": "2035-01-18T10:00:00UTC+08:00",
    "with a month's name": "2035-Jan-18T10:00:00+08:00",
    "without seconds": "2035-01-18T10:00+08:00",
    "with an empty fraction": "2035-01-18T10:00:00.+08:00",
    "with a decimal comma": "2035-01-18T10:00:00,5+08:00",
    "in basic format": "20350118T100000Z",
    "with a two-digit year": "35-01-18T10:00:00+08:00",
    "with one-digit parts": "2035-1-18T9:00:00+08:00",
    "in American order": "01/18/2035 10:00:00",
    "as a week date": "2035-W03-4T10:00:00Z",
    "as an HTTP date": "Thu, 18 Jan 2035 10:00:00 GMT",
    "with a space after": "2035-01-18T10:00:00+08:00 ",
    "in Arabic digits": "٢٠٣٥-01-18T10:00:00+08:00",
    "that is empty": "",
    "that is the word now": "now",
}

NUMBERS: Final = (
    "{} min",
    "{}m",
    "{},0",
    "+{}",
    "0{}",
    "{}e0",
    "{}L",
    "{}\n",
    "{}x",
    "PT{}M",
    "00:{}:00",
    "00:{}",
    "01:30",
)
"""Texts that a lenient reader takes for a number, which goes where the braces are."""

SPACED_DATE_TIME: Final = "2035-01-18 10:00:00+08:00"
"""RFC 3339's grammar wants a T; its note lets applications use a space."""

BAD_FORMATS: Final = {
    "date": ("2035-02-30", "2035-1-8", "18/01/2035", "20350118", "2035-01-18T00:00:00Z", "2035-13-01", "tomorrow"),
    "time": ("25:00:00Z", "10:00", "10:60:00Z", "10:00:00 PM", "noon"),
    "duration": ("1h", "P", "PT", "90", "P1Y2W"),
    "email": ("ann", "ann@", "@example.org", "ann example.org", "ann@@example.org", "ann@example..org"),
    "idn-email": ("ann", "ann@", "@example.org"),
    "hostname": ("-a.example", "a..example", "under_score.example", "a" * 64 + ".example", "exa mple.org"),
    "ipv4": ("256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "::1", "1.2.3.4/8"),
    "ipv6": ("1.2.3.4", ":::1", "12345::", "fe80::1%eth0", "g::1"),
    "uri": ("example.org", "/path", "http:// example.org", "://x", "http://[x"),
    "uri-reference": ("http://[x", "\\\\host\\share"),
    "regex": ("[", "(", "*a", "a{2,1}"),
    "json-pointer": ("a/b", "/~2", "~"),
    "byte": ("QQ", "QQ=", "Q===", "QUJD!", "Q-_=", "QQ==QQ=="),
}
"""Texts that look like a format and are not of it, by the format's name."""
