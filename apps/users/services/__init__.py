"""What the users context does."""

from apps.users.services.activity import prune_activity as prune_activity
from apps.users.services.activity import remember_deeds as remember_deeds
from apps.users.services.api_keys import create_key as create_key
from apps.users.services.api_keys import note_use as note_use
from apps.users.services.api_keys import revoke_key as revoke_key
from apps.users.services.consents import give_consent as give_consent
from apps.users.services.consents import withdraw_consent as withdraw_consent
from apps.users.services.erasure import erase_at_own_wish as erase_at_own_wish
from apps.users.services.erasure import erase_person as erase_person
from apps.users.services.erasure import forget_sessions as forget_sessions
from apps.users.services.exports import build_export as build_export
from apps.users.services.exports import expire_exports as expire_exports
from apps.users.services.exports import request_export as request_export
from apps.users.services.exports import resume_exports as resume_exports
from apps.users.services.mails import order_mail as order_mail
from apps.users.services.people import ProfileChange as ProfileChange
from apps.users.services.people import change_profile as change_profile
from apps.users.services.people import locked_person as locked_person
from apps.users.services.registration import create_users as create_users
from apps.users.services.registration import ensure_user as ensure_user
from apps.users.services.registration import register as register
from apps.users.services.registration import welcome_back as welcome_back
from apps.users.services.sessions import end_sessions as end_sessions
from apps.users.services.sessions import open_family as open_family
from apps.users.services.sessions import refresh_tokens as refresh_tokens
from apps.users.services.standing import change_standing as change_standing
