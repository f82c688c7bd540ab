"""The template of 职工批量导入: the fields of 职工开户 as columns, under the manual's names (F48, F49; manual L105-L106)."""

from typing import Final

from services.spreadsheets.layouts import CellKind, Column, Layout
from services.store.opening_rows import LABELS
from services.store.openings import PEOPLE_MAX

# No ID number has a letter before its end, so the example is none: whoever changes a part of it is told, not imported.
LAYOUT: Final = Layout(
    name="employee_import",
    version=1,
    title="职工批量导入模版",
    rows_max=PEOPLE_MAX,
    columns=(
        Column(key="name", header=LABELS["name"], required=True, hint="与身份证一致，间隔号用“·”。", characters=16),
        Column(
            key="id_number",
            header=LABELS["id_number"],
            also=("身份证号", "证件号码", "公民身份号码"),
            required=True,
            hint="18 位，或旧证的 15 位。单元格已是文本格式；从别处粘贴时请“选择性粘贴－数值”，以免末尾数字丢失。",
            characters=24,
        ),
        Column(
            key="mobile",
            header=LABELS["mobile"],
            also=("手机", "手机号", "联系电话"),
            required=True,
            hint="11 位，职工本人使用。",
            characters=16,
        ),
        Column(key="rank", header=LABELS["rank"], hint="可从下拉列表选择，也可以直接填写。", characters=16),
        Column(
            key="monthly_amount",
            header=LABELS["monthly_amount"],
            also=("每月缴费金额（元）", "月缴费金额"),
            kind=CellKind.AMOUNT,
            required=True,
            hint="单位为元，最多两位小数，例如 1500 或 1500.50。",
            characters=18,
        ),
        Column(
            key="start_month",
            header=LABELS["start_month"],
            also=("汇缴起始月份",),
            kind=CellKind.MONTH,
            required=True,
            hint="例如 2020-04。",
            characters=18,
        ),
        Column(
            key="joined_on",
            header=LABELS["joined_on"],
            also=("参加工作时间", "参加工作日期", "入职/参加工作日期"),
            kind=CellKind.DAY,
            hint="入职或参加工作的日期，例如 2020-04-01。",
            characters=16,
        ),
        Column(key="remark", header=LABELS["remark"], hint="最多 200 字。", characters=28),
    ),
    sample={
        "name": "张三（示例，不会导入）",
        "id_number": "44010119900101001示例",
        "mobile": "13800000000",
        "rank": "科员",
        "monthly_amount": "1500",
        "start_month": "2020-04",
        "joined_on": "2020-04-01",
        "remark": "这一行是示例，可以保留或删除",
    },
    notes=(
        "请从第一个工作表的第 2 行起逐行填写，带红星（*）的列必填；不要改动表头和工作表。",
        f"一次最多 {PEOPLE_MAX:,} 人。身份证号码、手机号码按文本填写，不要设为数字格式。",
        "填写后在“职工批量导入”页面点击【上传员工信息】，核对无误再提交。",
    ),
)
FIELDS: Final = tuple(column.key for column in LAYOUT.columns)
