"""The applications. `APPLICATIONS` lists them; nothing else has to know a new one."""

from apps.atari.app import Atari
from apps.dates.app import Dates
from apps.generate.app import Generate
from apps.gridworld.app import Gridworld

APPLICATIONS = (Atari(), Gridworld(), Generate(), Dates())
