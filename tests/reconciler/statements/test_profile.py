"""Bank profiles: strict to read, and what their rules make of a line."""

import attrs
import pytest

from libsubsidy import Direction, OtherKind
from services.reconciler.statements import PROFILES, ProfileError, load_profile
from services.reconciler.statements.profile import read_profile
from tests.reconciler.statements.written import GENERIC, LINE_WISE, Transaction, read

DEMO = load_profile("demo-bank")
NAMED = 'name = "a"\ntitle = "A"\n'


def test_every_profile_that_ships_can_be_loaded() -> None:
    """Each is called as its file is."""
    assert {"ofx-generic", "demo-bank", "demo-bank-gbk"} <= set(PROFILES)
    assert list(PROFILES) == [load_profile(name).name for name in PROFILES]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "name"),
        (NAMED + 'memo_feild = "MEMO"', "memo_feild"),
        (NAMED + 'escapes_markup = "yes"', "escapes_markup"),
        (NAMED + "memo_field = 1", "memo_field"),
        (NAMED + 'encoding = "klingon"', "klingon"),
        (NAMED + 'encoding = "utf-16"', "utf-16"),
        (NAMED + '[[rules]]\nkind = "lottery"\ntypes = ["X"]', "lottery"),
        (NAMED + '[[rules]]\nkind = "fee"', "needs one of"),
        (NAMED + '[[rules]]\ntypes = ["X"]', "either a kind or reversal"),
        (NAMED + '[[rules]]\nkind = "fee"\nreversal = true\ntypes = ["X"]', "either a kind or reversal"),
        (NAMED + '[[rules]]\nkind = "fee"\ntype = ["X"]', "type"),
        (NAMED + '[[rules]]\nkind = "fee"\nstarts = ["手续费|"]', "a payer's own text"),
        (NAMED + '[[rules]]\nkind = "interest"\ndirection = "credit"\nequals = ["结息"]', "a payer's own text"),
        (NAMED + '[[rules]]\nkind = "own_transfer"\nnames = ["本局"]\nstarts = ["划转"]', "a payer's own text"),
        (NAMED + 'memo_prefixes = "附言:"', "memo_prefixes"),
        ("name = ", "no TOML"),
    ],
)
def test_a_profile_that_means_something_else_is_refused(toml: str, said: str) -> None:
    """A misspelt key, a wrong type, an unknown encoding or kind: the error names the file and what is wrong."""
    with pytest.raises(ProfileError, match=r"^a\.toml: ") as raised:
        read_profile(toml, "a.toml")

    assert said in str(raised.value)


@pytest.mark.parametrize(
    "rule",
    [
        'kind = "fee"\ndirection = "debit"\nstarts = ["手续费|"]',
        'kind = "interest"\nequals = ["结息"]\nwithout_payer = true',
        'kind = "refund_return"\ntypes = ["OTHER"]\nstarts = ["退汇|"]',
        'kind = "own_transfer"\naccounts = ["6222"]\nnames = ["本局"]',
        'kind = "own_transfer"\nflag = ["T"]',
        'reversal = true\nstarts = ["冲正|"]',
    ],
)
def test_words_narrow_what_the_bank_alone_writes(rule: str) -> None:
    """With such a condition beside them, for debits, or for reversals, which a person sees, words may stand in a rule."""
    assert 1 == len(read_profile(f"{NAMED}[[rules]]\n{rule}", "a.toml").rules)


def test_an_unknown_profile_names_those_that_are_there() -> None:
    """A typo in a source name is mended without looking into folders."""
    with pytest.raises(ProfileError, match="demo-bank, demo-bank-gbk, ofx-generic"):
        load_profile("demo_bank")


@pytest.mark.parametrize(
    ("raw", "memo"),
    [
        ("转账汇入|75256xA7W5o，附言", "75256xA7W5o，附言"),
        ("摘要简称|75256xA7W5o", "75256xA7W5o"),
        ("附言:75256xA7W5o", "75256xA7W5o"),
        ("附言：75256xA7W5o", "75256xA7W5o"),
        ("网银转账|附言:75256xA7W5o", "75256xA7W5o"),
        ("转账汇入|", ""),
        ("75256xA7W5o", "75256xA7W5o"),
        ("附言:附言:75256xA7W5o", "附言:75256xA7W5o"),
        (" 附言:75256xA7W5o", " 附言:75256xA7W5o"),
        ("某词|75256xA7W5o", "某词|75256xA7W5o"),
        ("转账汇入|75256xA7W5o|备注", "75256xA7W5o|备注"),
    ],
)
def test_only_the_bank_s_own_prefixes_are_stripped(raw: str, memo: str) -> None:
    """Each at most once, in the profile's order; the memo as written is kept beside."""
    line = read(LINE_WISE["sgml"].write([Transaction(memo=raw)]), DEMO).lines[0]

    assert (memo, raw) == (line.memo, line.raw_memo)


