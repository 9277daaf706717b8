"""Where django-allauth meets the users context: its hooks, each of which calls one of our services."""
