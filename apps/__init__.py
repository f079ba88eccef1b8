"""Applications of keras_dl. `APPLICATIONS` is the only place to register a new one."""

from apps.atari.app import Atari
from apps.captions.app import Captions
from apps.dates.app import Dates
from apps.debias.app import Debias
from apps.detection.app import Detection
from apps.digits.app import Digits
from apps.embeddings.app import Embeddings
from apps.generate.app import Generate
from apps.gridworld.app import Gridworld
from apps.language.app import Language
from apps.ner.app import NER
from apps.one_shot.app import OneShot
from apps.sentiment.app import Sentiment
from apps.speech.app import Speech
from apps.style.app import Style
from apps.translation.app import Translation

_KINDS = (
    *(NER, Sentiment, Embeddings, Debias, Detection, Digits, OneShot, Style, Atari),
    *(Gridworld, Generate, Language, Translation, Captions, Speech, Dates),
)
APPLICATIONS = tuple(kind() for kind in _KINDS)
