"""The spreadsheet of a month's amounts: *证件号码, 姓名, 指定汇缴, 仅本月 (domain §6.4)."""

from typing import Final

from services.spreadsheets.layouts import CellKind, Column, Layout
from services.store.order_lines import LINES_PER_CALL_MAX

LAYOUT: Final = Layout(
    name="month_amounts",
    version=1,
    title="本月汇缴金额",
    rows_max=LINES_PER_CALL_MAX,
    columns=(
        Column(
            key="id_number",
            header="证件号码",
            required=True,
            also=("身份证号码", "身份证号", "公民身份号码"),
            hint="用来认人。单元格已是文本格式；从别处粘贴时请“选择性粘贴－数值”，以免末尾数字丢失。",
            characters=24,
        ),
        Column(key="name", header="姓名", hint="供核对：与档案不同时会提示，不会修改档案。", characters=16),
        Column(
            key="designated",
            header="指定汇缴",
            kind=CellKind.AMOUNT,
            also=("指定汇缴（元）", "汇缴金额", "本月金额", "金额", "金额（元）"),
            hint="本月缴多少，单位为元，最多两位小数；留空则按每月缴费金额（或沿用上次的指定金额）。",
            characters=16,
        ),
        Column(
            key="this_month_only",
            header="仅本月",
            choices=("是", "否"),
            hint="填“是”则这个金额只用于本月，以后不再沿用；留空与“否”相同。",
            characters=10,
        ),
    ),
    notes=(
        "每名职工一行；表中的人就是本月要缴的人。不缴款的职工请删除整行。",
        "改好后在汇缴申请的页面点击“上传金额表”：先看差异和合计，再一次套用到草稿。",
    ),
)
FIELDS: Final = tuple(column.key for column in LAYOUT.columns)
