"""Bank profiles: what one bank does with the fields of its statements, as a small file that needs no code.

A profile is a TOML file in `services/reconciler/profiles/`; every key is explained at `Profile` and `Rule`. A key that
does not exist is refused by name, because a misspelt one would silently change what a line means.

>>> load_profile("ofx-generic").memo_field
'MEMO'
"""

import codecs
import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import attrs
import cattrs
from cattrs.errors import BaseValidationError
from cattrs.v import format_exception

from libsubsidy import Direction, OtherKind, SubsidyError

_FOLDER: Final = files("services.reconciler").joinpath("profiles")


class ProfileError(SubsidyError, ValueError):
    """A bank profile that does not exist or cannot be used; the text says which, what is wrong, and what would be right."""


def _encoding_is_known(_instance: object, _attribute: object, value: str) -> None:
    """Only encodings whose ASCII is ASCII: the markup must be found before the texts are decoded."""
    try:
        fits = not value or "<OFX>\n".encode(codecs.lookup(value).name) == b"<OFX>\n"
    except LookupError:
        fits = False
    if not fits:
        raise ValueError(f"the encoding {value!r} is not known, or its ASCII is not ASCII")


@attrs.frozen(kw_only=True)
class Rule:
    """What makes a line something else than a remittance. All conditions that are given must hold.

    What a payer can write must decide nothing for a credit: where the bank writes no word of its own before his text, his
    memo can begin with `退汇|`, and his name is his to choose. So a rule that gives credits a kind rests on what the bank
    alone writes: `types`, `accounts`, `without_payer` or `flag`; its texts only narrow that. (A reversal is held for a person.)

    Attributes:
        kind: what the line then is (the values of `OtherKind`, such as "interest"); leave out for a reversal.
        reversal: the bank takes back or corrects an earlier line.
        direction: "credit" or "debit"; left out: both.
        types: TRNTYPE is one of these.
        starts: the memo as the bank wrote it starts with one of these: what the *bank* writes before the payer's text.
        equals: the memo as the bank wrote it is one of these, and nothing more.
        names: the other side's name is one of these.
        accounts: the other side's account is one of these (own accounts, say).
        without_payer: the bank names no account of the other side.
        flag: the reversal field (`Profile.reversal_field`) is one of these.
    """

    kind: OtherKind | None = None
    reversal: bool = False
    direction: Direction | None = None
    types: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    equals: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    without_payer: bool = False
    flag: frozenset[str] = frozenset()

    def __attrs_post_init__(self) -> None:
        if (self.kind is None) is not self.reversal:
            raise ValueError("a rule says either a kind or reversal = true")
        if not (self.types or self.starts or self.equals or self.names or self.accounts or self.flag):
            raise ValueError("a rule needs one of types, starts, equals, names, accounts, flag")
        by_bank = self.types or self.accounts or self.without_payer or self.flag
        if self.kind is not None and self.direction is not Direction.DEBIT and not by_bank:
            raise ValueError(
                f"the rule for {self.kind.value} would let a payer's own text decide about a credit: it needs types, "
                'accounts or without_payer = true as well, or direction = "debit"'
            )


