"""Other readers of OFX, as oracles: on clean files all must agree."""

import io
import random
import warnings
from decimal import Decimal

import attrs
import pytest
from ofxparse import OfxParser
from ofxtools.Parser import OFXTree

from libsubsidy import Direction
from services.reconciler.statements import StatementLine
from tests.reconciler.statements.written import LINE_WISE, Transaction, read

SIGNON = (
    "<SIGNONMSGSRSV1>\n<SONRS>\n<STATUS>\n<CODE>0{C}\n<SEVERITY>INFO{S}\n</STATUS>\n<DTSERVER>20200430{D}\n"
    "<LANGUAGE>ENG{L}\n</SONRS>\n</SIGNONMSGSRSV1>\n"
)


def clean_file(layout: str, seed: int) -> str:
    """A conforming file of 60 lines with the parts that strict readers ask for."""
    pick = random.Random(seed)  # noqa: S311 - no secret
    texts = ["汇缴款", "R&D", "a < b > c", "75256xA7W5o，4月", 'x "y" z', "it's", "普通附言"]
    transactions = [
        Transaction(
            memo=pick.choice(texts) + str(n),
            fitid=f"N{n}",
            amount=f"{pick.choice(['', '-'])}{pick.randrange(10**7)}.{pick.randrange(100):02}",
            day=f"202004{pick.randrange(1, 31):02}120000",
            name=pick.choice(texts)[:32],
        )
        for n in range(60)
    ]
    bank = attrs.evolve(LINE_WISE[layout], escapes=True)
    text = bank.write(transactions)
    ends = dict(zip("CSDL", ("</CODE>", "</SEVERITY>", "</DTSERVER>", "</LANGUAGE>"), strict=True))
    signon = SIGNON.format(**(ends if bank.closed else dict.fromkeys("CSDL", "")))
    status = signon.partition("<STATUS>")[2].partition("</STATUS>")[0]
    close = "</TRNUID>" if bank.closed else ""
    kind = "</ACCTTYPE>" if bank.closed else ""
    account = "<ACCTTYPE>CHECKING" + kind
    text = text.replace("<OFX>", f"<OFX>\n{signon.rstrip()}", 1)
    text = text.replace("<STMTTRNRS>", f"<STMTTRNRS>\n<TRNUID>1{close}\n<STATUS>{status}</STATUS>", 1)
    text = text.replace("</BANKACCTFROM>", f"{account}\n</BANKACCTFROM>").replace(
        "</BANKACCTTO>", f"{account}\n</BANKACCTTO>"
    )
    return text.replace("ENCODING:USASCII", "ENCODING:UTF-8").replace("CHARSET:1252", "CHARSET:NONE")


def compared(line: StatementLine) -> tuple[str, Decimal, str, str]:
    """A line as the other readers give it."""
    sign = 1 if line.direction is Direction.CREDIT else -1
    return line.bank_id, Decimal(sign * line.amount.fen) / 100, line.memo, line.payer_name


@pytest.mark.parametrize("layout", ["sgml", "sgml_crlf", "sgml_closed"])
@pytest.mark.parametrize("seed", range(3))
def test_ofxparse_agrees_on_clean_files(layout: str, seed: int) -> None:
    """Id, amount, memo and name of every line."""
    text = clean_file(layout, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        statement = OfxParser.parse(io.BytesIO(text.encode())).account.statement

    assert [(t.id, t.amount, t.memo, t.payee) for t in statement.transactions] == [*map(compared, read(text).lines)]


@pytest.mark.parametrize("layout", ["sgml", "sgml_crlf", "xml", "xml_indented_crlf"])
@pytest.mark.parametrize("seed", range(3))
def test_ofxtools_agrees_on_clean_files(layout: str, seed: int) -> None:
    """Id, amount, memo and name of every line, and the other side's account."""
    text = clean_file(layout, seed)
    tree = OFXTree()
    tree.parse(io.BytesIO(text.encode()))
    theirs = tree.convert().statements[0].transactions

    ours = read(text).lines

    assert [(t.fitid, t.trnamt, t.memo, t.name) for t in theirs] == [*map(compared, ours)]
    assert [t.bankacctto.acctid for t in theirs] == [line.payer_account for line in ours]
