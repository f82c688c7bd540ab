"""导出EXCEL表: the list of employees as it is narrowed and sorted, in a workbook (F31)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.portal.portal import BUREAU_ZONE
from services.spreadsheets.layouts import CellKind, Column, Layout
from services.spreadsheets.writing import Content
from services.store.employee_lists import STATES_ZH, Employee
from services.store.employees import EMPLOYEES_MAX
from services.store.ledgers import LedgerTotals

LAYOUT: Final = Layout(
    name="employee_list",
    version=1,
    title="职工管理",
    rows_max=EMPLOYEES_MAX,
    columns=(
        Column(key="id_number", header="身份证号码", characters=22),
        Column(key="name", header="姓名", characters=16),
        Column(key="mobile", header="手机号码"),
        Column(key="rank", header="级别"),
        Column(key="monthly_amount", header="每月缴费金额", kind=CellKind.AMOUNT),
        Column(key="start_month", header="汇缴开始月份", kind=CellKind.MONTH),
        Column(key="periods", header="累计缴纳期数"),
        Column(key="balance", header="累计缴纳金额", kind=CellKind.AMOUNT),
        Column(key="opened_on", header="开户日期", kind=CellKind.DAY),
        Column(key="state", header="状态"),
    ),
    notes=(
        "本表按导出时的查询条件和排序生成，仅供查阅：修改本表不会改变档案。",
        "修改职工资料请办理“职工信息变更”；证件号码等属于个人信息，请妥善保管。",
    ),
)


def list_content(people: Sequence[Employee], totals: Mapping[int, LedgerTotals]) -> Content:
    """Give what goes into the workbook; rows are made as they are written."""
    return Content(layout=LAYOUT, rows=_rows(people, totals))


def _rows(people: Sequence[Employee], totals: Mapping[int, LedgerTotals]) -> Iterator[tuple[str, ...]]:
    for each in people:
        total = totals[each.person_id]
        yield (
            each.id_number,
            each.name,
            each.mobile,
            each.rank,
            _text(each.monthly_amount),
            _text(each.start_month),
            str(total.periods),
            _text(total.contributed),
            each.opened_at.astimezone(BUREAU_ZONE).date().isoformat(),
            STATES_ZH[each.state],
        )


def _text(value: object) -> str:
    return "" if value is None else str(value)
