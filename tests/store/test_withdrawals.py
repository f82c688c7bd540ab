"""Promises of withdrawals.py, withdrawal_payments.py and opening_confirmations.py: no fen leaves twice (F113, F114)."""

import asyncio
import json
from datetime import date, timedelta

import asyncpg
import attrs
import pytest

from libsubsidy import (
    WITHDRAWAL_LIFE,
    WITHDRAWAL_REASONS,
    EmploymentState,
    Funds,
    Money,
    Month,
    Policy,
    Terms,
    TypedWithdrawal,
    WithdrawalState,
)
from services.store import (
    application_decisions,
    applications,
    audit,
    ledgers,
    opening_confirmations,
    posting,
    transfer_answers,
    transfer_starts,
    withdrawal_funds,
    withdrawal_payments,
    withdrawal_requests,
    withdrawals,
)
from services.store.database import Actor, Connection, Role, acting, connect
from services.store.employers import Employer
from services.store.posting import OpeningBalance, PostingError
from services.store.refusals import RefusedError
from services.store.transfer_starts import NewTransfers
from services.store.transfers import Seen as SeenTransfer
from services.store.withdrawal_payments import Seen
from services.store.withdrawals import Wanted, WithdrawalApplication
from tests.store.fund import (
    BUREAU,
    START,
    TODAY,
    approve,
    attach,
    clerk_of,
    employ,
    line,
    new_employee,
    pay,
    person,
    register,
    submitted,
)
from tests.store.waiting import until_somebody_waits

FINANCE = Actor(role=Role.BUREAU, name="user/9", origin="192.0.2.9")
ACCOUNT = "622200000000123"


@pytest.fixture
async def employer(db: Connection) -> Employer:
    """An employer with one employee (person 1), whose ledger has 500.00 yuan from a remittance."""
    return await funded(db)


async def funded(db: Connection) -> Employer:
    """Make such an employer."""
    made = await register(db)
    await employ(db, made, new_employee(1))
    await pay(db, await approve(db, await submitted(db, made, line(1, START))))
    return made


async def asked(db: Connection) -> WithdrawalApplication:
    """Let such an employer ask, for other tests."""
    return await ask(db, await funded(db))


def typed(amount: str = "300", **other: str) -> TypedWithdrawal:
    """What a clerk typed."""
    known = {"reason": "01", "payee_name": "员工1", "payee_bank": "某银行", "payee_account": ACCOUNT}
    return TypedWithdrawal(amount=amount, **(known | other))


async def ask(
    db: Connection, employer: Employer, amount: str = "300", *, whose: int = 1, **other: str
) -> WithdrawalApplication:
    """Ask as the employer's clerk, with all files."""
    files = await attach(db, clerk_of(employer), "withdrawal")
    async with acting(db, clerk_of(employer)):
        return await withdrawal_requests.ask(
            db, employer.id, whose, typed(amount, **other), attachments=files, today=TODAY
        )


async def refused(
    db: Connection, employer: Employer, amount: str = "300", *, whose: int = 1, **other: str
) -> list[str]:
    """Ask in vain."""
    with pytest.raises(RefusedError) as caught:
        await ask(db, employer, amount, whose=whose, **other)
    return [each.code for each in caught.value.violations]


async def approved(db: Connection, found: WithdrawalApplication) -> WithdrawalApplication:
    """Let the bureau approve it."""
    async with acting(db, BUREAU):
        await application_decisions.approve(db, found.id, found.version)
        return await withdrawals.get(db, found.id)


async def paying(db: Connection, found: WithdrawalApplication) -> WithdrawalApplication:
    """Let finance tell the bank."""
    async with acting(db, FINANCE):
        return await withdrawal_payments.pay(db, Seen(found.id, found.version))


async def paid(db: Connection, found: WithdrawalApplication) -> WithdrawalApplication:
    """Let the bank book it today."""
    today = await db.fetchval("SELECT current_date")
    async with acting(db, FINANCE):
        return await withdrawal_payments.succeed(db, Seen(found.id, found.version), today, "B-1", today=today)


async def funds(db: Connection, employer: Employer) -> Funds:
    """What the employer is shown."""
    async with acting(db, clerk_of(employer)):
        return await withdrawal_funds.funds_of(db, employer.id, 1, today=TODAY)


