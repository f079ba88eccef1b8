"""Synthetic texts that name no single day: incomplete dates and texts that resemble dates."""

import functools
import re
import unicodedata

from babel import localedata

from apps.dates.synthetic import formats, words

# Locales that are never trained on: the names of their months are ordinary words here.
_STRANGERS = (
    "ne si km lo my am mn ky te kn ml pa or uz ti zu xh yo so rw mt fo br gd os ug dz".split()
)
_UNITS = (
    "EUR USD CHF % kg km cm mm m g mg ml l oz lb ft in mph km/h C F GB MB kB ms s min h kWh V "
    "W px dpi pcs points euros dollars pounds days weeks years hours minutes items pages "
    "people guests stars goals votes Stück Tage Jahre Wochen ans jours mois años días anni "
    "giorni dagen jaar dni lat"
).split()
_CURRENCIES = "€ $ £ ¥ US$ CHF EUR USD A$ Rs R$ kr zł ₹ £".split()
_LABELS = (
    "version|v|v.|ver.|Version|release|rev|build|firmware|Python|kernel|nginx/|node|Ubuntu|"
    "Android|iOS|Java|Chrome/|PostgreSQL|Django|libfoo-|numpy==|openssl|php-|macOS|Windows|SDK|"
    "driver|jquery-|redis:|Art.|art.|§|§§|Sec.|Section|sec.|Fig.|fig.|Figure|Table|Tab.|Clause|"
    "Chapter|Ch.|Abs.|Kap.|No.|Nr.|no.|n°|ISBN|ISSN|ZIP|PLZ|CP|PO|P.O.|Ref|ref.|SKU|Part|Item|"
    "Lot|ID|id|#|Tel.|tel|Fax|Phone|IP|Room|Zimmer|Raum|Apt.|Suite|Gate|Bus|Line|Flight|Seat|"
    "Row|Invoice|Order|Ticket|Account|IBAN|VAT|score|Score|set|Set|ratio|scale|size|Size|DIN|"
    "ISO|EN|RFC|IEEE|Psalm|John|Luke|Matthew|Gen.|Opus|op.|BWV|KV|Symphony No.|model|Model|"
    "Type|Level|step|Step|lat|lon|N|S|E|W|chapter|page|p.|pp.|vol.|S."
).split("|")
_OTHER_CALENDARS = (
    "Muharram Safar Rajab Shaaban Ramadan Shawwal Nisan Iyar Sivan Tammuz Elul Tishrei "
    "Cheshvan Kislev Tevet Shevat Adar Chaitra Vaisakha Jyeshtha Ashadha Shravana Bhadra "
    "Ashvin Kartik Magha Phalguna Vendémiaire Brumaire Frimaire Nivôse Pluviôse Ventôse "
    "Germinal Floréal Prairial Messidor Thermidor Fructidor Farvardin Khordad Tir Mordad Mehr "
    "Aban Azar Bahman Esfand Thout Paopi Hathor Koiak Meskerem"
).split()
_THINGS = (
    "District|Ocean's|Euro|World Cup|Top|GPT|Apollo|Catch|Area|Route|Boeing|Airbus|Super Bowl|"
    "Formula|iPhone|Galaxy|Xbox|Rocky|Toy Story|Fast|Saw|Die Hard|Studio|Chanel|Group|Team|"
    "Class|Grade|Stage|Track|Season|Episode|Round|Matchday|Part|Volume|Office|Model|Mark|Expo|"
    "Agenda|Vision|Horizon|Olympia|Platz|Gruppe|Runde|Etappe|Saison|Folge|Manche|Journée|"
    "Jornada|Giornata|Fase|Ligue|Serie|Liga"
).split("|")
_NEAR_MONTHS = (  # words that begin as month names do
    "Mayor Mayhem Maybe Marching Market Marble Martin Juniper Junior Julius Augustine "
    "Septic Octagon Octet Novel Decade Decor Jungle Juice Aprilia Marathon Novice Sephora "
    "Octopus Decimal Janitor Margin Marion Jupiter Maypole Marzipan Junker Marsch Dezibel"
).split()
_SURNAMES = (
    "Jones Smith Wilson Carter Lee Brown Müller Rossi García Silva Novak Kim Ivanova Dupont "
    "Weber Hill"
).split()
# `#` is any digit; the fields are those of `_numbers`.
_NUMBERS = (
    "{l}{s}|{l}{s}|{l}{s}|{l}{s}|{l}{s}|{l}{s}|{l}{s}|{s}-beta|{s}-rc#|v{s}|{l}{s}b#|"
    "{y}{g}{v}{g}{w}|{v}{g}{w}{g}{y}|{l}{i}.{j}|{l}{s}.{o}|{l}{s}/{o}|{l}######|{l}######|"
    "{l}######|{l}#####|{l}########|{l}{y}-###|{l}{y}-{m:02}-####|{l}{y}/{j}|{n} {s}|{n}-{s}|"
    "{n} {i}.{j}|{n} {s}|{n} {i}|{t} {p}|{t}{p}|{p} {t}|{p}{t}|{t} {s}|{t}{s}|{s} {u}|{s} {u}|"
    "{s}{u}|{f} {u}|{f} {u}|{f}{u}|{i} {u} {s}|{a}.{b}.{c}.{e}|{a}.{b}.{c}.{e}|{i}.{j}.{k}.{o}|"
    "10.{i}.{j}.{k}|192.168.{a}.{b}|{a}.{b}.{c}.{e}:####|{a}.{b}.{c}.{e}/24|2001:db8::{a}|"
    "fe80::{a}:{b}|#-#-#|#.#.#|#/#/#|#-#|# # #|{i} x {j} x {k}|{i} x {j} x {k} cm|"
    "{i}x{j}x{k} mm|{i}×{j}|{i}:{j:02}|{i}:{j:02}.{k:02}|{i}:{j:02}:{k:02}|{i},{j},{k}|"
    "{i},{j:02} {o}|{i}, {j}, {k}, {o}|N {i} {j} {k}|{i}° {j}' {k}\"|"
    "{i}.{j:02}° N, {k}.{o:02}° E|{i:02}-{j:02}-{y}-####|{y}-{m:02}-####|INV-{y}-{m:02}-####|"
    "{y}-####|{y}/####|{y}/##/EU|CVE-{y}-####|+## ### ####|0###/######|###-###-####|"
    "(###) ###-####|## ## ## ## ##|#### #### #### ####|{x}{g}{z}{g}{y}|{d}{g}{x}{g}{y}|"
    "{x}{g}{m:02}{g}{y}|{y}{g}{x}{g}{d}|{y}{g}{m:02}{g}{x}|{x} {M} {y}|v#.{j}.{k}|v#.{j}|"
    "#######|#####|###########|{p} {u}|{p} {u}|{a}-{b}|{a}:{b}|{a}:{b} AET|{i}:{j:02} Uhr|"
    "{i}.{j:02} Uhr|978-#-##-######-#|#####-####|{i}/{j}|{i} of {j}|{i}%|{i}-{j}-{k} win|"
    "{y} {i}-{j}|{i}-{j} {y}|{l}{i}-{j}, {y}|{n} {i}, {j}|{n} {i}:{j}-{k}|{n} {i}/{y}|"
    "{l}{i}({j}), {k}|{i}({j}):{k}-{o}, {y}|{n} {y}, {i}|{i} {n}, {j} {n}|{i}+{j}={k}|"
    "{i}/{j}/{k}/{o}|{d} {M} {i:02}:{j:02}|{M} {d} {i:02}:{j:02}:{k:02}|"
    "{M} {d} {i:02}:{j:02}:{k:02} {n}[{y}]: {n}|{i:02}:{j:02} {M} {d}|{d}.{m}., {i}:{j:02} Uhr|"
    "{m}/{d} {i}:{j:02}"
).split("|")
_WITHOUT_DAY = (
    "end of {M} {y}|late {M} {y}|early {M} {y}|mid {M} {y}|mid-{M} {y}|beginning of {M} {y}|"
    "{M} {y} issue|{M} {y} issue {d}|{M} {y} edition {d}|"
    "{M} {y}, no. {d}|first week of {M} {y}|{n}th week of {M} {y}|week {w}, {y}|week {w} {y}|"
    "W{w} {y}|{y}-W{w:02}|{y}W{w:02}|{y}-W{w:02}-{n}|wk {w}/{y}|KW {w}/{y}|KW {w} {y}|"
    "KW{w}/{y}|semaine {w}, {y}|semana {w} de {y}|Q{q} {y}|{y} Q{q}|{q}. Quartal {y}|{q}Q{y}|"
    "{q}rd quarter {y}|{q}e trimestre {y}|{q}T {y}|H{h} {y}|{y}-{n3:03}|{y}/{n3:03}|"
    "{y}.{n3:03}|{y}{n3:03}|{m:02}/{y}|{m}/{y}|{m:02}.{y}|{m:02}-{y}|{m:02} {y}|{m}.{y}|"
    "{y}/{m:02}|{y}.{m:02}|{y}-{m:02}|{m:02}/{yy:02}|{m:02}-{yy:02}|{d:02}/{yy:02}|"
    "exp {m:02}/{yy:02}|exp. {m:02}/{y}|valid thru {m:02}/{yy:02}|valid until {m:02}/{y}|"
    "gültig bis {m:02}/{y}|{M} '{yy:02}|{M}-{yy:02}|{M} {y}|{M}, {y}|{M}/{y}|{M} of {y}|"
    "{M} {y}.|in {M} {y}|since {M} {y}|since {y}|Ende {M} {y}|Anfang {M} {y}|Mitte {M} {y}|"
    "fin {M} {y}|début {M} {y}|mi-{M} {y}|finales de {M} de {y}|fine {M} {y}|eind {M} {y}|"
    "koniec {M} {y}|{d} {M}|{M} {d}|{d}. {M}|{d}/{m}|{d}.{m}.|{d:02}.{m:02}|{d}-{m}|{M} {d}th|"
    "the {d}th of {M}|the {d}th|{E} {d}|{E}, {M} {d}|{E} {d} {M}|{E} {d} {y}|{E} {d}, {y}|"
    "{y} {E}|{E} {M} {y}|summer {y}|winter {y}/{yy:02}|spring of {y}|FY{yy:02}|FY {y}|"
    "season {y}/{yy:02}|{y}-{yy:02}|{y}/{yy:02}|{y}-{y2}|{y}–{y2}|{y} to {y2}|the {y0}s|"
    "{c}th century|Easter {y}|Christmas {y}|{M} {y} - {M} {y2}|weekend of {M} {y}|"
    "1st half of {y}|last day of {M} {y}|{n} days in {M} {y}|{M} {y}, page {d}|{d} x {y}"
).split("|")
_SPANS = (
    "{d}-{e} {M} {y}|{d}–{e} {M} {y}|{d} - {e} {M} {y}|{d} to {e} {M} {y}|{d}/{e} {M} {y}|"
    "{d} & {e} {M} {y}|{d} and {e} {M} {y}|from {d} to {e} {M} {y}|{d}. - {e}. {M} {y}|"
    "{d}.-{e}. {M} {y}|{d}. bis {e}. {M} {y}|{d}. und {e}. {M} {y}|vom {d}. bis {e}. {M} {y}|"
    "du {d} au {e} {M} {y}|{d} au {e} {M} {y}|{d} et {e} {M} {y}|{d} al {e} de {M} de {y}|"
    "del {d} al {e} {M} {y}|dal {d} al {e} {M} {y}|{d} t/m {e} {M} {y}|od {d} do {e} {M} {y}|"
    "{M} {d}-{e}, {y}|{M} {d}–{e}, {y}|{M} {d} - {e}, {y}|{M} {d} to {e}, {y}|"
    "{M} {d} and {e}, {y}|{M} {d} – {N} {e}, {y}|{M} {d} - {N} {e}, {y}|{M} {d} to {N} {e} {y}|"
    "{d} {M} - {e} {N} {y}|{d} {M} – {e} {N} {y}|{d} {M} to {e} {N} {y}|"
    "{d}. {M} - {e}. {N} {y}|{d}. {M} bis {e}. {N} {y}|{d} {M} au {e} {N} {y}|{d}.-{e}.{m}.{y}|"
    "{d:02}.-{e:02}.{m:02}.{y}|{d}-{e}/{m}/{y}|{d}.{m}.-{e}.{m2}.{y}|"
    "{d:02}.{m:02}. - {e:02}.{m2:02}.{y}|{d}/{m}-{e}/{m2}/{y}|{d}/{m} - {e}/{m2} {y}|"
    "{y}-{m:02}-{d:02}/{e:02}|{y}-{m:02}-{d:02}..{e:02}|{y}年{m}月{d}日-{e}日|"
    "{y}/{m:02}/{d:02}-{e:02}|between {d} and {e} {M} {y}|either {d} or {e} {M} {y}|"
    "{d}, {e} {M} {y}|{d} or {e} {M} {y}"
).split("|")
_AGES = (
    "{M} {s}, {n}|{M} {s} {n}|{M} {s} ({n})|{s}, {M} {n}|{M} {s}, {y}|{s} {M}, {n}|"
    "I {M} leave on {n}|we {M} meet {n}|{M} {n} people|{M} has {n} days|{n} people in {M}|"
    "{M}: {n}|{M} {s}|Mr {M} {n}|{M} Street {n}|{n} {M} Avenue|{n} {M} Road, {s}|"
    "Rue du {d} {M}|Platz des {d}. {M}|{M} {n}-{d}|{M} Fund {y}|Miss {M} {y}|{M} vs {s} {d}-{n}"
).split("|")


