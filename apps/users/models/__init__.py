"""People, what they prove who they are with, and what we keep about them."""

from apps.users.models.activity import Activity as Activity
from apps.users.models.api_keys import ApiKey as ApiKey
from apps.users.models.consents import Consent as Consent
from apps.users.models.consents import ConsentDocument as ConsentDocument
from apps.users.models.exports import Export as Export
from apps.users.models.exports import ExportChunk as ExportChunk
from apps.users.models.mails import Mail as Mail
from apps.users.models.people import User as User
from apps.users.models.sessions import TokenFamily as TokenFamily
from apps.users.models.standing import Standing as Standing
