"""Sessions whose time is over are deleted with all that was noted of them."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from apps.kernel.clock import now
from apps.users.models import TokenFamily
from apps.users.services import prune_sessions
from tests.support.people import a_person, an_address, tokens_of

pytestmark = [pytest.mark.integration, pytest.mark.django_db]

MINUTE = timedelta(minutes=1)


def _with_a_session(*, expires_at):
    person = a_person()
    tokens_of(person)
    family = TokenFamily.objects.get(user=person)
    Session.objects.filter(pk=family.session_key).update(expire_date=expires_at)
    TokenFamily.objects.filter(pk=family.pk).update(expires_at=expires_at)
    UserSession.objects.create(user=person, ip=an_address(), user_agent="", session_key=family.session_key)
    return person


def test_what_is_over_goes_and_what_lives_stays():
    over, living = _with_a_session(expires_at=now() - MINUTE), _with_a_session(expires_at=now() + MINUTE)
    assert prune_sessions() == 3
    assert not UserSession.objects.filter(user=over).exists()
    assert not TokenFamily.objects.filter(user=over).exists()
    family = TokenFamily.objects.get(user=living)
    assert UserSession.objects.filter(user=living, session_key=family.session_key).exists()
    assert Session.objects.filter(pk=family.session_key).exists()
    assert prune_sessions() == 0