@functools.cache
def _plain(word):
    letters = unicodedata.normalize("NFKD", word).casefold()
    return "".join(letter for letter in letters if letter.isalpha())


@functools.cache
def _months():
    """Returns the month names that are trained on, without accents and periods."""
    return {
        _plain(name)
        for locale in formats.LOCALES
        for forms in formats.names(locale).months.values()
        for names in forms.values()
        for name in names
    }


@functools.cache
def _strange_months():
    """Returns month names of locales that are never trained on."""
    names = set()
    for locale in _STRANGERS:
        if not localedata.exists(locale):
            continue
        wide = localedata.load(locale)["months"]["format"]["wide"]
        names |= {name for name in map(str, wide.values()) if any(map(str.isalpha, name))}
    return sorted(name for name in names if not is_month(name))


@functools.cache
def is_month(word):
    """Returns whether a word is a Roman month, or is, starts or begins a name trained on."""
    plain = _plain(word)
    if plain in _months() or plain.upper() in words.ROMAN:
        return True
    return len(plain) > 2 and any(
        name.startswith(plain) or plain.startswith(name) for name in _months() if len(name) > 2
    )


def no_month(random, locale):
    """Draws a word that is not a month name."""
    while True:
        kind = random.random()
        if kind < 0.3:
            word = random.choice(random.choice(formats.vocabulary(locale)).split())
        elif kind < 0.45:
            word = random.choice(_UNITS)
        elif kind < 0.6:
            word = random.choice(_OTHER_CALENDARS)
        elif kind < 0.75:
            word = random.choice(_strange_months())
        elif kind < 0.85:
            parts = random.choices(
                ("ba", "ko", "mi", "ter", "lu", "san", "gor", "ni", "ve", "ri", "sto", "pe", "ka"),
                k=random.randint(2, 3),
            )
            word = "".join(parts)
        else:
            word = random.choice(_THINGS)
        if word and not is_month(word):
            return (
                word
                if random.random() < 0.8
                else random.choice((word.upper(), word.lower(), word.capitalize()))
            )


