"""The applications. `APPLICATIONS` lists them; nothing else has to know a new one."""

from apps.dates.app import Dates
from apps.generate.app import Generate
from apps.gridworld.app import Gridworld
from apps.ner.app import NER
from apps.sentiment.app import Sentiment

APPLICATIONS = (NER(), Sentiment(), Gridworld(), Generate(), Dates())
