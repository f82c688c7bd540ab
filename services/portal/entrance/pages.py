"""The pages around the own password: the first one, which is changed before everything else (F10), a lost one, any."""

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


@pages.page("/forgotten-password", who=None, title="忘记密码", template="entrance/templates/forgotten.html")
async def forgotten(_: Call) -> Facts:
    """Ask who has forgotten the password; the same for everybody (F13)."""
    return _lengths()


@pages.page("/employer/password", who=EMPLOYERS, title="修改密码", template="entrance/templates/password.html")
async def password_of_employer(_: Call) -> Facts:
    """Change the own password: the present one, the new one, and confirm (F12, manual 修改密码)."""
    return _lengths() | {"then": "/employer/"}


@pages.page("/bureau/password", who=BUREAU, title="修改密码", template="entrance/templates/password.html")
async def password_of_bureau(_: Call) -> Facts:
    """The same for the bureau's people."""
    return _lengths() | {"then": "/"}


@pages.page("/me/password", who=EMPLOYEES, title="修改密码", template="entrance/templates/password.html")
async def password_of_employee(_: Call) -> Facts:
    """The same for employees."""
    return _lengths() | {"then": "/"}


def _asked(call: Call) -> Facts:
    return {
        "name": call.identity.name,
        "must_change": call.identity.must_change,
        **_lengths(),
    }


def _lengths() -> dict[str, object]:
    return {"characters_min": CHARACTERS_MIN, "characters_max": CHARACTERS_MAX}