def nonsense(random, locale):
    """Draws a text that names no single day."""
    year, month, day = random.randint(1900, 2099), random.randint(1, 12), random.randint(1, 28)
    kinds = random.choices(_KINDS, weights=_WEIGHTS)[0]
    return kinds(random, locale, year, month, day)


def _month(random, locale, month):
    return random.choice(formats.names(locale).months[random.choice(("MMM", "MMMM"))][month])


def _weekday(random, locale, day):
    """Draws the name of a weekday that is not also a month, as the Italian "mar" is."""
    name = random.choice(formats.names(locale).weekdays[random.choice(("E", "EEEE"))][day % 7])
    return formats.names("en").weekdays["EEEE"][day % 7][0] if is_month(name) else name


def _digits(random):
    return random.randrange(10 ** random.choice((1, 2, 3, 5, 7, 9, 10, 12)))


def _words(random, locale, year, month, day):
    some = random.choices(formats.vocabulary(locale), k=random.choice((1, 1, 2, 3)))
    letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(1, 12)))
    return random.choice(
        (
            " ".join(some),
            " ".join(some),
            f"{some[0]} {_digits(random)}",
            f"{some[0]} {year}",
            f"{' '.join(some)} {year}",
            letters,
            f"{letters} {some[0]} {day} {letters}",
            f"{some[0]}, {_month(random, locale, month)}",
            "",
            random.choice("?!.-/,:; ") * random.randint(1, 6),
            _month(random, locale, month),
            random.choice(formats.names(locale).weekdays["EEEE"][month % 7]),
            f"{year}",
            f"{_digits(random)}",
            f"{some[0]} {day}",
            f"{day} {some[0]}",
        )
    )


