"""Words in and around written dates that are not in CLDR."""

_ENGLISH_ORDINAL = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
ORDINALS = {
    "en": lambda day: f"{day}{_ENGLISH_ORDINAL.get(day, 'th')}",
    "fr": lambda day: "1er" if day == 1 else f"{day}e",
    "es": lambda day: f"{day}.\u00ba",
    "it": lambda day: f"{day}\u00ba",
    "pt": lambda day: f"{day}\u00ba",
    "nl": lambda day: f"{day}e",
    "sv": lambda day: f"{day}:{'a' if day % 10 in (1, 2) and day not in (11, 12) else 'e'}",
}

DAY_WORDS = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
    "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth "
    "twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth "
    "twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first",
    "es": "primero dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "diecis\u00e9is diecisiete dieciocho diecinueve veinte veintiuno veintid\u00f3s "
    "veintitr\u00e9s veinticuatro veinticinco veintis\u00e9is veintisiete veintiocho veintinueve "
    "treinta treinta_y_uno",
    "fr": "premier deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf vingt vingt_et_un vingt-deux vingt-trois vingt-quatre "
    "vingt-cinq vingt-six vingt-sept vingt-huit vingt-neuf trente trente_et_un",
    "it": "primo due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
    "quattordici quindici sedici diciassette diciotto diciannove venti ventuno ventidue "
    "ventitr\u00e9 ventiquattro venticinque ventisei ventisette ventotto ventinove trenta trentuno",
    "pt": "primeiro dois tr\u00eas quatro cinco seis sete oito nove dez onze doze treze catorze "
    "quinze dezesseis dezessete dezoito dezenove vinte vinte_e_um vinte_e_dois vinte_e_tr\u00eas "
    "vinte_e_quatro vinte_e_cinco vinte_e_seis vinte_e_sete vinte_e_oito vinte_e_nove trinta "
    "trinta_e_um",
    "nl": "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde "
    "dertiende veertiende vijftiende zestiende zeventiende achttiende negentiende twintigste "
    "eenentwintigste twee\u00ebntwintigste drie\u00ebntwintigste vierentwintigste "
    "vijfentwintigste zesentwintigste zevenentwintigste achtentwintigste negenentwintigste "
    "dertigste eenendertigste",
    "de": "erster zweiter dritter vierter f\u00fcnfter sechster siebter achter neunter zehnter "
    "elfter zw\u00f6lfter dreizehnter vierzehnter f\u00fcnfzehnter sechzehnter siebzehnter "
    "achtzehnter neunzehnter zwanzigster einundzwanzigster zweiundzwanzigster "
    "dreiundzwanzigster vierundzwanzigster f\u00fcnfundzwanzigster sechsundzwanzigster "
    "siebenundzwanzigster achtundzwanzigster neunundzwanzigster drei\u00dfigster "
    "einunddrei\u00dfigster",
}

CONNECTORS = {
    "en": ("of", "in"),
    "es": ("de", "del"),
    "pt": ("de", "do"),
    "fr": ("de", "du mois de"),
    "it": ("di", "del"),
    "nl": ("van", "in"),
    "de": ("im",),
    "ca": ("de", "del"),
    "gl": ("de", "do"),
}

ROMAN = "I II III IV V VI VII VIII IX X XI XII".split()
UMLAUTS = str.maketrans({"\u00e4": "ae", "\u00f6": "oe", "\u00fc": "ue", "\u00df": "ss"})
NATIVE_ZERO = {"ar": "\u0660", "fa": "\u06f0", "bn": "\u09e6", "hi": "\u0966", "mr": "\u0966"}
UNTIL = {"en": "to", "de": "bis", "fr": "au", "es": "al", "it": "al", "nl": "tot", "pt": "a"}

_WITH_ROMAN_MONTH = ("d.MR.y", "d. MR. y", "d MR y", "d/MR/y", "d-MR-y")
PATTERNS = {
    **dict.fromkeys(("bg", "cs", "hu", "it", "pl", "ro", "sk"), _WITH_ROMAN_MONTH),
    "vi": ("'ng\u00e0y' d 'th\u00e1ng' M 'n\u0103m' y", "d 'th\u00e1ng' M 'n\u0103m' y"),
    "ru": (*_WITH_ROMAN_MONTH, "'\u00ab'dd'\u00bb' MMMM y", "'\u00ab'dd'\u00bb' MMMM y '\u0433.'"),
    "es": ("d 'de' M 'de' y",),
    "pt": ("d 'de' M 'de' y",),
    "ja": ("y'\u5e74'MM'\u6708'dd'\u65e5'(E)", "y'\u5e74'MM'\u6708'dd'\u65e5'"),
    "zh": ("y'\u5e74'MM'\u6708'dd'\u65e5' EEEE", "y'\u5e74'MM'\u6708'dd'\u65e5'"),
    "ko": ("y'\ub144' MM'\uc6d4' dd'\uc77c'",),
}

AROUND = {
    "en": ("on {}", "dated {}", "Date: {}", "due {}", "as of {}", "{} AD"),
    "ja": (
        "{}\u767a\u884c",
        "{}\u306b\u958b\u50ac",
        "\u65e5\u4ed8\uff1a{}",
        "{}\u751f\u307e\u308c",
        "{}\u307e\u3067",
    ),
    "ko": ("{}\uc5d0", "{}\uae4c\uc9c0", "\ub0a0\uc9dc: {}", "{} \ubc1c\ud589", "{}\ubd80\ud130"),
    "zh": ("{}\u53d1\u5e03", "\u65e5\u671f\uff1a{}", "\u4e8e{}\u51fa\u751f", "\u622a\u81f3{}"),
    "ru": ("\u0434\u0430\u0442\u0430: {}", "\u043e\u0442 {}", "\u0441 {}"),
    "de": ("am {}", "den {}", "vom {}", "Datum: {}"),
    "fr": ("le {}", "du {}", "Date : {}", "depuis le {}"),
    "es": ("el {}", "Fecha: {}", "a {}"),
    "it": ("il {}", "del {}", "Data: {}"),
    "pt": ("em {}", "Data: {}", "dia {}"),
    "nl": ("op {}", "Datum: {}"),
    "sv": ("den {}",),
    "da": ("den {}", "d. {}"),
    "nb": ("den {}",),
    "pl": ("dnia {}", "Data: {}"),
    "ca": ("el {}",),
}

# Phrases with a date that mean another day.
RELATIVE = {
    "en": ("{n} days after {}", "{n} weeks before {}", "{n} months from {}", "the day after {}"),
    "de": ("{n} Tage nach dem {}", "{n} Wochen vor dem {}", "am Tag nach dem {}"),
    "es": ("{n} d\u00edas despu\u00e9s del {}", "{n} semanas antes del {}"),
    "fr": ("{n} jours apr\u00e8s le {}", "{n} semaines avant le {}", "le lendemain du {}"),
    "it": ("{n} giorni dopo il {}", "{n} settimane prima del {}"),
    "nl": ("{n} dagen na {}", "{n} weken v\u00f3\u00f3r {}", "{n} maanden vanaf {}"),
    "pt": ("{n} dias depois de {}", "{n} semanas antes de {}"),
}
