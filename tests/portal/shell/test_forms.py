"""How every form of the portal behaves; on a page of the test's own, with the real scripts and templates."""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Request, Route, expect

from services.portal.portal import Portal
from tests.portal.browser import in_every_look, window
from tests.portal.shell.trial_pages import FORM, lay_out

pytestmark = pytest.mark.usefixtures("server")


class Api:
    """Answers what the form sends; holds every answer back until it is let go."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[tuple[int, Any]] = []
        self.held = asyncio.Event()
        self.held.set()

    @property
    def bodies(self) -> list[Any]:
        """What was sent."""
        return [json.loads(request.post_data or "null") for request in self.requests]

    async def answer(self, route: Route) -> None:
        """Give the next answer."""
        self.requests.append(route.request)
        status, body = self.answers.pop(0)
        await self.held.wait()
        if status:
            await route.fulfill(status=status, json=body)
        else:
            await route.abort()


async def open_form(page: Page, portal: Portal, how: str = "") -> Api:
    """Show the form, and answer what it sends."""
    api = Api()
    await lay_out(page, portal, "/trial", FORM, how=how)
    await page.route("**/api/v1/trials", api.answer)
    await page.goto(f"{portal.settings.origin}/trial")
    return api


async def fill(page: Page) -> None:
    """Fill in what must be."""
    await page.get_by_label("单位名称").fill("甲公司")
    await page.get_by_label("级别").select_option("b")


def refusal(*violations: tuple[str, str]) -> dict[str, Any]:
    """A problem document with these sentences at these pointers."""
    told = [{"code": "X", "zh": zh, "en": zh, "params": {}, "pointer": pointer} for zh, pointer in violations]
    return {"code": "X", "violations": told}


async def test_names_nest_and_types_are_kept(browser: Browser, portal: Portal) -> None:
    """Dots nest, numbers with gaps become a list without, boxes are booleans or lists, and what may be empty is left out."""
    async with window(browser) as opened:
        page = opened.page
        api = await open_form(page, portal, 'data-done="好了"')
        api.answers = [(201, {"id": "7"}), (201, {"id": "8"})]
        await fill(page)
        await page.get_by_label("第二人手机").fill("13800000000")
        await page.get_by_label("人数").fill(" 12 ")
        await page.get_by_label("金额").fill("1,234．50")
        await page.get_by_label("乙").check()
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.get_by_role("status")).to_have_text("好了")
        assert api.bodies == [
            {
                "version": 3,
                "employer": {"name": "甲公司"},
                "rows": [{"mobile": ""}, {"mobile": "13800000000"}],
                "people": 12,
                "rank": "b",
                "amount": "1234.50",
                "start_month": "2020-04",
                "urgent": False,
                "kinds": ["two"],
            }
        ]
        # Whose comma is the decimal point does not pay a hundred times as much: the API refuses what is no amount.
        await page.get_by_label("金额").fill("577,25")
        async with page.expect_response("**/api/v1/trials"):
            await page.get_by_role("button", name="立即提交").click()
        assert "577,25" == api.bodies[1]["amount"]
        assert [] == opened.faults


async def test_everything_that_is_missing_is_told_at_once(browser: Browser, portal: Portal) -> None:
    """Nothing is sent; each field says what it lacks, the first has the focus, and typing takes the words away."""
    async with window(browser) as opened:
        page = opened.page
        api = await open_form(page, portal)
        await page.get_by_role("button", name="立即提交").click()
        name = page.get_by_label("单位名称")
        await expect(name).to_be_focused()
        await expect(name).to_have_attribute("aria-invalid", "true")
        await expect(name).to_have_accessible_description("请填写单位名称。")
        await expect(page.get_by_label("级别")).to_have_accessible_description("请选择级别。")
        await expect(page.get_by_role("alert")).to_contain_text("有 2 处需要更正")
        await name.press_sequentially("甲")
        await expect(name).not_to_have_attribute("aria-invalid", "true")
        await page.get_by_role("alert").get_by_role("link", name="级别").click()
        await expect(page.get_by_label("级别")).to_be_focused()
        assert [] == api.requests


async def test_what_the_api_refuses_is_shown_at_its_field(browser: Browser, portal: Portal) -> None:
    """A pointer finds its field even where rows had gaps; what has no field stands in the summary; nothing typed is lost."""
    async with window(browser) as opened:
        page = opened.page
        api = await open_form(page, portal)
        api.answers = [
            (422, refusal(("号码不对。", "/rows/1/mobile"), ("材料不全。", "/attachments/0"), ("另有一错。", "")))
        ]
        await fill(page)
        await page.get_by_label("第二人手机").fill("1")
        await page.get_by_label("第二人手机").press("Enter")
        await expect(page.get_by_label("第二人手机")).to_have_accessible_description("号码不对。")
        await expect(page.get_by_label("第二人手机")).to_be_focused()
        await expect(page.get_by_label("第一人手机")).to_have_accessible_description("11 位数字")
        for text in ("第二人手机：号码不对。", "材料不全。", "另有一错。"):
            await expect(page.get_by_role("alert").get_by_text(text)).to_be_visible()
        await expect(page.get_by_label("单位名称")).to_have_value("甲公司")


async def test_a_notice_covers_nothing_and_goes_when_it_is_over(browser: Browser, portal: Portal) -> None:
    """What was in sight above the foot stays so; done again with success, what was told goes by itself, and not before."""
    send = "method => portal.send(method, '/api/v1/trials', {}).catch(xhr => portal.refuse(null, xhr))"
    async with window(browser, (1440, 420)) as opened:
        page = opened.page
        api = await open_form(page, portal)
        api.answers = [(409, refusal(("已被他人修改：请刷新。", ""))), *[(200, {})] * 4]
        notice, button = page.locator("#problem"), page.get_by_role("button", name="立即提交")
        await button.scroll_into_view_if_needed()
        await page.evaluate(send, "POST")
        await expect(notice).to_contain_text("已被他人修改")
        above = "button => button.getBoundingClientRect().bottom <= problem.getBoundingClientRect().top"
        await page.wait_for_function(above, arg=await button.element_handle())
        await expect(button).to_be_in_viewport(ratio=1)
        await page.evaluate(send, "PUT")
        await expect(notice).to_be_visible()
        await page.evaluate(send, "POST")
        await expect(notice).to_be_hidden()
        await page.evaluate("portal.tell('合计已更新：请核对后再提交。')")
        await expect(notice).to_be_visible()
        await page.evaluate(send, "PUT")  # By itself, as what is saved is.
        await expect(notice).to_be_visible()
        await page.get_by_label("单位名称").click()
        await page.evaluate(send, "PUT")
        await expect(notice).to_be_hidden()


async def test_nothing_is_sent_twice(browser: Browser, portal: Portal) -> None:
    """While an answer is awaited, and while the next page opens, further presses do nothing."""
    async with window(browser) as opened:
        page = opened.page
        api = await open_form(page, portal, 'data-then="/after/{id}" data-done="已提交"')
        await page.route(
            "**/after/*", lambda route: route.fulfill(body="<h1>到了</h1>", content_type="text/html; charset=utf-8")
        )
        api.answers = [(201, {"id": "7"})]
        api.held.clear()
        await fill(page)
        button = page.get_by_role("button", name="立即提交")
        await button.dblclick()
        await button.press("Enter")
        await page.get_by_label("单位名称").press("Enter")
        api.held.set()
        await page.wait_for_url("**/after/7")
        assert 1 == len(api.requests)


async def test_what_may_have_arrived_is_sent_again_under_the_same_key(browser: Browser, portal: Portal) -> None:
    """After silence the same attempt is repeated; after an answer, or a change, it is another one."""
    async with window(browser) as opened:
        page = opened.page
        api = await open_form(page, portal)
        api.answers = [(0, None), (422, refusal(("不行。", ""))), (422, refusal(("还不行。", "")))]
        await fill(page)
        for told in ("网络不通", "不行。", "还不行。"):
            await page.get_by_role("button", name="立即提交").click()
            await expect(page.get_by_role("alert")).to_contain_text(told)
        keys = [await request.header_value("Idempotency-Key") for request in api.requests]
        assert keys[0] == keys[1] != keys[2]


async def test_a_changed_form_is_not_left_unasked(browser: Browser, portal: Portal) -> None:
    """The browser asks before a changed form is left; not before an unchanged one, nor once it was handed in."""
    async with window(browser) as opened:
        page = opened.page
        api = await open_form(page, portal)
        await page.route(
            "**/elsewhere", lambda route: route.fulfill(body="<h1>别处</h1>", content_type="text/html; charset=utf-8")
        )
        asked: list[str] = []

        async def stay(dialog: Any) -> None:
            asked.append(dialog.type)
            await dialog.dismiss()

        page.on("dialog", stay)
        await fill(page)
        await page.get_by_role("link", name="返回").click()
        await expect(page.get_by_label("单位名称")).to_have_value("甲公司")
        assert ["beforeunload"] == asked
        api.answers = [(200, {})]
        await page.get_by_role("button", name="立即提交").click()
        await expect(page.locator("form")).not_to_have_attribute("aria-busy", "true")
        await page.get_by_role("link", name="返回").click()
        await expect(page.get_by_role("heading", name="别处")).to_be_visible()
        assert ["beforeunload"] == asked


@in_every_look
async def test_a_form_with_faults_is_for_everybody(
    browser: Browser, portal: Portal, size: tuple[int, int], scheme: str
) -> None:
    """With everything wrong: no violation for axe, nothing beyond the edge."""
    async with window(browser, size, scheme) as opened:
        await open_form(opened.page, portal)
        await opened.page.get_by_role("button", name="立即提交").click()
        await expect(opened.page.get_by_role("alert")).to_contain_text("有 2 处需要更正")
        assert ([], 0) == (await opened.violations(), await opened.overhang())
        assert [] == opened.faults
