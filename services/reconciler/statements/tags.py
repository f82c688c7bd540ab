"""The OFX elements that can stand in and around a transaction. Source: OFX 2.3 §11.4 (STMTTRN), §3.1.3, §5.2."""

from typing import Final

# Leaf elements (with a value) of a transaction and of the aggregates in it.
LEAVES: Final = frozenset(
    [
        "TRNTYPE",
        "DTPOSTED",
        "DTUSER",
        "DTAVAIL",
        "TRNAMT",
        "FITID",
        "CORRECTFITID",
        "CORRECTACTION",
        "SRVRTID",
        "CHECKNUM",
        "REFNUM",
        "SIC",
        "PAYEEID",
        "NAME",
        "EXTDNAME",
        "MEMO",
        "INV401KSOURCE",
        "BANKID",
        "BRANCHID",
        "ACCTID",
        "ACCTTYPE",
        "ACCTKEY",
        "ADDR1",
        "ADDR2",
        "ADDR3",
        "CITY",
        "STATE",
        "POSTALCODE",
        "COUNTRY",
        "PHONE",
        "IDSCOPE",
        "CURRATE",
        "CURSYM",
        "IMAGETYPE",
        "IMAGEREF",
        "IMAGEREFTYPE",
        "IMAGEDELAY",
        "DTIMAGEAVAIL",
        "IMAGETTL",
        "CHECKSUP",
    ]
)

# Aggregates inside a transaction.
AGGREGATES: Final = frozenset(
    [
        "PAYEE",
        "EXTDPAYEE",
        "BANKACCTTO",
        "CCACCTTO",
        "BANKACCTFROM",
        "CCACCTFROM",
        "CURRENCY",
        "ORIGCURRENCY",
        "IMAGEDATA",
    ]
)

# The statements that carry transactions: bank, credit card, investment.
STATEMENTS: Final = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS"})

# Aggregates around transactions whose nesting is checked. Whatever else stands outside a transaction is passed over.
OUTLINE: Final = STATEMENTS | frozenset(
    [
        "OFX",
        "BANKMSGSRSV1",
        "CREDITCARDMSGSRSV1",
        "INVSTMTMSGSRSV1",
        "STMTTRNRS",
        "CCSTMTTRNRS",
        "INVSTMTTRNRS",
        "BANKTRANLIST",
        "INVTRANLIST",
        "INVBANKTRAN",
        "LEDGERBAL",
        "AVAILBAL",
        "BALLIST",
        "BAL",
        "BANKACCTFROM",
        "CCACCTFROM",
        "INVACCTFROM",
    ]
)

# Inside a transaction these can only come from a payer's text or from a broken file.
STRUCTURE: Final = (OUTLINE - AGGREGATES) | {"STMTTRN"}
