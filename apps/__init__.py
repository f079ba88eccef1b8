"""The applications. `APPLICATIONS` lists them; nothing else has to know a new one."""

from apps.dates.app import Dates

APPLICATIONS = (Dates(),)
