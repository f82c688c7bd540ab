"""Pages of the tests' own within the real frame: what is tried on them, every feature's pages do."""

from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from playwright.async_api import Page, Route

from services.portal.app import make_app
from services.portal.portal import Portal

FORM = """
{% extends "base.html" %}
{% from "shell/templates/forms.html" import problems, field, area, choice, month, money, tick, acts, dialog %}
{% block body %}<body hx-headers='{"X-CSRF-Token": "token"}'><main class="desk"><h1>试填</h1>
<div class="card"><form class="form" hx-post="/api/v1/trials" hx-ext="json" hx-swap="none" {{ how | safe }}>
  {{ problems() }}
  <input type="hidden" name="version" value="3" data-type="integer">
  <div class="fields">
    {{ field("employer.name", "单位名称", required=true, maxlength=200) }}
    {{ field("rows.0.mobile", "第一人手机", type="tel", hint="11 位数字") }}
    {{ field("rows.7.mobile", "第二人手机", type="tel") }}
    {{ field("people", "人数", more={"data-type": "integer"}) }}
    {{ choice("rank", "级别", [("a", "科员"), ("b", "科长")], required=true) }}
    {{ money("amount", "金额（元）") }}
    {{ month("start_month", "开始月份", value="2020-04") }}
    {{ tick("urgent", "加急") }}
    {{ tick("kinds", "甲", value="one") }}{{ tick("kinds", "乙", value="two") }}
    {{ field("remark", "备注", more={"data-optional": true}) }}
  </div>
  {{ acts("立即提交", back="/elsewhere") }}
</form></div></main>
<div class="said" id="said" role="status" aria-live="polite"></div>
<div class="problem" id="problem" role="alert" hidden></div></body>{% endblock %}
"""


def environment_of(portal: Portal) -> jinja2.Environment:
    """The real templates with the real filters, of an application that is not served."""
    app: web.Application = make_app(portal)
    return aiohttp_jinja2.get_env(app)


async def lay_out(page: Page, portal: Portal, path: str, source: str, **facts: Any) -> None:
    """Let a path of the real server show a template of the test's own, with everything that it loads from there."""
    html = environment_of(portal).from_string(source).render(facts)

    async def show(route: Route) -> None:
        await route.fulfill(body=html, content_type="text/html; charset=utf-8")

    await page.route(f"{portal.settings.origin}{path}", show)
