"""Every page of the table, whoever's feature it is: for everybody, on a screen and on a telephone."""

from playwright.async_api import Browser, expect

from services.portal.pages.registry import Page
from services.portal.pages.routes import all_pages
from services.portal.portal import Portal
from services.portal.roles import EMPLOYER_ADMINS, REVIEWERS, PortalRole
from services.store.database import Connection
from tests.portal.browser import enter, in_every_look, window
from tests.portal.conftest import Town, VisitorOf
from tests.portal.test_pages import LONG, fill

# Those of one thing need its id; the tests of their features look at them.
WHOLE = [page for page in all_pages() if not page.is_part and "{" not in page.path and not page.first]


def pages_of(role: PortalRole) -> list[Page]:
    """The pages of a role, by the table itself."""
    return [page for page in WHOLE if page.who is not None and role in page.who]


@in_every_look
async def test_every_page_of_the_table_is_for_everybody(
    browser: Browser,
    db: Connection,
    town: Town,
    portal: Portal,
    visitor: VisitorOf,
    *,
    size: tuple[int, int],
    scheme: str,
) -> None:
    """With the longest names: one heading, no violation for axe, nothing beyond the edge, no error in any script."""
    await fill(db, town, portal.pool)
    (admin,), (reviewer,) = EMPLOYER_ADMINS, REVIEWERS
    found = []
    for role in (admin, reviewer):
        somebody = await visitor(role)
        await db.execute("UPDATE portal_user SET name = $1", LONG[:100])
        async with window(browser, size, scheme) as opened:
            page = await enter(opened, portal, somebody)
            for each in pages_of(role):
                await page.goto(f"{portal.settings.origin}{each.path}")
                await expect(page.get_by_role("heading", level=1)).to_have_count(1)
                wrong = (await opened.violations(), await opened.overhang(), tuple(opened.faults))
                if wrong != ([], 0, ()):
                    found.append((each.path, wrong))
                opened.faults.clear()

    assert found == []


async def test_a_menu_shows_every_page_that_stands_for_itself(server: str, visitor: VisitorOf) -> None:
    """F24: whatever an employer's user may open by a page without id is in the menu, or below an entry of it."""
    somebody = await visitor(PortalRole.EMPLOYER)
    async with somebody.http.get(f"{server}/employer/", headers=somebody.headers) as response:
        body = await response.text()
    entries = {page.entry for page in pages_of(PortalRole.EMPLOYER)}

    assert [] == [path for path in sorted(entries) if f'href="{path}" title=' not in body]
