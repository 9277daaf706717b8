"""What the users context can be asked."""

from apps.users.selectors.api_keys import key_that_opens as key_that_opens
from apps.users.selectors.api_keys import living_keys as living_keys
from apps.users.selectors.consents import consents_of as consents_of
from apps.users.selectors.consents import document_in_force as document_in_force
from apps.users.selectors.exports import archive_of as archive_of
from apps.users.selectors.exports import ready_export as ready_export
from apps.users.selectors.mails import link_of as link_of
from apps.users.selectors.mails import mail_to_send as mail_to_send
from apps.users.selectors.mails import reader_of as reader_of
from apps.users.selectors.people import me as me
from apps.users.selectors.people import person_to_write_to as person_to_write_to
from apps.users.selectors.sessions import grant_of_access_token as grant_of_access_token
from apps.users.selectors.sessions import proved_identity_at as proved_identity_at
from apps.users.selectors.sessions import session_exists as session_exists
from apps.users.selectors.standing import standing_kept as standing_kept
from apps.users.selectors.standing import standing_of as standing_of
