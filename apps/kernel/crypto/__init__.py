"""Secrets at rest: what is sealed can be opened with the keys of ENCRYPTION_KEY, and with nothing else.

`seal` and `unseal` work on text, `fields.SealedTextField` keeps a column sealed, and `manage.py rotate_encryption_key`
seals everything anew with the first key, after which the others can be dropped.
"""

from apps.kernel.crypto.sealing import Unreadable as Unreadable
from apps.kernel.crypto.sealing import is_current as is_current
from apps.kernel.crypto.sealing import new_key as new_key
from apps.kernel.crypto.sealing import reseal as reseal
from apps.kernel.crypto.sealing import seal as seal
from apps.kernel.crypto.sealing import unseal as unseal
