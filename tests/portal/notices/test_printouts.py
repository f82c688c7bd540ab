"""Promises of services/portal/notices/printouts.py: what is taken away of a notice says what the notice says."""

from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest

from libsubsidy import Memo, Money
from services.portal.notices.codes import memo_svg
from services.portal.notices.printing import Printer
from services.portal.pages.assets import AssetsMissingError
from services.portal.roles import PortalRole
from services.store import notices
from services.store.database import Connection, acting
from services.store.notices import Notice
from tests.portal.conftest import ACCOUNT, Town, VisitorOf
from tests.portal.visitors import Visitor
from tests.store.fund import BUREAU, START, approve, line, pay, submitted

NAME = "示范市#强调*局*$x$<b>”“\\u{41}"


@pytest.fixture
async def clerk(visitor: VisitorOf) -> Visitor:
    """Somebody of the employer."""
    return await visitor(PortalRole.EMPLOYER)


async def noticed(db: Connection, town: Town, amount: str = "23662.50") -> Notice:
    """Let the bureau approve an order of one person."""
    order = await submitted(db, town.employer, line(town.people[0], START, Money.parse(amount)))
    return await approve(db, order)


def read(pdf: bytes) -> tuple[str, int]:
    """Give the words of a PDF without blanks, and how many pages it has; each is drawn, and none is empty."""
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        drawn = page.render(scale=1).to_pil().convert("L")
        assert drawn.getextrema()[0] < 64, "nothing is printed"
    words = "".join(page.get_textpage().get_text_range() for page in document)
    return "".join(words.split()), len(document)


async def test_the_slip_is_one_sheet_with_all_that_paying_needs(clerk: Visitor, db: Connection, town: Town) -> None:
    """F98: payer, payee, account, amount in figures and capitals, memo; and nothing typed is taken for markup."""
    await db.execute("UPDATE employer SET name = $1", NAME)
    await db.execute("UPDATE bank_account SET bank_name = '示范银行'")
    notice = await noticed(db, town)
    given = await clerk.ask("GET", f"/notices/{notice.id}/slip.pdf")
    words, pages = read(given.body)
    assert (1, "application/pdf") == (pages, given.headers["Content-Type"])
    for told in (
        NAME,
        "75256",
        ACCOUNT,
        "示范银行",
        "23,662.50",
        "人民币贰万叁仟陆佰陆拾贰元伍角",
        str(notice.memo),
        "2020-01汇缴",
    ):
        assert told in words
    assert f"{notice.memo}.pdf" in given.headers["Content-Disposition"]
    await db.execute("UPDATE bank_account SET bank_name = ''")
    assert "开户行" not in read(await clerk.get(f"/notices/{notice.id}/slip.pdf"))[0], "as the page has no such row"


async def test_the_receipt_comes_with_the_credit(clerk: Visitor, db: Connection, town: Town) -> None:
    """F106: first there is a slip and no receipt, then a receipt and no slip; the bureau prints the same one."""
    notice = await noticed(db, town)
    refused = await clerk.ask("GET", f"/notices/{notice.id}/receipt.pdf")
    assert (409, ["NOTICE_NOT_CREDITED"]) == (refused.status, refused.codes)
    await pay(db, notice)
    words, pages = read(await clerk.get(f"/notices/{notice.id}/receipt.pdf"))
    assert 1 == pages
    for told in ("单位1", "23,662.50", "人民币贰万叁仟陆佰陆拾贰元伍角", str(notice.memo), "2020-09-15", "2020-01汇缴"):
        assert told in words
    refused = await clerk.ask("GET", f"/notices/{notice.id}/slip.pdf")
    assert (409, ["NOTICE_NOTHING_DUE"]) == (refused.status, refused.codes)


async def test_a_cancelled_notice_has_neither(clerk: Visitor, db: Connection, town: Town) -> None:
    """Nothing is to be paid and nothing was."""
    notice = await noticed(db, town)
    async with acting(db, BUREAU):
        await notices.cancel(db, notice.id, "单位要求")
    answers = [await clerk.ask("GET", f"/notices/{notice.id}/{name}.pdf") for name in ("slip", "receipt")]
    assert [409, 409] == [answer.status for answer in answers]


async def test_the_slip_of_twenty_orders_is_still_one_sheet(clerk: Visitor, db: Connection, town: Town) -> None:
    """However many were joined and however long the names are."""
    await db.execute("UPDATE employer SET name = $1", "长" * 200)
    await db.execute("UPDATE bank_account SET name = $1, bank_name = $1", "户" * 100)
    orders = [
        await submitted(db, town.employer, line(town.people[number % 5], START + number // 5)) for number in range(20)
    ]
    notice = await approve(db, *orders)
    words, pages = read(await clerk.get(f"/notices/{notice.id}/slip.pdf"))
    assert 1 == pages
    assert "等20笔" in words


@pytest.mark.parametrize(
    "name", ["王\N{CJK UNIFIED IDEOGRAPH-2A6D6}局", "\N{CJK UNIFIED IDEOGRAPH-20BB7}🧾ไทย", "未\ue000知"]
)
async def test_a_character_that_no_typeface_has_keeps_no_paper_back(
    clerk: Visitor, db: Connection, town: Town, name: str
) -> None:
    """F98: whatever an employer's name is written with, the slip is there with all that the bank needs."""
    await db.execute("UPDATE employer SET name = $1", name)
    notice = await noticed(db, town)
    words, pages = read(await clerk.get(f"/notices/{notice.id}/slip.pdf"))
    assert (1, True) == (pages, str(notice.memo) in words)


async def test_the_code_is_drawn_dark_on_white(clerk: Visitor, db: Connection, town: Town) -> None:
    """F101: the picture that the page shows is the memo's own, and no two memos have the same."""
    notice = await noticed(db, town)
    given = await clerk.ask("GET", f"/notices/{notice.id}/memo.svg")
    assert "image/svg+xml" == given.headers["Content-Type"]
    assert memo_svg(notice.memo) == given.body
    assert memo_svg(Memo(employer_code="75256", order_code="A7W5")) != given.body
    assert b'fill="#fff"' in given.body
    assert b"style=" not in given.body, "the policy of contents would refuse it"


async def test_without_a_chinese_typeface_nothing_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A paper with empty boxes for characters must never be paid by; what is missing is named."""
    monkeypatch.setattr("services.portal.notices.printing._FAMILIES", frozenset({"No Such Face"}))
    with pytest.raises(AssetsMissingError, match="noto-sans-sc"):
        await Printer(tmp_path).pdf("slip", {}, datetime.now(UTC))
