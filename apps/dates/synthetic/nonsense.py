"""Synthetic texts that are not dates, or not complete dates."""

from apps.dates.synthetic import formats


def nonsense(random, locale):
    """Draws a text that is not a date: words, numbers, times, or an incomplete date."""
    year, month, day = random.randint(1900, 2099), random.randint(1, 12), random.randint(1, 28)
    words = formats.names(locale)
    a_month = random.choice(words.months[random.choice(("MMM", "MMMM"))][month])
    a_weekday = random.choice(words.weekdays[random.choice(("E", "EEEE"))][month % 7])
    some = random.choices(formats.vocabulary(locale), k=random.choice((1, 1, 2, 3)))
    number = random.randrange(10 ** random.choice((1, 2, 3, 5, 7, 9, 10, 12)))
    parts = [random.randrange(256) for _ in range(4)]
    letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(1, 12)))
    return random.choice(
        (
            " ".join(some),
            " ".join(some),
            f"{some[0]} {number}",
            f"{some[0]} {year}",
            f"{' '.join(some)} {year}",
            f"{a_month} {year}",
            f"{day}-{day + 3} {a_month} {year}",
            f"{day} \u2013 {day + 3} {a_month} {year}",
            f"{a_month} {day}-{day + 3}, {year}",
            f"{day} {a_month}",
            f"{a_month} {day}",
            a_month,
            a_weekday,
            f"{a_weekday} {day}",
            f"{year}",
            f"{year}-{month:02}",
            f"{day}/{month}",
            f"{number}",
            f"{number / 100:.2f} {random.choice(('EUR', 'USD', '%', 'kg', 'km'))}",
            f"{random.randrange(24)}:{random.randrange(60):02}",
            f"+{number} {random.randrange(1000)} {random.randrange(10000)}",
            f"{parts[0]}.{parts[1]}.{parts[2]}.{parts[3]}",
            f"v{random.randrange(9)}.{random.randrange(30)}.{random.randrange(99)}",
            f"{random.randint(32, 99)}/{random.randint(13, 99)}/{year}",
            f"{day}/{random.randint(32, 99)}/{year}",
            f"{letters}",
            f"{letters} {random.choice(some)} {day} {letters}",
            f"{random.choice(some)}, {a_month}",
            "",
            random.choice("?!.-/,:; ") * random.randint(1, 6),
        )
    )
