"""What the tests of the entrance share: a portal with a development box, and an employer that has never logged in."""

from collections.abc import AsyncIterator

import aiohttp
import attrs
import pytest

from libsubsidy import Mobile, Policy
from services.portal.settings import PortalSettings
from services.store import employers, first_passwords
from services.store.database import Connection, acting
from services.store.employers import Employer, NewEmployer
from tests.portal.visitors import Visitor
from tests.store import fund
from tests.store.test_users import CREDIT_CODE, ORG_CODE

MOBILE = Mobile.parse("13800001234")
# The last six of the organisation code, and of the credit code.
INITIAL = ("037341", "37341L")
OWN = "几个不相关的词 apple 7"


@pytest.fixture
def settings(settings: PortalSettings) -> PortalSettings:
    """Messages can be read."""
    return attrs.evolve(settings, sms_box=True)


@pytest.fixture
async def client(server: str) -> AsyncIterator[Visitor]:
    """A browser that is not logged in, on the portal's own page."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Visitor(http=http, origin=server, user=None, headers={"Origin": server})


@pytest.fixture
async def newcomer(db: Connection) -> Employer:
    """An employer that was migrated: the manual's own codes, with the administrator's mobile on file."""
    async with acting(db, fund.BUREAU):
        employer = await employers.register(
            db, NewEmployer(name="南山中学", org_code=ORG_CODE, credit_code=CREDIT_CODE)
        )
        await first_passwords.add_first_user(db, employer.id, name="王芳", mobile=MOBILE, policy=Policy())
    return employer


async def code_sent(db: Connection, mobile: Mobile = MOBILE) -> str:
    """Read the newest code from the messages."""
    text: str = await db.fetchval(
        "SELECT text FROM sms_message WHERE mobile = $1 ORDER BY id DESC LIMIT 1", str(mobile)
    )
    return text.partition("验证码是 ")[2][:6]
