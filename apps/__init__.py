"""The applications. `APPLICATIONS` lists them; nothing else has to know a new one."""

from apps.dates.app import Dates
from apps.gridworld.app import Gridworld

APPLICATIONS = (Gridworld(), Dates())