KINDS = [
    (Transaction(memo="75256xA7W5o"), None, False),
    (Transaction(memo="结息|", trntype="INT"), OtherKind.INTEREST, False),
    (Transaction(memo="结息|补贴"), None, False),
    (Transaction(memo="结息|75256xA7W5o", account=""), None, False),
    (Transaction(memo="手续费|四月补贴"), None, False),
    (Transaction(memo="退汇|75256xA7W5o"), None, False),
    (Transaction(memo="退票|75256xA7W5o", account=""), None, False),
    (Transaction(memo="75256xA7W5o", name="退汇|", trntype="OTHER"), None, False),
    (Transaction(memo="x", trntype="INT"), OtherKind.INTEREST, False),
    (Transaction(memo="结息", account=""), OtherKind.INTEREST, False),
    (Transaction(memo="结息"), None, False),
    (Transaction(memo="转账汇入|结息|"), None, False),
    (Transaction(memo="75256xA7W5o利息|结息"), None, False),
    (Transaction(memo="x", trntype="INT", amount="-1.00"), None, False),
    (Transaction(memo="x", trntype="SRVCHG", amount="-1.00"), OtherKind.FEE, False),
    (Transaction(memo="手续费|", amount="-1.00", trntype="DEBIT"), OtherKind.FEE, False),
    (Transaction(memo="退款|某单位", amount="-5.00", trntype="DEBIT"), OtherKind.REFUND_DEBIT, False),
    (Transaction(memo="退款|某单位", amount="5.00"), None, False),
    (Transaction(memo="退汇|户名不符", amount="5.00", trntype="OTHER"), OtherKind.REFUND_RETURN, False),
    (Transaction(memo="划转", account="6222000000000000001"), OtherKind.OWN_TRANSFER, False),
    (Transaction(memo="冲正|75256xA7W5o", amount="-5.00", trntype="DEBIT"), None, True),
    (Transaction(memo="75256xA7W5o", amount="-5.00"), None, True),
    (Transaction(memo="75256xA7W5o", amount="-5.00", trntype="DEBIT"), None, False),
    (Transaction(memo="75256xA7W5o冲正"), None, False),
]


@pytest.mark.parametrize(("transaction", "kind", "reversal"), KINDS)
def test_a_line_is_what_the_bank_s_own_words_make_it(
    transaction: Transaction, kind: OtherKind | None, *, reversal: bool
) -> None:
    """What a payer writes behind the bank's prefix makes no remittance into anything else."""
    line = read(LINE_WISE["sgml"].write([transaction]), DEMO).lines[0]

    assert (kind, reversal) == (line.kind, line.reversal)


@pytest.mark.parametrize(("flag", "reversal"), [("*", True), ("X", True), ("", False), ("N", False)])
@pytest.mark.parametrize("layout", ["sgml", "xml_compact"])
def test_the_reversal_field_of_a_bank_is_read(layout: str, flag: str, *, reversal: bool) -> None:
    """RSVFLG is an element of the bank's own, and the profile makes it known."""
    from tests.reconciler.statements.written import COMPACT  # noqa: PLC0415 - one layout of many

    bank = {**LINE_WISE, **COMPACT}[layout]
    end = "</RSVFLG>" if bank.closed else ""
    text = bank.write([Transaction(memo="m")]).replace("<TRNTYPE>", f"<RSVFLG>{flag}{end}{bank.line_break}<TRNTYPE>")

    found = read(text, DEMO)

    assert reversal is found.lines[0].reversal
    assert {"LAYOUT_UNPROVEN"} >= set(found.holds)


