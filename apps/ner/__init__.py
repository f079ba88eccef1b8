"""Names of people, places, organisations and other things in sentences."""
