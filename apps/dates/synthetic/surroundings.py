"""Context of synthetic dates: quotes, code, sentences, logs, file names and times of day."""

from apps.dates.synthetic import formats

_PAIRS = (
    "''|\"\"|``|\u2018\u2019|\u201c\u201d|„\u201c|„\u201d|«»|‹›|「」|（）|()|[]|{}|<>|**|__|||~~|"
    "''|\"\"|()|[]|'' ''|[[]]|(())"
).split("|")
_OPENING = (
    "' ' \" ` ( [ { < * + = ~ # > | - : , . ; & ^ • → – @ ' \" ' ' \u2018 \u2019 \u201c \ufeff"
).split(" ")
_CLOSING = "' ' \" ` ) ] } > * ~ | - : , . ; ! ? … / \\ _ = & ^ \u2019 \u201d ); ', \",".split(" ")
_KEYS = (
    "date|Date|DATE|ts|TIMESTAMP|timestamp|created|created_at|dob|DOB|d|u|b|r|when|due_date|"
    "start|end|value|datetime|to_date|DateTime|expires|issued|modified|updated|published|"
    "invoice_date|day|DATE|date|valid_from|time|at|birthday|x|row|cell|v|DATEVALUE|CAST|parse|"
    "strptime|Date.parse|new Date|LocalDate.of|as.Date|toDate|str"
).split("|")
_CODE = (
    "{k} '{t}'|{k}('{t}')|{k}(\"{t}\")|{k}='{t}'|{k}={t}|{k}=\"{t}\"|{k}: '{t}'|{k}: \"{t}\"|"
    "\"{k}\": \"{t}\"|'{k}': '{t}'|{k}:'{t}'|{k}:{t}|{k}: {t},|{{{k} '{t}'}}|{{'{t}'}}|"
    "('{t}',)|['{t}']|[\"{t}\"]|{k}'{t}'|{k}\"{t}\"|=\"{t}\"|='{t}'|{{{k}: \"{t}\"}}|"
    '<{k}>{t}</{k}>|<td>{t}</td>|<b>{t}</b>|<time datetime="{t}">|{{{{ {t} }}}}|<{t}>|'
    "[{k}: {t}]|({k} {t})|{k} => '{t}'|{k} == \"{t}\"|'{t}'::{k}|\\'{t}\\'|{k}({t})|@{k}({t})|"
    "#{t}#|${{{t}}}|--{k}={t}|--{k} {t}|&{k}={t}|?{k}={t}"
).split("|")

