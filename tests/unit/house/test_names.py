"""What the admin calls many of a kind is English."""

import re

from django.apps import apps

WRONG = re.compile(r"(?:[^aeiou]ys|(?:ch|sh|s|x)s)$")


def test_plurals_are_english() -> None:
    models = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    assert len(models) > 50
    plurals = {model._meta.label: str(model._meta.verbose_name_plural) for model in models}
    assert {label: plural for label, plural in plurals.items() if WRONG.search(plural)} == {}
