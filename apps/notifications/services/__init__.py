"""What the notifications context does."""

from apps.notifications.services.erasure import close_streams as close_streams
from apps.notifications.services.erasure import erase_people as erase_people
from apps.notifications.services.mailing import order_deliveries as order_deliveries
from apps.notifications.services.mailing import send_mails as send_mails
from apps.notifications.services.mailing import sweep_deliveries as sweep_deliveries
from apps.notifications.services.plans import StandingHeard as StandingHeard
from apps.notifications.services.plans import tell_of_plans as tell_of_plans
from apps.notifications.services.pushing import push as push
from apps.notifications.services.pushing import sweep_live_batches as sweep_live_batches
from apps.notifications.services.reading import mark_all_read as mark_all_read
from apps.notifications.services.reading import mark_read as mark_read
from apps.notifications.services.telling import tell as tell
from apps.notifications.services.tickets import issue_ticket as issue_ticket
from apps.notifications.services.tickets import redeem_ticket as redeem_ticket
