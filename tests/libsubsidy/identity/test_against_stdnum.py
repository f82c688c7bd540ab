"""Check characters against python-stdnum, which is right about those (and about little else: domain §2.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libsubsidy import CreditCode, IdNumber
from libsubsidy.identity.credit_code import ALPHABET

REASON = "python-stdnum is an oracle for development and is not installed with the library"


@given(st.from_regex(r"\A[1-6][0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}\Z"))
def test_i29_id_numbers_agree_with_iso_7064(body: str) -> None:
    """The resident ID's check is ISO 7064 MOD 11-2."""
    oracle = pytest.importorskip("stdnum.iso7064.mod_11_2", reason=REASON)
    assert oracle.calc_check_digit(body) == str(IdNumber.of_body(body))[-1]


@given(st.from_regex(r"\A[1-9][1-9][0-9]{6}\Z"), st.text(alphabet=ALPHABET, min_size=9, max_size=9))
def test_i29_credit_codes_agree_with_stdnum(digits: str, rest: str) -> None:
    """Where python-stdnum accepts a credit code at all (digits in front), it computes the same check."""
    oracle = pytest.importorskip("stdnum.cn.uscc", reason=REASON)
    assert oracle.calc_check_digit(digits + rest) == str(CreditCode.of_body(digits + rest))[-1]