def _filled(templates):
    def fill(random, locale, year, month, day):
        other = random.randint(1, 12)
        return random.choice(templates).format(
            y=year,
            y2=year + random.randint(1, 9),
            y0=year // 10 * 10,
            yy=year % 100,
            m=month,
            m2=min(month + 1, 12),
            d=day,
            e=day + random.randint(1, 3),
            w=random.randint(1, 52),
            n=random.randint(1, 99),
            n3=random.randint(1, 366),
            q=random.randint(1, 4),
            h=random.randint(1, 2),
            c=random.randint(11, 21),
            s=random.choice(_SURNAMES),
            M=_month(random, locale, month),
            N=_month(random, locale, other),
            E=_weekday(random, locale, month),
        )

    return fill


def _with_no_month(random, locale, year, month, day):
    """Returns a day, a word that is not a month, and a year, in any order."""
    word = no_month(random, locale)
    if random.random() < 0.1:
        word = random.choice(_NEAR_MONTHS)
    elif random.random() < 0.25:
        word = random.choice("J M Ma Ju A S D N F No De Se Oc Ja Fe Mo Tu".split())
    elif random.random() < 0.15:
        word = _weekday(random, locale, month)
    year = year if random.random() < 0.85 else f"{year % 100:02}"
    return random.choice(
        (
            f"{day} {word} {year}",
            f"{day}. {word} {year}",
            f"{word} {day} {year}",
            f"{word} {day}, {year}",
            f"{day}-{word}-{year}",
            f"{year} {word} {day}",
            f"{day} {word}, {year}",
            f"{day}/{word}/{year}",
            f"{word} {day} ({year})",
            f"{word}-{day} {year}",
            f"{day} of {word} {year}",
            f"{word} {day}",
        )
    )