async def test_a_withdrawal_from_asking_to_the_ledger(db: Connection, employer: Employer) -> None:
    """F114: reserved when it is asked for, taken from the ledger when the bank has booked it, told once by the contract."""
    asked = await ask(db, employer)
    assert (WithdrawalState.SUBMITTED, "购买住房", Money.parse("300")) == (asked.state, asked.reason_zh, asked.amount)
    assert Funds(credited=Money.parse("500"), reserved=Money.parse("300")) == await funds(db, employer)
    ready = await approved(db, asked)
    assert (WithdrawalState.APPROVED, "user/2") == (ready.state, ready.approved_by)
    await db.execute("DELETE FROM outbox")
    done = await paid(db, await paying(db, ready))
    today = await db.fetchval("SELECT current_date")
    assert (WithdrawalState.PAID, today) == (done.state, done.paid_on)
    assert Funds(credited=Money.parse("500"), withdrawn=Money.parse("300")) == await funds(db, employer)
    async with acting(db, person(1)):
        newest = (await ledgers.of_person(db, 1))[0]
        totals = (await ledgers.totals(db, [1]))[1]
        assert (await funds_of_person(db)).available == Money.parse("200")
        assert [done.id] == [each.id for each in await withdrawals.of_person(db, 1)]
    assert ("withdrawal", -Money.parse("300"), Month.of(today)) == (newest.kind, newest.amount, newest.month)
    async with acting(db, person(2)):
        assert ((), Funds()) == (await withdrawals.of_person(db, 1), await funds_of_person(db))
    assert (Money.parse("200"), Money.parse("500"), 1) == (totals.balance, totals.contributed, totals.periods)
    (told,) = await db.fetch("SELECT type, subject, body FROM outbox")
    assert ("withdrawal.paid.v1", f"withdrawal/{done.id}") == (told["type"], told["subject"])
    assert {"withdrawal_id": str(done.id), "amount": "300.00", "booked": str(today)} == told["body"]
    async with acting(db, FINANCE):
        moves = [(each.from_state, each.to_state) for each in await audit.history(db, "withdrawal", done.id)]
    assert [("approved", "paying"), ("paying", "paid")] == moves


async def funds_of_person(db: Connection) -> Funds:
    """What the person sees of the own account."""
    return await withdrawal_funds.own_funds(db, 1)


async def test_exceeds_balance(db: Connection, employer: Employer) -> None:
    """F114: one fen more than there is is refused, at its field; the whole balance is not."""
    assert ["WITHDRAWAL_EXCEEDS"] == await refused(db, employer, "500.01")
    assert Money.parse("500") == (await ask(db, employer, "500")).amount
    assert ["WITHDRAWAL_NOTHING"] == await refused(db, employer, "0.01")
    assert 1 == await db.fetchval("SELECT count(*) FROM application WHERE kind = 'withdrawal'")


async def test_what_was_typed_is_no_money(db: Connection, employer: Employer) -> None:
    """Design §12: an opening raises the totals; only what finance has confirmed of it can be withdrawn, once."""
    async with acting(db, BUREAU):
        balance = OpeningBalance(month=Month(2019, 12), amount=Money.parse("1000"))
        await posting.open_balances(db, employer.id, {1: balance})
        (waiting,) = await opening_confirmations.waiting(db)
        assert (1, Money.parse("1000"), 1) == (waiting.people, waiting.amount, await opening_confirmations.count(db))
    assert ["WITHDRAWAL_EXCEEDS"] == await refused(db, employer, "500.01")
    with pytest.raises(RefusedError) as caught:
        async with acting(db, FINANCE):
            await opening_confirmations.confirm(db, employer.id, Money.parse("999"))
    assert "OPENINGS_DIFFER" == caught.value.violations[0].code
    async with acting(db, FINANCE):
        assert 1 == await opening_confirmations.confirm(db, employer.id, Money.parse("1000"))
        assert () == await opening_confirmations.waiting(db)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, FINANCE):
            await opening_confirmations.confirm(db, employer.id, Money.parse("1000"))
    assert "OPENINGS_CONFIRMED" == caught.value.violations[0].code
    assert ["WITHDRAWAL_EXCEEDS"] == await refused(db, employer, "1500.01")
    await ask(db, employer, "1500")
    # The initialisation is opened again, and the opening was less than that after all.
    async with acting(db, BUREAU):
        await posting.open_balances(db, employer.id, {1: attrs.evolve(balance, amount=Money.parse("400"))})
    assert -Money.parse("600") == (await funds(db, employer)).available


