"""The pages around the own password: changing the first one, which comes before everything else (F10)."""

from services.portal.calls import Call
from services.portal.entrance import paths
from services.portal.pages.registry import Facts, Pages
from services.portal.password_rules import CHARACTERS_MAX, CHARACTERS_MIN
from services.portal.roles import BUREAU, EMPLOYEES, EMPLOYERS

pages = Pages()
_FIRST = "entrance/templates/first_password.html"


@pages.page(paths.OF_EMPLOYERS, who=EMPLOYERS, title="修改初始密码", template=_FIRST, first=True)
async def first_password_of_employer(call: Call) -> Facts:
    """Ask an employer's user for a password of the own."""
    return _asked(call)


@pages.page(paths.OF_OTHERS, who=BUREAU | EMPLOYEES, title="修改初始密码", template=_FIRST, first=True)
async def first_password(call: Call) -> Facts:
    """Ask everybody else."""
    return _asked(call)


def _asked(call: Call) -> Facts:
    return {
        "name": call.identity.name,
        "must_change": call.identity.must_change,
        "characters_min": CHARACTERS_MIN,
        "characters_max": CHARACTERS_MAX,
    }