def _numbers(random, locale, year, month, day):
    """Returns a version, price, address, size, score or reference: numbers with separators."""
    numbers = [random.choice((random.randrange(10), random.randrange(256))) for _ in range(4)]
    small = [random.randint(0, 31) for _ in range(4)]
    label, mark = random.choice(_LABELS), random.choice("...-/,:")
    glue = "" if label[-1] in "/-=:#" else random.choice(("", " ", " ", " ", " ", ": "))
    like_date = (small[0] or 1, max(small[1] % 13, 1), random.choice((small[2], small[3] * 3)))
    pads = random.choice(((1, 1, 1), (2, 2, 2), (1, 1, 2), (2, 1, 2)))
    text = random.choice(_NUMBERS).format(
        l=label + glue,
        s=mark.join(f"{each:0{pad}}" for each, pad in zip(like_date, pads, strict=True)),
        n=no_month(random, locale),
        u=random.choice(_UNITS),
        t=random.choice(_CURRENCIES),
        p=random.choice(
            ("{i}.{j:02}", "{i},{j:02}", "{i}.0{k}", "{i},###.{j:02}", "{i}.###,{j:02}")
        ).format(i=numbers[0], j=random.randrange(100), k=small[3] % 10),
        f=random.choice((f"{day} {_month(random, locale, month)} {year}", f"{day}.{month}.{year}")),
        a=numbers[0],
        b=numbers[1],
        c=numbers[2],
        e=numbers[3],
        i=small[0],
        j=small[1],
        k=small[2],
        o=small[3],
        x=random.randint(32, 99),
        z=random.randint(13, 99),
        v=random.randint(13, 31),
        w=random.randint(13, 31),
        g=random.choice("-/."),
        M=_month(random, locale, month),
        y=year,
        m=month,
        d=day,
    )
    return re.sub("#", lambda _: str(random.randrange(10)), text)


