"""What the users context does."""

from apps.users.services.access import authenticate_token as authenticate_token
from apps.users.services.access import issue_token as issue_token
from apps.users.services.access import revoke_token as revoke_token
from apps.users.services.registration import create_users as create_users
from apps.users.services.registration import ensure_user as ensure_user
from apps.users.services.standing import change_standing as change_standing