async def test_two_at_once(db: Connection, employer: Employer, database_url: str) -> None:
    """F114, I6: of two clerks who ask for the same money at the same moment the second one waits, and is refused."""
    files = [await attach(db, clerk_of(employer), "withdrawal") for _ in range(2)]
    other = await connect(database_url)

    async def second() -> None:
        async with acting(other, clerk_of(employer)):
            await withdrawal_requests.ask(other, employer.id, 1, typed("300"), attachments=files[1], today=TODAY)

    try:
        async with acting(db, clerk_of(employer)):
            await withdrawal_requests.ask(db, employer.id, 1, typed("300"), attachments=files[0], today=TODAY)
            racing = asyncio.create_task(second())
            await until_somebody_waits(database_url)
        with pytest.raises(RefusedError) as caught:
            await racing
    finally:
        await other.close()
    assert ["WITHDRAWAL_EXCEEDS"] == [each.code for each in caught.value.violations]
    assert 1 == await db.fetchval("SELECT count(*) FROM withdrawal")


async def test_the_database_refuses_a_second_time(db: Connection, employer: Employer, database_url: str) -> None:
    """I6: past the store, two rows written at the same moment do not exceed the account either."""
    new = """
        WITH made AS (
            INSERT INTO application (employer_id, kind, contents, line_count, person_count, total_fen)
            VALUES (1, 'withdrawal', '{}', 1, 1, 30000) RETURNING id)
        INSERT INTO withdrawal (id, employer_id, person_id, state, reason, reason_zh, to_heir, amount_fen, payee_name,
            payee_bank, payee_account)
        SELECT id, 1, 1, 'submitted', '01', '', false, $1, 'x', 'x', '622200000000' FROM made"""
    other = await connect(database_url)

    async def second() -> None:
        async with other.transaction():
            await other.execute(new, 20_001)

    try:
        async with db.transaction():
            await db.execute(new, 30_000)
            racing = asyncio.create_task(second())
            await until_somebody_waits(database_url)
        with pytest.raises(asyncpg.RestrictViolationError) as caught:
            await racing
        assert "withdrawal_within_funds" == caught.value.constraint_name
        await other.execute(new, 20_000)
    finally:
        await other.close()
    for change in ("amount_fen = amount_fen + 1", "person_id = 2", "payee_account = '622200000001'"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(f"UPDATE withdrawal SET {change} WHERE amount_fen = 20000")


async def test_an_employer_reserves_nothing_past_the_store(db: Connection, employer: Employer) -> None:
    """An employer does not see the whole account: its own role can only let go, and only what is its own."""
    asked = await ask(db, employer)
    async with acting(db, clerk_of(employer)):
        await applications.retract(db, asked.id, asked.version)
    with pytest.raises(asyncpg.RestrictViolationError) as caught:
        async with acting(db, clerk_of(employer)):
            await db.execute("UPDATE application SET state = 'draft' WHERE id = $1", asked.id)
    assert "withdrawal_follows_application" == caught.value.constraint_name
    async with acting(db, clerk_of(employer)):
        assert "UPDATE 0" == await db.execute("UPDATE withdrawal SET state = 'draft' WHERE id = $1", asked.id)
    assert Funds(credited=Money.parse("500")) == await funds(db, employer)


@pytest.mark.parametrize("decide", [application_decisions.send_back, application_decisions.reject, None])
async def test_what_is_refused_or_taken_back_is_free_again(
    db: Connection, employer: Employer, decide: "object"
) -> None:
    """F114: returned, rejected, retracted: the money can be asked for again; a returned one is handed in anew, with less."""
    asked = await ask(db, employer, "500")
    if decide is None:
        async with acting(db, clerk_of(employer)):
            await applications.retract(db, asked.id, asked.version)
    else:
        async with acting(db, BUREAU):
            await decide(db, asked.id, asked.version, "证明不清晰")  # type: ignore[operator]
    assert Money.parse("500") == (await funds(db, employer)).available
    await ask(db, employer, "200")
    async with acting(db, clerk_of(employer)):
        before = await withdrawals.get(db, asked.id)
    if decide is application_decisions.reject:
        return
    files = await attach(db, clerk_of(employer), "withdrawal")

    async def again(amount: str) -> WithdrawalApplication:
        async with acting(db, clerk_of(employer)):
            return await withdrawal_requests.ask_again(
                db, asked.id, before.version, typed(amount), attachments=files, today=TODAY
            )

    with pytest.raises(RefusedError, match=r"300\.01"):
        await again("300.01")
    found = await again("300")
    assert (WithdrawalState.SUBMITTED, Money.parse("300")) == (found.state, found.amount)
    assert Money.parse("0") == (await funds(db, employer)).available


async def test_transfer_in_process(db: Connection, employer: Employer) -> None:
    """F113, F75: what was asked for goes on and stays reserved; nobody asks meanwhile, afterwards the new employer."""
    asked = await ask(db, employer, "300")
    other = await register(db, 2)
    files = await attach(db, clerk_of(employer), "transfer")
    async with acting(db, clerk_of(employer)):
        new = NewTransfers(to_employer_id=other.id, person_ids=(1,), effective=Month(2020, 10), attachment_ids=files)
        batch = await transfer_starts.start(db, employer.id, new, policy=Policy(), today=TODAY)
    assert ["WITHDRAWAL_TRANSFERRING"] == await refused(db, employer, "1")
    transfer_id = await db.fetchval("SELECT id FROM transfer")
    async with acting(db, clerk_of(other)):
        terms = Terms(rank="", amount=Money.parse("500"), start_month=Month(2020, 10))
        seen = SeenTransfer(transfer_id, 1)
        await transfer_answers.accept(db, other.id, seen, terms, policy=Policy(), today=TODAY)
    assert batch
    assert ["WITHDRAWAL_ELSEWHERE"] == await refused(db, employer, "1")
    async with acting(db, clerk_of(other)):
        shown = await withdrawal_funds.funds_of(db, other.id, 1, today=TODAY)
        with pytest.raises(RefusedError):
            await withdrawals.get(db, asked.id)
    assert Funds(credited=Money.parse("500"), reserved=Money.parse("300")) == shown
    assert ["WITHDRAWAL_EXCEEDS"] == await refused(db, other, "200.01")
    await ask(db, other, "200")
    async with acting(db, BUREAU):
        assert ["WITHDRAWAL_OF_LEAVER"] == [each.code for each in await withdrawals.advice(db, asked.id)][-1:]
    assert WithdrawalState.PAID is (await paid(db, await paying(db, await approved(db, asked)))).state


async def test_death(db: Connection, employer: Employer) -> None:
    """F114, F115: an heir is paid, with proof of being one; what waited for another reason is not approved any more."""
    waiting = await ask(db, employer, "100")
    files = await attach(db, clerk_of(employer), "withdrawal")
    heir = typed("400", reason="08", payee_name="李四")
    with pytest.raises(RefusedError) as caught:
        async with acting(db, clerk_of(employer)):
            await withdrawal_requests.ask(db, employer.id, 1, heir, attachments=files, today=TODAY)
    assert [("ATTACHMENT_MISSING", "继承关系证明")] == [(e.code, e.params["slot"]) for e in caught.value.violations]
    async with acting(db, clerk_of(employer)):
        asked = await withdrawal_requests.ask(
            db, employer.id, 1, heir, attachments=[*files, await heir_proof(db, employer)], today=TODAY
        )
    assert ["WITHDRAWAL_AFTER_DEATH", "WITHDRAWAL_NOTHING"] == await refused(db, employer, "1")
    with pytest.raises(RefusedError) as caught:
        await approved(db, waiting)
    assert "WITHDRAWAL_AFTER_DEATH" == caught.value.violations[0].code
    assert WithdrawalState.PAID is (await paid(db, await paying(db, await approved(db, asked)))).state


async def heir_proof(db: Connection, employer: Employer) -> int:
    """Store a file in the slot for heirs."""
    row = await db.fetchval(
        """
        INSERT INTO attachment (employer_id, purpose, slot, file_name, storage_key, state, size_bytes, sha256, media_type,
            pages)
        VALUES ($1, 'withdrawal', 'heir_proof', 'f', 'heir', 'stored', 1, decode(repeat('00', 32), 'hex'), 'image/png', 1)
        RETURNING id
        """,
        employer.id,
    )
    return int(row)


async def test_payment_bounced(db: Connection, employer: Employer) -> None:
    """F114: refused by the bank, or booked and sent back later: reserved until it is paid again or given back."""
    ready = await approved(db, await ask(db, employer))
    failed = await fail(db, await paying(db, ready))
    assert (WithdrawalState.FAILED, "账号与户名不符") == (failed.state, failed.note)
    assert Money.parse("200") == (await funds(db, employer)).available
    async with acting(db, FINANCE):
        again = await withdrawal_payments.retry(db, Seen(failed.id, failed.version))
    done = await paid(db, await paying(db, again))
    await db.execute("DELETE FROM outbox")
    async with acting(db, FINANCE):
        back = await withdrawal_payments.bounce(db, Seen(done.id, done.version), "收款账户已销户")
    assert (WithdrawalState.FAILED, None) == (back.state, back.paid_on)
    assert Funds(credited=Money.parse("500"), reserved=Money.parse("300")) == await funds(db, employer)
    assert [-30000, 30000] == [
        row[0] for row in await db.fetch("SELECT amount_fen FROM ledger_entry WHERE kind = 'withdrawal' ORDER BY id")
    ]
    assert ["withdrawal.returned.v1"] == [row[0] for row in await db.fetch("SELECT type FROM outbox")]
    assert "300.00" == await db.fetchval("SELECT body->>'amount' FROM outbox")
    async with acting(db, FINANCE):
        over = await withdrawal_payments.give_back(db, Seen(back.id, back.version), "请单位更正账户后重新申请")
        tries = await withdrawal_payments.payments_of(db, over.id)
    assert ["failed", "bounced"] == [each.state for each in tries]
    assert WithdrawalState.GIVEN_BACK is over.state
    assert Funds(credited=Money.parse("500")) == await funds(db, employer)
    assert Money.parse("500") == (await ask(db, employer, "500")).amount


async def fail(db: Connection, found: WithdrawalApplication) -> WithdrawalApplication:
    """Let the bank refuse it."""
    async with acting(db, FINANCE):
        return await withdrawal_payments.fail(db, Seen(found.id, found.version), "账号与户名不符")


async def test_who_has_approved_does_not_pay(db: Connection, employer: Employer) -> None:
    """Money is moved by two people: the store says so, and the database does not let it through either."""
    ready = await approved(db, await ask(db, employer))
    with pytest.raises(RefusedError) as caught:
        async with acting(db, attrs.evolve(FINANCE, name=BUREAU.name)):
            await withdrawal_payments.pay(db, Seen(ready.id, ready.version))
    assert "SECOND_PERSON_NEEDED" == caught.value.violations[0].code
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(
            """
            INSERT INTO withdrawal_payment (withdrawal_id, employer_id, amount_fen, approved_by, paid_by)
            VALUES ($1, 1, 1, 'user/2', 'user/2')
            """,
            ready.id,
        )


async def test_an_act_is_done_once(db: Connection, employer: Employer) -> None:
    """Who looked at an earlier page is refused: nothing is paid, noted or given back twice, and nothing out of turn."""
    ready = await approved(db, await ask(db, employer))
    under_way = await paying(db, ready)
    for act in (
        lambda: paying(db, ready),
        lambda: paid(db, attrs.evolve(under_way, version=under_way.version - 1)),
        lambda: fail(db, attrs.evolve(under_way, id=under_way.id + 1)),
    ):
        with pytest.raises(RefusedError):
            await act()
    done = await paid(db, under_way)
    with pytest.raises(RefusedError):
        await paid(db, done)
    with pytest.raises(PostingError):
        async with acting(db, FINANCE):
            await posting.pay_out(db, done.id, TODAY, "")
    assert [-30000] == [
        row[0] for row in await db.fetch("SELECT amount_fen FROM ledger_entry WHERE kind = 'withdrawal'")
    ]
    payment = await db.fetchval("SELECT payment_id FROM ledger_entry WHERE payment_id IS NOT NULL")
    with pytest.raises(asyncpg.UniqueViolationError):
        await db.execute(
            """
            INSERT INTO ledger_entry (person_id, employer_id, month, kind, amount_fen, payment_id)
            VALUES (1, 1, '2020-01-01', 'withdrawal', -1, $1)
            """,
            payment,
        )


@pytest.mark.parametrize(
    ("days", "reference", "code"),
    [(-1, "", "WITHDRAWAL_BOOKED_EARLY"), (1, "", "WITHDRAWAL_BOOKED_LATE"), (0, "9" * 65, "FIELD_TOO_LONG")],
)
async def test_the_bank_books_between_approval_and_today(
    db: Connection, employer: Employer, days: int, reference: str, code: str
) -> None:
    """A day that cannot be is refused at its field, and so is a number of the bank's that is none."""
    under_way = await paying(db, await approved(db, await ask(db, employer)))
    today: date = await db.fetchval("SELECT current_date")
    booked = today + timedelta(days=days)
    with pytest.raises(RefusedError) as caught:
        async with acting(db, FINANCE):
            await withdrawal_payments.succeed(db, Seen(under_way.id, under_way.version), booked, reference, today=today)
    assert [code] == [each.code for each in caught.value.violations]


async def test_the_database_moves_withdrawals_as_the_library_does(db: Connection, employer: Employer) -> None:
    """I21: every pair of states is tried in SQL: what goes through is exactly the table of libsubsidy."""
    asked = await ask(db, employer)
    await db.execute("UPDATE withdrawal SET approved_by = 'user/2', approved_at = now() WHERE id = $1", asked.id)
    allowed = set()
    for before in WithdrawalState:
        for after in WithdrawalState:
            if before is after:
                continue
            try:
                async with db.transaction():
                    move = "UPDATE withdrawal SET state = $2, paid_on = CASE $2 WHEN 'paid' THEN current_date END WHERE id = $1"
                    await db.execute("SET LOCAL session_replication_role = replica")
                    await db.execute(move, asked.id, before.value)
                    await db.execute("SET LOCAL session_replication_role = origin")
                    await db.execute(move, asked.id, after.value)
                    allowed.add((before, after))
            except asyncpg.RestrictViolationError as error:
                assert "withdrawal_moves" == error.constraint_name  # noqa: PT017 - others go on.
    expected = {(before, after) for (before, _), after in WITHDRAWAL_LIFE.table.items() if before is not after}
    assert expected == allowed


async def test_the_reasons_are_seeded_and_can_be_changed(db: Connection, employer: Employer) -> None:
    """D-17: a new fund has the ten of the library; one no longer offered is refused, what was asked for keeps its name."""
    asked = await ask(db, employer, "1")
    async with acting(db, clerk_of(employer)):
        assert WITHDRAWAL_REASONS == await withdrawals.reasons(db)
    await db.execute("UPDATE withdrawal_reason SET active = false, zh = '购房' WHERE code = '01'")
    assert ["WITHDRAWAL_REASON_UNKNOWN"] == await refused(db, employer, "1")
    async with acting(db, BUREAU):
        assert "购买住房" == (await withdrawals.get(db, asked.id)).reason_zh


async def test_lists_are_found_by_name_number_and_state(db: Connection, employer: Employer) -> None:
    """An employer finds its own by a part of the name or the beginning of the number; the bureau those of a state."""
    asked = await ask(db, employer, "1")
    await ask(db, employer, "2")
    async with acting(db, clerk_of(employer)):
        for text, expected in (("员工", 2), ("yuangong", 2), (asked.id_number[:6], 2), ("别人", 0), ("%", 0)):
            assert expected == await withdrawals.count(db, Wanted(employer_id=employer.id, text=text))
        newest = await withdrawals.matching(db, Wanted(employer_id=employer.id), before=asked.id + 1, limit=1)
    assert [asked.id] == [each.id for each in newest]
    await approved(db, asked)
    async with acting(db, FINANCE):
        (found,) = await withdrawals.matching(db, Wanted(state=WithdrawalState.APPROVED))
    assert (asked.id, employer.code, "员工1") == (found.id, found.employer_code, found.person_name)
    assert json.dumps(found.id_number_masked).count("*") == 10


async def test_an_account_that_is_not_open_has_nothing_to_ask_for(db: Connection, employer: Employer) -> None:
    """F113: who waits for an account, and who is another employer's."""
    await employ(db, employer, new_employee(2, state=EmploymentState.PENDING))
    found = await refused(db, employer, "1", whose=2, payee_name="员工2")
    assert ["WITHDRAWAL_NOT_OPEN", "WITHDRAWAL_NOTHING"] == found
    other = await register(db, 2)
    assert ["ABSENT"] == await refused(db, other, "1")