_BEFORE_CHRIST = (
    "BC|BCE|B.C.|bc|v. Chr.|av. J.-C.|a.C.|a. C.|aC|p.n.e.|f.Kr.|f. Kr.|v.Chr.|до н. э.|"
    "до н.э.|eKr.|př. n. l.|i.e.n.|M.Ö."
).split("|")


def _before_christ(random, locale, year, month, day):
    name = _month(random, locale, month)
    era, year = (
        random.choice(_BEFORE_CHRIST),
        random.choice((random.randint(1, 99), random.randint(100, 3000))),
    )
    return random.choice(
        (
            f"{day} {name} {year} {era}",
            f"{name} {day}, {year} {era}",
            f"{day}. {name} {year} {era}",
            f"{name} {year} {era}",
            f"{day}/{month}/{year} {era}",
            f"{day:02}.{month:02}.{year} {era}",
            f"{year} {era}",
        )
    )


def _empty_date(random, locale, year, month, day):
    """Returns the first or last date of databases and programs, or a day or month 0."""
    zero = random.choice(("-", "/", "."))
    text = random.choice(
        (
            f"0000{zero}00{zero}00",
            f"00{zero}00{zero}0000",
            f"{year}{zero}00{zero}00",
            f"{year}{zero}{month:02}{zero}00",
            f"{year}{zero}00{zero}{day:02}",
            f"00{zero}{month:02}{zero}{year}",
            f"0{zero}{month}{zero}{year}",
            f"{day:02}{zero}00{zero}{year}",
            f"{day}{zero}0{zero}{year}",
            f"0 {_month(random, locale, month)} {year}",
            f"{_month(random, locale, month)} 0, {year}",
            f"00{zero}00{zero}{year}",
            "0001-01-01",
            "01/01/0001",
            "0001-01-01T00:00:00",
            "1/1/0001 12:00:00 AM",
            "9999-12-31",
            "31.12.9999",
            "99999999",
            "00000000",
            "0000-00-00 00:00:00",
            "12/31/9999",
        )
    )
    return text


_KINDS = (
    _words,
    _filled(_WITHOUT_DAY),
    _filled(_SPANS),
    _filled(_AGES),
    _with_no_month,
    _numbers,
    _before_christ,
    _empty_date,
)
_WEIGHTS = (18, 22, 12, 5, 15, 22, 3, 3)
