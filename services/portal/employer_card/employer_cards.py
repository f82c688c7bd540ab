"""单位信息 by the API: the own card and 住房补贴信息; 单位变更记录 is `changes/change_history.py`."""

import attrs

from libsubsidy import CARD_FIELDS, EmploymentState, Money, Month
from services.portal.calls import Call
from services.portal.endpoints import Endpoints
from services.portal.roles import EMPLOYERS
from services.store import employer_figures, employers

employer_cards = Endpoints(tag="单位信息 employer")


@attrs.frozen(kw_only=True)
class CardFieldView:
    """One field of the card.

    Attributes:
        field: its name, such as ``contact_name``.
        label_zh: its label.
        value: as it is kept; empty when it is not known.
        shown: as people write it.
    """

    field: str
    label_zh: str
    label_en: str
    value: str
    shown: str


@attrs.frozen(kw_only=True)
class EmployerCardView:
    """The employer's own card.

    Attributes:
        code: 单位交易代码, with which memos begin.
        initialised: 员工初始化 has been submitted, and orders are taken.
        fields: in the order of the forms.
    """

    code: str
    name: str
    state: str
    initialised: bool
    fields: tuple[CardFieldView, ...]


@attrs.frozen(kw_only=True)
class HeadCount:
    """How many people are in a state."""

    state: EmploymentState
    people: int


@attrs.frozen(kw_only=True)
class FiguresView:
    """住房补贴信息.

    Attributes:
        people: how many people are in each state.
        credited: what the employer's remittances and back-payments come to.
        balance: all entries of its people's ledgers with it.
        cash: of it, what a bank's money stands for: without openings and backfills.
        last_month: the last month that was remitted.
        unpaid_notices: how many payment notices are to be paid.
        unpaid: what those come to.
        stray_payments: payments with this employer's code that could not be booked to a notice.
        stray: what those come to.
    """

    people: tuple[HeadCount, ...]
    credited: Money
    balance: Money
    cash: Money
    last_month: Month | None
    unpaid_notices: int
    unpaid: Money
    stray_payments: int
    stray: Money


@employer_cards.get("/employer", who=EMPLOYERS, scope="employer:read", also=(404,))
async def get_card(call: Call) -> EmployerCardView:
    """Show the employer's own card (单位信息)."""
    card = await employers.card(call.connection, call.employer_id)
    employer = await employers.get(call.connection, call.employer_id)
    return EmployerCardView(
        code=employer.code,
        name=employer.name,
        state=employer.state,
        initialised=employer.initialised,
        fields=tuple(
            CardFieldView(
                field=field.name,
                label_zh=field.zh,
                label_en=field.en,
                value=(value := getattr(card, field.name)),
                shown=field.shown(value),
            )
            for field in CARD_FIELDS
        ),
    )


@employer_cards.get("/employer/figures", who=EMPLOYERS, scope="employer:read")
async def get_figures(call: Call) -> FiguresView:
    """Show what people, ledgers, notices and stray payments come to (住房补贴信息)."""
    figures = await employer_figures.of_employer(call.connection, call.employer_id)
    return FiguresView(
        people=tuple(HeadCount(state=state, people=people) for state, people in figures.people.items()),
        credited=figures.ledger.credited,
        balance=figures.ledger.balance,
        cash=figures.ledger.cash,
        last_month=figures.ledger.last_month,
        unpaid_notices=figures.unpaid_notices,
        unpaid=figures.unpaid,
        stray_payments=figures.stray_payments,
        stray=figures.stray,
    )
