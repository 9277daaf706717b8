"""The audit log: who did what, when, from where; appended to in the transaction of the deed, and never changed.

    with transaction.atomic(using=DATABASE):
        switch.save()
        record_entry(action="kill_switch.changed", using=DATABASE, object="account/7", subject=owner_id,
                     before={"state": "ACTIVE"}, after={"state": "HALTED"})

`before` and `after` stay for ever, so nothing personal belongs there. What is personal goes to `personal`, which is
sealed with a key of the person that the entry is about; `forget` destroys that key when the person is erased.
"""

from apps.kernel.audit.entries import record_entry as record_entry
from apps.kernel.audit.subject_keys import forget as forget