@attrs.frozen(kw_only=True)
class Profile:
    """How one bank writes its statements.

    Attributes:
        name: of the profile; the `source` of a statement message names it.
        title: for people.
        escapes_markup: the bank is *known* to escape `<`, `>` and `&` (or to use CDATA) in every text of a payer. Only then
            is markup believed wherever it stands, and only then can a file with several elements on one physical line be
            read without a hold; see `statements/layout.py` for why nothing inside a file can prove it.
        own_tags: leaf elements of the bank's own, beyond the OFX ones.
        encoding: how the bank writes text when the file does not say so truthfully, such as "gb18030".
        cuts_characters: the bank cuts texts at a number of bytes, at times in the middle of a character. What is left of it
            is then read as U+FFFD and holds the file, instead of refusing it.
        currency_default: the currency of accounts whose statements give none.
        currency_names: what the bank writes for a currency -> its ISO 4217 code.
        memo_field: the field that carries the payer's text.
        memo_prefixes: what the bank writes before the payer's text; each is stripped at most once, in this order. The memo
            as written is kept beside it.
        payer_name_fields: where the other side's name stands; the first field that a line has counts.
        payer_account_fields: where the other side's account stands.
        payer_bank_fields: where the code of the other side's bank stands.
        reversal_field: a field that marks reversals and corrections, "" for none; the rules' `flag` looks at it.
        negative_credit_is_reversal: a negative amount of type CREDIT or DEP takes an earlier credit back (冲正).
        opening_balance_name: NAME of the BALLIST entry that holds the opening balance, "" for none.
        rules: see `Rule`; the first that fits says the kind, and any that fits says the reversal.
    """

    name: str
    title: str
    escapes_markup: bool = False
    own_tags: frozenset[str] = frozenset()
    encoding: str = attrs.field(default="", validator=_encoding_is_known)
    cuts_characters: bool = False
    currency_default: str = ""
    currency_names: dict[str, str] = attrs.field(factory=dict, hash=False)
    memo_field: str = "MEMO"
    memo_prefixes: tuple[str, ...] = ()
    payer_name_fields: tuple[str, ...] = ("NAME", "PAYEE.NAME")
    payer_account_fields: tuple[str, ...] = ("BANKACCTTO.ACCTID", "CCACCTTO.ACCTID")
    payer_bank_fields: tuple[str, ...] = ("BANKACCTTO.BANKID",)
    reversal_field: str = ""
    negative_credit_is_reversal: bool = False
    opening_balance_name: str = ""
    rules: tuple[Rule, ...] = ()


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)

    # cattrs would turn the number 1 into the text "1" and the text "no" into True; a profile means what it says.
    def exactly(value: object, kind: type) -> object:
        if type(value) is not kind:
            raise TypeError(f"{value!r} should be {kind.__name__}")
        return value

    def texts(value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise TypeError(f"{value!r} should be a list of texts")
        return value

    converter.register_structure_hook(str, exactly)
    converter.register_structure_hook(bool, exactly)
    # A single text would be taken apart into its characters.
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], lambda value, _: tuple(texts(value)))
    converter.register_structure_hook_func(
        lambda kind: kind == frozenset[str], lambda value, _: frozenset(texts(value))
    )
    return converter


def _said(error: BaseException, kind: type | None) -> str:
    """Give our own words where cattrs only knows that a value will not do."""
    return str(error) if type(error) in {TypeError, ValueError} else format_exception(error, kind)


_CONVERTER: Final = _make_converter()


def read_profile(text: str, where: str) -> Profile:
    r"""Read a profile from TOML.

    >>> read_profile('name = "a"\ntitle = "A"\nmemo_feild = "MEMO"', "a.toml")
    Traceback (most recent call last):
    services.reconciler.statements.profile.ProfileError: a.toml: extra fields found (memo_feild) @ $

    Raises:
        ProfileError: no TOML, an unknown key, a wrong type, or a rule that says nothing; all faults at once.
    """
    try:
        return _CONVERTER.structure(tomllib.loads(text), Profile)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where}: this is no TOML: {error}") from error
    except BaseValidationError as error:
        raise ProfileError(f"{where}: {'; '.join(cattrs.transform_error(error, format_exception=_said))}") from error


def _profile_files() -> dict[str, Traversable]:
    found = {entry.name.removesuffix(".toml"): entry for entry in _FOLDER.iterdir() if entry.name.endswith(".toml")}
    return dict(sorted(found.items()))


# The names of the profiles that are there.
PROFILES: Final[tuple[str, ...]] = tuple(_profile_files())


def load_profile(name: str) -> Profile:
    """Load a profile by its name.

    >>> load_profile("no-such-bank")
    Traceback (most recent call last):
    services.reconciler.statements.profile.ProfileError: there is no bank profile 'no-such-bank'; there are: demo-bank, ...

    Raises:
        ProfileError: there is none of that name, or it cannot be used.
    """
    known = _profile_files()
    if name not in known:
        raise ProfileError(f"there is no bank profile {name!r}; there are: {', '.join(known)}")
    profile = read_profile(known[name].read_text("utf-8"), f"{name}.toml")
    if profile.name != name:
        raise ProfileError(f"{name}.toml: its name is {profile.name!r}, but the file is called {name!r}")
    return profile
