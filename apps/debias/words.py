"""Short lists of English words to find and measure a gender bias with, where none are given.

The ratings are guesses of what people connect a profession with, from -1 (women) to 1 (men). For
figures that are to be compared with those of papers, take the lists of the papers (`--lists`).
"""

_PAIRS = (
    "she he|her his|herself himself|woman man|girl boy|mother father|daughter son|female male|"
    "lady gentleman|mary john"
)
_EQUALIZED = (
    "she he|herself himself|woman man|women men|girl boy|girls boys|mother father|daughter son|"
    "daughters sons|sister brother|sisters brothers|wife husband|wives husbands|aunt uncle|"
    "niece nephew|grandmother grandfather|queen king|princess prince|mom dad|females males"
)
_SPECIFIC = """
she he her him his hers herself himself woman women man men girl girls boy boys lady ladies
gentleman gentlemen gal gals guy guys bloke chap mother mothers father fathers mom moms dad dads
mommy daddy mum mama papa daughter daughters son sons sister sisters brother brothers wife wives
husband husbands aunt aunts uncle uncles niece nephew grandmother grandfather grandma grandpa
granddaughter grandson stepmother stepfather stepdaughter stepson queen queens king kings princess
princes prince duchess duke countess baron actress actresses waitress waiter hostess heroine hero
goddess bride brides groom widow widower girlfriend girlfriends boyfriend boyfriends fiancee fiance
businesswoman businessman spokeswoman spokesman congresswoman congressman policewoman policeman
chairwoman chairman fireman mailman salesman cowboy schoolgirl schoolboy nun nuns monk monks lad
lads lass maiden bachelor bachelorette female females male males feminine masculine maternal
paternal motherhood fatherhood sisterhood brotherhood pregnant pregnancy womb beard mustache
testosterone lesbian lesbians ballerina stewardess masseuse mistress madam sir mrs mr miss witch
wizard
"""
_RATED = """
accountant .3|architect .5|artist -.1|astronaut .7|athlete .4|author 0|babysitter -.9|baker 0|
banker .6|barber .6|bartender .4|bodyguard .9|boss .7|boxer .8|builder .8|butcher .8|captain .8|
carpenter .9|cashier -.4|chef .4|clerk -.2|coach .6|commander .8|composer .5|cook -.4|cop .7|
criminal .6|dancer -.7|detective .6|director .5|doctor .5|driver .6|editor 0|engineer .8|farmer .7|
firefighter .8|gangster .9|gardener .2|general .8|guard .8|hairdresser -.8|historian .3|
housekeeper -1|janitor .7|judge .5|lawyer .5|lieutenant .8|librarian -.8|magician .7|maid -1|
manager .5|mechanic .9|model -.7|musician .3|nanny -1|nurse -.9|painter .2|philosopher .7|
photographer .2|physicist .7|pilot .7|plumber .9|poet 0|politician .6|president .7|priest .8|
producer .4|professor .5|programmer .7|psychologist -.1|receptionist -.9|sailor .8|scientist .6|
secretary -.9|sergeant .8|sheriff .9|singer -.3|soldier .9|stylist -.7|surgeon .7|tailor .4|
teacher -.6|therapist -.3|warrior .9|writer .1
"""


def _rated():
    for entry in _RATED.replace("\n", "").split("|"):
        word, rating = entry.split()
        yield [word, 0.0, float(rating)]


LISTS = {
    "definitional_pairs": [pair.split() for pair in _PAIRS.split("|")],
    "equalize_pairs": [pair.split() for pair in _EQUALIZED.split("|")],
    "gender_specific_full": _SPECIFIC.split(),
    "professions": list(_rated()),
    "WEAT": {
        "career": "career office business salary job company money work".split(),
        "family": "family home children marriage relatives wedding house kids".split(),
        "math": "math numbers science logic physics computer technology theory".split(),
        "arts": "art poetry dance music novel drama painting theater".split(),
        "male_terms": "he man boy father son brother uncle husband".split(),
        "female_terms": "she woman girl mother daughter sister aunt wife".split(),
    },
}