_LABELS = {
    "en": (
        "Invoice|Order|Bill|Page|Flight|Version|Lot|Ref|Ticket|Receipt|Account|Table|Item|"
        "Batch|Room|Case|File|Policy|Contract|Report|Issue|Delivery|Payment|Train|Seat|Client|"
        "Line|Chapter|Box|Unit|Rev.|Draft|Draw|Game|Meeting|Step|Build|Release|Notice|"
        "Claim|Part|Lecture"
    ),
    "de": (
        "Rechnung|Bestellung|Seite|Auftrag|Zimmer|Beleg|Konto|Lieferschein|Vertrag|Kapitel|Zug|"
        "Nr.|Fassung|Akte"
    ),
    "fr": "Facture|Commande|Page|Article|Vol|Dossier|Contrat|Chambre|Devis|Avis|Compte|Lot|Séance",
    "es": "Factura|Pedido|Página|Vuelo|Contrato|Recibo|Cuenta|Lote|Expediente|Sala",
    "it": "Fattura|Ordine|Pagina|Volo|Contratto|Ricevuta|Conto|Lotto|Pratica|Camera",
    "pt": "Fatura|Pedido|Página|Voo|Contrato|Recibo|Conta|Lote|Processo|Sala",
    "nl": "Factuur|Bestelling|Pagina|Vlucht|Contract|Bon|Rekening|Kamer|Dossier",
    "pl": "Faktura|Zamówienie|Strona|Umowa|Pokój|Rachunek|Partia",
    "sv": "Faktura|Order|Sida|Avtal|Kvitto|Konto",
    "ru": "Счёт|Заказ|Страница|Договор|Рейс|Приказ",
}
_LINKS = {
    "en": (
        "of|on|dated|from|, |: |placed on|signed on|as of|due|was due on|issued|paid on|"
        "arrived|by|until|since|for|valid to|expires|exp|delivered|received on|updated|posted|"
        "at| - | / | | |"
    ),
    "de": "vom|am|, |: |fällig am|bis|seit|den|gültig bis|bezahlt am| ",
    "fr": "du|le|, |: |daté du|jusqu'au|depuis le|émis le|payée le| ",
    "es": "del|de|el|, |: |hasta el|desde el|emitida el| ",
    "it": "del|il|, |: |fino al|dal|emessa il| ",
    "pt": "de|em|, |: |até|desde|emitida em| ",
    "nl": "van|op|, |: |tot|sinds| ",
    "pl": "z dnia|z|, |: |do|od| ",
    "sv": "den|från|, |: |till| ",
    "ru": "от|, |: |до|с| ",
}
_SUBJECTS = (
    "The contract was signed|He was born|She died|They met|We moved|It opened|The shop closes|"
    "It began|Last login|Best before|Born|Published|Posted by anna|Paid|Shipped|Delivery|"
    "Expires|Deadline|Meeting|Your parcel arrived|The concert is|Please reply by|Last modified|"
    "The match was|Signed|Received|Opening|Closing|Updated|Checked in|Check-out|Wedding|"
    "Departure|Return|Release date|Joined|Since|Der Vertrag gilt ab|Geboren|Gültig ab|Stand|"
    "Le contrat a été signé|Né|Fait à Paris|Nacido|Il contratto decorre|Nato|Nascido|"
    "Geboren te Gent|Urodzony|Född|Родился|Valid from|Copyright"
).split("|")
_STARTS = (
    "Effective|Starting|Beginning|From|Until|Ending|Dated this|Given this|Done on|Written|"
    "Printed|Entered|Approved|Revised|Renewed|Cancelled|Booked|Arrival|Check-in|Exam|Trial|"
    "Premiere|Founded|Built|Opened|Closed|Sold|Bought|Filed|Served|Hired|Retired|Married|Died|"
    "Baptized|Buried|Elected|Launched|Landed|Invoice date|Due date|Order date|Ship date|Start|"
    "End|Today|Yesterday was|It is|See you|Call me|Concert|Match|Party|Birthday|Anniversary|"
    "Holiday|Vacation|Visit|Interview|Appointment|Termin|Abgabe|Lieferung|Eingang|Abfahrt|"
    "Ankunft|Beginn|Ende|Geburtstag|Hochzeit|Urlaub|Livraison|Départ|Arrivée|Début|Fin|Mariage|"
    "Anniversaire|Entrega|Salida|Llegada|Inicio|Boda|Consegna|Partenza|Arrivo|Inizio|Nozze|"
    "Saída|Chegada|Início|Levering|Vertrek|Aankomst|Begin|Bruiloft|Dostawa|Wyjazd|Начало|Конец|"
    "Ślub"
).split("|")
_LOGS = (
    '{ip} - - [{t}]|{ip} - - [{t}] "GET / HTTP/1.1" 200|[{t}] ERROR: disk full|'
    "[{t}] {w}: started|{t} INFO start|{t} WARN {w} is slow|<{t}> hello|{t} sshd[2019]: closed|"
    "{t} [{w}] done in 12 ms|ERROR {t} {w} failed|{w} - {t} - ok|{w};{t};12|{w},{t},3.5|"
    "1,{t},{w}|{w}\t{t}\t5|#12 {t} {w}"
).split("|")
_TAILS = (
    ", London, age 40|, Paris|. Thanks!|; see below|, please| in Berlin| (see note)| by mail|"
    " and later|, with 3 guests| Lot: 12345|, page 4|, EUR 12.50| - paid|, ref. AB-12| to all|"
    "!| at home| were sold out|, 5 items|, room 12| / Smith| // done| <br>|, sign here|"
    ", total 99.00|: closed|, Wien| (draft)|, v2| [edited]| was cold| bei Müller|, Nr. 25|"
    " chez nous| en Madrid| | OK|\tOK|; 7; yes|, 3 of 12"
).split("|")

_FILES = (
    "IMG|DSC|VID|PXL|Screenshot|scan|Scan|report|backup|signal|log|WhatsApp Image|photo|"
    "invoice|db|dump|TR|v2|data|export|notes|Screen Shot|video|doc|minutes|ticket|PANO|"
    "statement|mail|access|error|build|DEC|MAR|release|meeting_notes|cam1|file3|part-01|A4|x86"
).split("|")
_EXTENSIONS = (
    ".jpg .png .pdf .txt .md .csv .log .tar.gz .zip .JPG .jpeg .xlsx .mp4 .sql .html".split()
)
_SLUGS = (
    "my-post|final|v2|copy|1|02|(1)|draft|001|edited|new|hello-world|part-0001|HDR|en|backup|s12"
).split("|")


