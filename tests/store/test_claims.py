"""What claims.py says when it gives up; what it holds is proven by test_claims_model.py."""

import pytest

from services.store import claims
from services.store.database import Connection
from services.store.refusals import RefusedError
from tests.store.fund import START, employ, line, new_employee, register, submitted


async def test_whoever_lost_every_race_is_told_in_one_language(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """STALE_VERSION names the order, in Chinese and in English."""
    employer = await register(db)
    (person,) = await employ(db, employer, new_employee(1))
    monkeypatch.setattr(claims, "_TRIES_MAX", 0)
    with pytest.raises(RefusedError) as caught:
        await submitted(db, employer, line(person, START))
    (told,) = caught.value.violations
    assert "STALE_VERSION" == told.code
    assert told.zh.startswith("您打开页面之后，订单 1已被他人修改")
    assert told.en.startswith("The order 1 has been changed")
