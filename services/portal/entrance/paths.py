"""Where somebody is led who has logged in with a first or a one-time password: to change it, before anything else (F10)."""

from services.portal.roles import EMPLOYERS, PortalRole

OF_EMPLOYERS = "/employer/first-password"
OF_OTHERS = "/first-password"


def first_password_path(role: PortalRole) -> str:
    """Give the path of the page that asks for a password of the user's own.

    >>> first_password_path(PortalRole.EMPLOYER_CLERK), first_password_path(PortalRole.EMPLOYEE)
    ('/employer/first-password', '/first-password')
    """
    return OF_EMPLOYERS if role in EMPLOYERS else OF_OTHERS
