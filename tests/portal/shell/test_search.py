"""The search of the menu: whatever part of a name somebody types finds it; the browser and the server agree."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser
from pypinyin import Style, lazy_pinyin

from services.portal.portal import Portal
from services.portal.roles import PortalRole
from services.portal.shell.menu import BUREAU_MENU, EMPLOYEE_MENU, EMPLOYER_MENU, Entry
from services.portal.shell.search import SAME, finds
from tests.portal.browser import enter, window
from tests.portal.conftest import VisitorOf

ENTRIES = [entry for menu in (EMPLOYER_MENU, BUREAU_MENU, EMPLOYEE_MENU) for group in menu for entry in group.entries]
NAMES = [(entry, name) for entry in ENTRIES for name in (entry.title, *entry.also)]


@st.composite
def parts(draw: st.DrawFn) -> tuple[Entry, str]:
    """An entry, and a part of one of its names."""
    entry, name = draw(st.sampled_from(NAMES))
    begin = draw(st.integers(0, len(name) - 1))
    return entry, name[begin : draw(st.integers(begin + 1, len(name)))]


@given(parts())
def test_any_part_of_a_name_finds_it(part: tuple[Entry, str]) -> None:
    """F21: however little of it has been typed."""
    entry, typed = part

    assert finds(typed, entry.search)


@given(parts())
def test_any_run_of_pinyin_finds_it(part: tuple[Entry, str]) -> None:
    """F21: whole, by initials, and with the blanks and capitals that an input method leaves."""
    entry, typed = part
    letters = "".join(each for each in typed if each.isalnum())
    whole = "".join(lazy_pinyin(letters))
    if letters and typed == entry.title:  # Alone, a character of several readings may have another one.
        assert finds(whole, entry.search)
        assert finds(whole.upper(), entry.search)
        assert finds(" ".join(lazy_pinyin(letters)), entry.search)
        assert finds("".join(lazy_pinyin(letters, style=Style.FIRST_LETTER)), entry.search)


@given(st.sampled_from(sorted(SAME.items())), st.sampled_from(NAMES))
def test_two_ways_of_writing_find_the_same(pair: tuple[str, str], named: tuple[Entry, str]) -> None:
    """F21: 登陆 finds what 登录 finds, and the other way round."""
    one, other = pair
    entry, name = named

    assert finds(name.replace(other, one), entry.search)
    assert finds(name.replace(one, other), entry.search)


@given(st.text(min_size=1, max_size=12))
def test_nothing_that_is_typed_crosses_from_one_name_to_another(typed: str) -> None:
    """What is found is found in one of the texts, whatever is typed; blanks alone find all, as nothing does."""
    for entry in ENTRIES:
        assert finds(typed, entry.search) == any(finds(typed, text) for text in entry.search.split("|"))


async def test_the_browser_finds_what_the_server_says(browser: Browser, portal: Portal, visitor: VisitorOf) -> None:
    """F21: for names, parts, pinyin, and letters at random, both find the same entries."""
    rng = Random(7)  # noqa: S311 -- any letters will do.
    queries = [name for _, name in NAMES]
    queries += [name[rng.randrange(len(name)) :][: rng.randint(1, 4)] for _, name in NAMES for _ in range(4)]
    queries += [
        "".join(rng.choices("abcdefghijklmnopqrstuvwxyz汇缴职工 ／/|ＡＰＩ", k=rng.randint(1, 4))) for _ in range(300)
    ]
    queries += ["ＪＦＴＺ", "jf tz", "登 陆", "İ", "ß"]
    async with window(browser) as opened:
        page = await enter(opened, portal, await visitor(PortalRole.EMPLOYER))
        texts = await page.locator("#menu a").evaluate_all("all => all.map(each => [each.title, each.dataset.search])")
        session = await page.context.new_cdp_session(page)
        answer = await session.send(
            "Runtime.evaluate",
            {"expression": f"{queries!r}.map(query => portal.searchMenu(query))", "returnByValue": True},
        )
        for query, titles in zip(queries, answer["result"]["value"], strict=True):
            expected = {title for title, text in texts if finds(query, text)} if query.strip(" |") else set()
            assert expected == set(titles), query