def in_quotes(random, text):
    """Returns a text in quotes, brackets or code, or with a stray mark at one end."""
    kind = random.random()
    if kind < 0.35:
        pair = random.choice(_PAIRS)
        half = len(pair) // 2
        return f"{pair[:half].strip()}{text}{pair[half:].strip()}"
    if kind < 0.6:
        if random.random() < 0.6:
            return f"{random.choice(_OPENING)}{random.choice(('', '', '', ' '))}{text}"
        return f"{text}{random.choice(('', '', '', ' '))}{random.choice(_CLOSING)}"
    return random.choice(_CODE).format(k=random.choice(_KEYS), t=text)


def in_sentence(random, text, locale, short_year):
    """Returns a text after a label, number or clause, or before one.

    Args:
        random: `random.Random`.
        text: string, the date.
        locale: string.
        short_year: bool. Whether the year has two digits. Numbers next to it could be read as part
            of the date, so that words separate them.
    """
    language = locale.split("_")[0]
    language = language if language in _LABELS and random.random() < 0.7 else "en"
    kind = random.random()
    before = after = ""
    if kind < 0.12:
        words = random.choice(formats.vocabulary(locale)).split(" ")[0]
        before = f"{random.choice((*_STARTS, *_STARTS, words))} "
    elif kind < 0.3:
        before = random.choice(_SUBJECTS) + random.choice((" ", " ", ": ", " on ", ", "))
    elif kind < 0.75:
        label = random.choice(_LABELS[language].split("|"))
        if random.random() < 0.3:
            label = random.choice(formats.vocabulary(locale))
        label += random.choice((" ", " ", " ", " no. ", " #", ": ", " Nr. ", " n\u00b0 ", " No. "))
        if short_year or random.random() < 0.15:
            label = label.split(" ")[0].rstrip(":") + " "
        else:
            label += _number(random) + " "
        links = [link.strip() for link in _LINKS[language].split("|")]
        links = [link for link in links if link != "-" or not text[:1].isdigit()]  # a span
        link = random.choice([link for link in links if link.isalpha()] if short_year else links)
        before = f"{label}{link} " if link[:1] not in (",", ":") else f"{label.strip()}{link} "
    elif kind < 0.85 and not short_year:
        before = random.choice(("#", "", "No. ", "$", "\u20ac", "(", "+")) + _number(random)
        dash = " on " if text[:1].isdigit() else " - "  # "13 - 11 May" is a span
        before += random.choice((" ", ", ", ") ", " on ", dash, ": ", "; ", "\t"))
    if not before or (random.random() < 0.35 and not short_year):
        after = random.choice(_TAILS)
    return f"{before}{text}{after}"


def _number(random):
    kind = random.randrange(8)
    if kind == 0:
        return f"{random.randrange(10_000) / 100:.2f}".replace(".", random.choice(".,"))
    if kind == 1:
        return (
            f"{random.choice('ABCDEFGHKMNPRTX')}{random.choice('ABCKX')}{random.randrange(1, 1000)}"
        )
    if kind == 2:
        return f"{random.randint(2000, 2026)}-{random.randrange(10_000):04}"
    if kind == 3:
        return f"{random.randint(1, 12)}.{random.randrange(10)}"
    if kind == 4:
        return f"{random.randint(1, 9)} of {random.randint(9, 40)}"
    if kind == 5:
        return (
            f"{random.choice(('BA', 'LH', 'AF', 'INV-', 'PO-', 'X'))}{random.randrange(10, 5000)}"
        )
    return str(random.randrange(1, 10 ** random.choice((1, 2, 3, 5, 6))))


def in_log(random, text, locale):
    """Returns a text as part of a log line."""
    word = random.choice(formats.vocabulary(locale)).split(" ")[0]
    address = ".".join(str(random.randrange(256)) for _ in range(4))
    return random.choice(_LOGS).format(t=text, w=word, ip=address)


def in_file_name(random, text, *, alone=False):
    """Returns a file name or path with a numeric date, often followed by a time or counter.

    With `alone`, nothing but the extension follows, as an incomplete date needs: a counter could
    be read as its day.
    """
    compact = text.isdigit()
    glue = random.choice("_-") if random.random() < 0.85 else random.choice((" ", "."))
    before = after = ""
    if random.random() < 0.75:
        name = random.choice(_FILES)
        bare = compact and name[-1].isalpha() and random.random() < 0.2
        before = name + ("" if bare else glue)
    kind = 1 if alone else random.random()
    clock = (random.randrange(24), random.randrange(60), random.randrange(60))
    if kind < 0.35:
        inner, join = (
            random.choice(("", "", "-", ".", "_")),
            random.choice(("_", "-", " ", " at ", "T")),
        )
        parts = 3 if join == "-" else random.choice((2, 3, 3))  # four digits may be a number
        after = join + inner.join(f"{value:02}" for value in clock[:parts])
    elif kind < 0.65:
        after = glue + random.choice(_SLUGS)
    ending = random.choice(_EXTENSIONS) if random.random() < 0.75 else ""
    path = f"{before}{text}{after}{ending}"
    if random.random() < 0.15:
        root = random.choice(
            ("/var/log/", "s3://bucket/", "C:\\docs\\", "~/", "./", "https://x.org/")
        )
        path = root + path
    return path


