"""How the values of the library look on the wire, as JSON Schema: one entry for each type that travels as one value.

Patterns say the form; what only a rule can say, such as a check digit, is refused by the call itself (422).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import attrs

from libsubsidy import CreditCode, IdNumber, Memo, Mobile, Money, Month, OrganizationCode
from services.portal.wire import LIMIT_MAX, Id, Limit

Schema = dict[str, Any]


@attrs.frozen(kw_only=True)
class ValueSchema:
    """The two sides of one type: what is taken may be written in more ways than what is given."""

    name: str
    schema: Schema
    given_name: str = ""
    given: Schema | None = None


# The forms that are written; what people type in other ways (blanks, full-width digits, a lower-case x) is understood.
_TYPED: Final = " Blanks, hyphens and full-width digits are understood."

VALUES: Final[Mapping[object, ValueSchema]] = {
    Id: ValueSchema(
        name="Id",
        schema={
            "type": "string",
            "pattern": "^[1-9][0-9]{0,17}$",
            "description": "编号. The number of a row; a text, because JavaScript's numbers end at 2^53.",
            "examples": ["4711"],
        },
    ),
    Limit: ValueSchema(
        name="Limit",
        schema={
            "type": "integer",
            "minimum": 1,
            "maximum": LIMIT_MAX,
            "description": "每页条数. How many items of a list are given at once.",
            "examples": [50],
        },
    ),
    Month: ValueSchema(
        name="Month",
        schema={
            "type": "string",
            "pattern": "^(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])$",
            "description": "月份. A calendar month.",
            "examples": ["2020-04"],
        },
    ),
    Money: ValueSchema(
        name="Money",
        schema={
            "type": "string",
            "pattern": r"^[0-9]{1,13}(?:\.[0-9]{1,2})?$",
            "description": "金额（元）. An amount in yuan: plain digits, at most two decimals, no sign.",
            "examples": ["23662.50", "500"],
        },
        given_name="Amount",
        given={
            "type": "string",
            "pattern": r"^-?(?:0|[1-9][0-9]{0,13})\.[0-9]{2}$",
            "description": "金额（元）. An amount in yuan with two decimals; a correction in the ledger has its minus sign.",
            "examples": ["23662.50", "-500.00"],
        },
    ),
    Memo: ValueSchema(
        name="Memo",
        schema={
            "type": "string",
            "pattern": "^[0-9]{5}x[0-9A-Z]{4}o$",
            "description": "摘要. What a transfer's memo begins with: employer code, x, order code, o.",
            "examples": ["75256xA7W5o"],
        },
    ),
    IdNumber: ValueSchema(
        name="IdNumber",
        schema={
            "type": "string",
            "pattern": "^(?:[0-9]{17}[0-9Xx]|[0-9]{15})$",
            "description": "身份证号码 (GB 11643): 18 characters, or the 15 digits of an old card." + _TYPED,
            "examples": ["11010519491231002X"],
        },
        given_name="IdNumberInFull",
        given={
            "type": "string",
            "pattern": "^[0-9]{17}[0-9X]$",
            "description": "身份证号码 (GB 11643), 18 characters.",
            "examples": ["11010519491231002X"],
        },
    ),
    Mobile: ValueSchema(
        name="Mobile",
        schema={
            "type": "string",
            "pattern": "^1[3-9][0-9]{9}$",
            "description": "手机号码. A mainland mobile number." + _TYPED,
            "examples": ["13800000000"],
        },
    ),
    OrganizationCode: ValueSchema(
        name="OrganizationCode",
        schema={
            "type": "string",
            "pattern": "^[0-9A-Z]{8}-?[0-9X]$",
            "description": "组织机构代码 (GB 11714)." + _TYPED,
            "examples": ["D2143569X"],
        },
    ),
    CreditCode: ValueSchema(
        name="CreditCode",
        schema={
            "type": "string",
            "pattern": "^[1-9ANY][0-9A-HJ-NPQRTUWXY]{17}$",
            "description": "统一社会信用代码 (GB 32100)." + _TYPED,
            "examples": ["91350100M000100Y43"],
        },
    ),
    date: ValueSchema(
        name="Date",
        schema={
            "type": "string",
            "format": "date",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            "description": "日期. A day.",
            "examples": ["2020-04-01"],
        },
    ),
    datetime: ValueSchema(
        name="Time",
        schema={
            "type": "string",
            "format": "date-time",
            "description": "时间. ISO 8601 with the zone; what is given is in the bureau's zone, Asia/Shanghai.",
            "examples": ["2020-04-01T09:00:00+08:00"],
        },
    ),
}
