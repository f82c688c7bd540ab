"""The JSON test vectors that ship with the library.

Run as a script it writes every answer anew; read the difference before you keep it.
"""

import json
from collections.abc import Callable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from libsubsidy import (
    BackPayment,
    CreditCode,
    Employment,
    Exact,
    Found,
    IdNumber,
    LiveMonth,
    Member,
    Memo,
    Mobile,
    Money,
    Month,
    MonthRange,
    NearMiss,
    OrderKind,
    OrganizationCode,
    ParseError,
    Policy,
    Violation,
    check_back_payment,
    check_back_payment_months,
    check_split,
    decide,
    make_converter,
    order_code_checks,
    read_memo,
    split_back_payment,
    to_record,
)
from libsubsidy.bank_lines import BankLine
from libsubsidy.order_codes import ALPHABET

VECTORS = Path(str(files("libsubsidy"))) / "vectors"
CONVERTER = make_converter()
IDENTITIES: dict[str, Callable[[str], object]] = {
    "organization_code": OrganizationCode.parse,
    "credit_code": CreditCode.parse,
    "id_number": IdNumber.parse,
    "mobile": Mobile.parse,
}


@frozen
class _BankCase:
    line: BankLine
    found: Found


@frozen
class _Person:
    employment: Employment
    live: dict[Month, LiveMonth]


@frozen
class _BackPaymentCase:
    today: date
    application: BackPayment
    people: list[_Person]


@frozen
class _MonthsCase:
    today: date
    kind: OrderKind
    months: MonthRange


def _shown(violations: tuple[Violation, ...]) -> list[dict[str, Any]]:
    return [{"code": violation.code, "params": dict(violation.params)} for violation in violations]


def _or_refused(parse: Callable[[str], object], text: str) -> object:
    try:
        return str(parse(text))
    except ParseError as refusal:
        return {"refused": refusal.violation.code}


def _memo(text: str) -> dict[str, Any]:
    reading = read_memo(text)
    if isinstance(reading, Exact):
        return {"exact": str(reading.memo)}
    problems = [problem.code for problem in reading.problems]
    if isinstance(reading, NearMiss):
        return {"near": str(reading.memo), "level": reading.level, "problems": problems}
    return {"none": True, "problems": problems}


def _decision(given: dict[str, Any]) -> dict[str, Any]:
    case = CONVERTER.structure(given, _BankCase)
    record: dict[str, Any] = json.loads(json.dumps(to_record(decide(case.line, case.found, Policy()))))
    # The version changes with every release, the answers must not.
    del record["library"]
    return record


def _back_payment(given: dict[str, Any]) -> list[dict[str, Any]]:
    case = CONVERTER.structure(given, _BackPaymentCase)
    roster = {person.employment.person_id: Member(person.employment, person.live) for person in case.people}
    return _shown(check_back_payment(case.application, roster, Policy(), case.today))


def _back_payment_months(given: dict[str, Any]) -> dict[str, Any]:
    case = CONVERTER.structure(given, _MonthsCase)
    broken = _shown(check_back_payment_months(case.kind, case.months, Policy(), case.today))
    if case.kind is not OrderKind.MONTHLY:
        return {"one_order": broken}
    refused = check_split(case.months, Policy(), case.today)
    orders = () if refused else split_back_payment(case.months, Policy())
    return {
        "one_order": broken,
        "split": _shown(refused),
        "orders": [{"first": str(months.first), "last": str(months.last)} for months in orders],
    }


ANSWERS: dict[str, Callable[[Any], object]] = {
    "money": lambda given: _or_refused(Money.parse, given),
    "months": lambda given: _or_refused(Month.parse, given),
    "memos": _memo,
    "order_codes": lambda given: order_code_checks(Memo.parse(given)),
    "identities": lambda given: _or_refused(IDENTITIES[given["kind"]], given["text"]),
    "decisions": _decision,
    "back_payments": _back_payment,
    "back_payment_months": _back_payment_months,
}


def _file(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("name", ANSWERS)
def test_the_library_gives_every_answer_of_its_vectors(name: str) -> None:
    """What other tools check themselves against is what this library does."""
    cases = _file(name)["cases"]
    assert len(cases) >= 10
    assert [case["then"] for case in cases] == [ANSWERS[name](case["given"]) for case in cases]


def test_every_vector_file_has_its_answer_and_its_line_in_the_readme() -> None:
    """No file is forgotten, neither by the test nor by the description."""
    assert set(ANSWERS) == {path.stem for path in VECTORS.glob("*.json")}
    readme = (VECTORS / "README.md").read_text(encoding="utf-8")
    assert [] == [name for name in ANSWERS if f"`{name}.json`" not in readme]


def test_the_parameters_of_the_order_codes_are_those_of_the_library() -> None:
    """A second implementation needs the alphabet and the weights."""
    parameters = _file("order_codes")["parameters"]
    assert ALPHABET == parameters["alphabet"]
    for given in (case["given"] for case in _file("order_codes")["cases"] if case["then"]):
        values = [int(digit) for digit in given[:5]] + [parameters["alphabet"].index(c) for c in given[6:10]]
        total = sum(weight * value for weight, value in zip(parameters["weights"], values, strict=True))
        assert 0 == total % parameters["modulus"]


@pytest.mark.parametrize("name", ["decisions", "memos"])
def test_the_vectors_show_every_kind_of_answer(name: str) -> None:
    """Every outcome and every level is among the cases."""
    answers = [case["then"] for case in _file(name)["cases"]]
    if name == "memos":
        assert {"L1", "L2", "L3"} == {answer["level"] for answer in answers if "level" in answer}
        assert any("exact" in answer for answer in answers)
    else:
        assert {"settle", "refund", "hold", "other"} == {answer["outcome"] for answer in answers}


def _write() -> None:
    for name, answer in ANSWERS.items():
        content = _file(name)
        for case in content["cases"]:
            case["then"] = answer(case["given"])
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (VECTORS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