def as_path(random, year, month, day):
    """Returns a path with directories for year, month and day."""
    join = random.choice("///\\")
    root = random.choice(("", "logs/", "s3://bucket/", "/data/", "photos/", "https://example.com/"))
    end = random.choice(("", "/", "/part-0001", "/index.html", "/img.jpg", "/my-post", "/a.csv"))
    return (root + f"{year}/{month:02}/{day:02}" + end).replace("/", join)


_TIME_WORDS = {
    "en": "at {}|{} hrs|{} h|@ {}|{} o'clock",
    "de": "um {} Uhr|{} Uhr|, {} Uhr|{} h",
    "fr": "à {}|à {} h|{}h|vers {}",
    "es": "a las {}|{} h|{} horas",
    "it": "ore {}|alle {}|alle ore {}|h {}",
    "pt": "às {}|às {}h|{}h",
    "nl": "om {} uur|{} uur|om {}",
    "da": "kl. {}|kl {}",
    "nb": "kl. {}|kl {}|klokken {}",
    "sv": "kl. {}|kl {}|klockan {}",
    "fi": "klo {}|kello {}",
    "pl": "godz. {}|o {}|, godz. {}|o godz. {}",
    "cs": "v {}|v {} hod.",
    "ru": "в {}|{} ч.",
    "tr": "saat {}",
    "hu": "{} óra",
    "ro": "ora {}|, ora {}",
}


def time(random, locale, bare):
    """Returns a time of day as people write it.

    Args:
        random: `random.Random`.
        locale: string. Its words for the clock may surround the time.
        bare: bool. Whether the time may be only an hour, or only four or six digits.
    """
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    short = random.choice((f"{hour:02}:{minute:02}", f"{hour}:{minute:02}", f"{hour}.{minute:02}"))
    kind = random.random()
    if kind < 0.15:
        hour = hour % 12 + 1
        parts = (f"{hour}", f"{hour}:{minute:02}", f"{hour}.{minute:02}")
        half = random.choice(("am", "pm", "AM", "PM", "a.m.", "p.m.", "A.M."))
        text = random.choice((*parts, f"{hour}:{minute:02}:{second:02}"))
        return f"{text}{random.choice((' ', ''))}{half}"
    if kind < 0.25:
        hours = (f"{hour}h{minute:02}", f"{hour}h", f"{hour:02}h{minute:02}", f"{hour} h")
        return random.choice((*hours, f"{hour}H"))
    if kind < 0.4:
        language = locale.split("_")[0]
        words = _TIME_WORDS.get(language, _TIME_WORDS["en"]).split("|")
        return random.choice(words).format(random.choice((short, str(hour), short)))
    if bare and kind < 0.52:
        digits = f"{hour:02}{minute:02}"
        endings = ("", "", f"{second:02}", "Z", " hrs")
        return random.choice((*(digits + ending for ending in endings), f"{hour}"))
    return short if kind < 0.65 else clock(random)


def clock(random):
    """Returns a time with seconds, sometimes with their fraction and a time zone."""
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    text = random.choice(("{:02}:{:02}:{:02}",) * 4 + ("{:02}.{:02}.{:02}",))
    text = text.format(hour, minute, second)
    if random.random() < 0.2:
        digits = random.choice((3, 3, 6))
        text += (
            f"{random.choice('.,') if digits == 3 else '.'}{random.randrange(10**digits):0{digits}}"
        )
    return text + random.choice(_ZONES)


_ZONES = ("||||Z| UTC| GMT|+01:00| -0500| CET| +0800|+02| EST| (UTC)").split("|")


def military(random, year, month, day):
    """Returns a date and time in military notation."""
    clock = f"{random.randrange(24):02}{random.randrange(60):02}"
    name = formats.names("en").months["MMM"][month][0][:3].upper()
    short = f"{year % 100:02}" if 1950 <= year <= 2049 and random.random() < 0.7 else str(year)
    kind = random.choice(
        ("{d}{t}Z {m} {y}", "{d} {t}Z {m} {y}", "{d}{t}{m}{y}", "{d}{t}Z{m}{y}", "{d} {t} {m} {y}")
    )
    return kind.format(d=f"{day:02}", t=clock, m=name, y=short)