def test_the_generic_profile_reads_types_and_no_words() -> None:
    """Nothing that a payer can write makes a difference there."""
    words = ["结息|", "利息", "冲正|", "退汇|", "手续费|"]

    lines = read(LINE_WISE["sgml"].write([Transaction(memo=word, fitid=word) for word in words])).lines

    assert [(None, False)] * len(words) == [(line.kind, line.reversal) for line in lines]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (GENERIC, ("某单位", "6222001", "102")),
        (attrs.evolve(GENERIC, payer_name_fields=("EXTDNAME", "NAME")), ("全称", "6222001", "102")),
        (
            attrs.evolve(GENERIC, payer_account_fields=("BANKACCTFROM.ACCTID", "BANKACCTTO.ACCTID")),
            ("某单位", "777", "102"),
        ),
        (attrs.evolve(GENERIC, payer_bank_fields=()), ("某单位", "6222001", "")),
    ],
)
def test_the_profile_says_where_the_payer_stands(profile: object, expected: tuple[str, str, str]) -> None:
    """The first of the fields that a line has counts, wherever it stands in the line."""
    extra = "<EXTDNAME>全称\n<BANKACCTFROM>\n<ACCTID>777\n</BANKACCTFROM>\n<MEMO>"
    text = LINE_WISE["sgml"].write([Transaction(memo="m")]).replace("<MEMO>", extra)

    line = read(text, profile).lines[0]  # type: ignore[arg-type]

    assert expected == (line.payer_name, line.payer_account, line.payer_bank)


def test_another_field_can_carry_the_memo() -> None:
    """Some banks put the payer's text into NAME; the second reader then compares that one."""
    profile = attrs.evolve(GENERIC, memo_field="NAME", payer_name_fields=("EXTDNAME",))

    found = read(LINE_WISE["sgml"].write([Transaction(memo="x", name="75256xA7W5o")]), profile)

    assert ([], "75256xA7W5o", Direction.CREDIT) == (found.holds, found.lines[0].memo, found.lines[0].direction)


def test_currencies_have_the_names_the_profile_gives_them() -> None:
    """RMB, 156 and 01 are all yuan to this bank."""
    text = LINE_WISE["sgml"].write([Transaction(memo="m")])

    assert ["CNY"] * 3 == [
        read(text.replace("<CURDEF>CNY", f"<CURDEF>{name}"), DEMO).lines[0].currency for name in ("RMB", "156", "cny")
    ]


def test_the_opening_balance_is_found_by_its_name() -> None:
    """OFX has no field for it; a bank may list it among its balances."""
    balances = (
        "<BALLIST>\n<BAL>\n<NAME>OTHER\n<VALUE>1.00\n</BAL>\n<BAL>\n<NAME>OPENING\n<VALUE>-2.50\n</BAL>\n</BALLIST>\n"
    )
    text = (
        LINE_WISE["sgml"].write([Transaction(memo="m")], closing="97.50").replace("</STMTRS>", balances + "</STMTRS>")
    )

    facts = read(text, DEMO).facts

    assert facts is not None
    assert (-250, 9750) == (facts.opening and facts.opening.fen, facts.closing and facts.closing.fen)


def test_only_the_account_s_own_currency_is_summed() -> None:
    """Dollars are no yuan: their lines are counted, and add nothing to the balance; other names of the yuan do."""
    amounts = {
        "A1": ("100.00", ""),
        "A2": ("7.00", "USD"),
        "A3": ("-5.00", "USD"),
        "A4": ("30.00", "RMB"),
        "A5": ("-1.00", ""),
    }
    written = [Transaction(memo="m", fitid=fitid, amount=amount) for fitid, (amount, _) in amounts.items()]
    text = LINE_WISE["sgml"].write(written)
    for fitid, (_, currency) in amounts.items():
        if currency:
            text = text.replace(f"<FITID>{fitid}\n", f"<FITID>{fitid}\n<CURRENCY>\n<CURSYM>{currency}\n</CURRENCY>\n")

    found = read(text.replace("<CURDEF>CNY", "<CURDEF>156"), DEMO)

    assert found.facts is not None
    assert ("CNY", 5, 2, 130_00, 1_00) == (
        found.facts.currency,
        found.facts.lines,
        found.facts.foreign_lines,
        found.facts.credit_fen,
        found.facts.debit_fen,
    )
    assert ["CNY", "USD", "USD", "CNY", "CNY"] == [line.currency for line in found.lines]
