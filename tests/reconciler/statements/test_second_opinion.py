"""The second reader, ofxparse, reads a sample of each file too, and is heard."""

import threading
from collections.abc import Callable, Sequence

import attrs
import pytest

from libsubsidy import Money
from services.reconciler.statements import StatementLine, line_shape, line_wise, lines, second_opinion
from services.reconciler.statements.fields import unescaped
from tests.reconciler.statements.written import COMPACT, LINE_WISE, VOUCHED, Transaction, read

MANY = [Transaction(memo=f"75256xA7W{n % 10}o 附言&{n}", fitid=f"A{n}", amount=f"{n}.00") for n in range(1, 401)]


def spoiled(change: Callable[[StatementLine], StatementLine]) -> Callable[..., object]:
    """Make our own reader wrong in one way."""
    right = lines.Lines.of

    def wrong(self: lines.Lines, entries: object) -> object:
        for line, entry in right(self, entries):  # type: ignore[arg-type]
            yield change(line), entry

    return wrong


BUGS: dict[str, Callable[[StatementLine], StatementLine]] = {
    "amount": lambda line: attrs.evolve(line, amount=Money(fen=line.amount.fen * 100)),
    "sign": lambda line: attrs.evolve(line, amount=Money(fen=line.amount.fen + 1)),
    "id": lambda line: attrs.evolve(line, bank_id=line.bank_id + "0"),
    "memo": lambda line: attrs.evolve(line, raw_memo=line.raw_memo[:5]),
    "memo_of_another_field": lambda line: attrs.evolve(line, raw_memo=line.payer_name),
}


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("layout", ["sgml", "xml_indented_crlf", "xml_compact"])
def test_a_bug_of_ours_in_every_line_holds_the_file(bug: str, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of the sample is marked, and the file is held with the line and the field."""
    monkeypatch.setattr(lines.Lines, "of", spoiled(BUGS[bug]))

    found = read({**LINE_WISE, **COMPACT}[layout].write(MANY))

    assert "READERS_DISAGREE" in found.holds
    assert second_opinion.FIRST_LINES <= sum(line.readers_disagree for line in found.lines) <= second_opinion.LINES_MAX


def test_a_field_read_from_the_wrong_place_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reader is given the bank's own block, so a shape that mixes up its fields cannot mislead it too."""
    right = line_shape.short_way

    def swapped(*args: object) -> object:
        short = right(*args)  # type: ignore[arg-type]
        assert short is not None
        groups = list(short.groups)
        groups[3], groups[7] = groups[7], groups[3]
        return attrs.evolve(short, groups=tuple(groups))

    monkeypatch.setattr(line_wise, "short_way", swapped)

    assert ["READERS_DISAGREE"] == read(LINE_WISE["sgml"].write(MANY)).holds


def test_a_line_that_only_we_read_wrong_is_marked_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other lines of the sample keep their good name."""

    def change(line: StatementLine) -> StatementLine:
        return attrs.evolve(line, raw_memo="x") if line.ordinal == 7 else line

    monkeypatch.setattr(lines.Lines, "of", spoiled(change))

    found = read(LINE_WISE["sgml"].write(MANY))

    assert [7] == [line.ordinal for line in found.lines if line.readers_disagree]
    assert found.facts is not None
    assert ("MEMO", 1) == tuple(found.facts.holds[0].params[name] for name in ("field", "count"))


def test_the_sample_is_bounded_and_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds the first lines and some later ones, never more than the limit, and depends on the contents alone."""
    asked: list[list[str]] = []
    right = second_opinion.opinions

    def counted(blocks: Sequence[str]) -> list[second_opinion.Opinion | None]:
        asked.append(list(blocks))
        return right(blocks)

    monkeypatch.setattr(second_opinion, "opinions", counted)
    text = LINE_WISE["sgml"].write([attrs.evolve(t, memo="m") for t in MANY])

    samples = []
    for _ in range(2):
        read(text, batch_lines=100)
        samples.append([block for blocks in asked for block in blocks])
        asked.clear()

    assert samples[0] == samples[1]
    assert second_opinion.FIRST_LINES < len(samples[0]) <= second_opinion.LINES_MAX
    read(LINE_WISE["sgml"].write(MANY), batch_lines=3)
    assert sum(map(len, asked)) <= second_opinion.LINES_MAX


@pytest.mark.parametrize("count", [10_000, 1_000_000, 2_000_000])
def test_the_later_lines_fit_the_sample(count: int) -> None:
    """The first lines, the odd ones and the later ones of the largest file stay within the limit."""
    later = second_opinion._due(count)

    assert 20 < later
    assert (
        second_opinion.FIRST_LINES + second_opinion.ODD_LINES_MAX + later
        <= second_opinion.LINES_MAX + second_opinion.GROUP
    )


def test_what_the_second_reader_gives_up_on_is_no_disagreement() -> None:
    """It refuses empty names and ids, each of which would cost it the other lines; it is then asked one by one."""
    heard = second_opinion.opinions(
        [
            "<TRNTYPE>C\n<DTPOSTED>20200410\n<TRNAMT>1.00\n<FITID>1\n<NAME></NAME>\n<MEMO>a",
            "<TRNTYPE>C\n<DTPOSTED>20200410\n<TRNAMT>2.00\n<FITID>2\n<NAME>n</NAME>\n<MEMO>b",
            "<TRNTYPE>C",
        ]
    )

    assert [None, "2", None] == [opinion and opinion.bank_id for opinion in heard]


def test_escapes_of_the_second_opinion_are_those_of_the_text() -> None:
    """References that HTML knows and OFX does not stay text for both readers."""
    memo = "R&D &copy; &lt;x&gt; &notin &#x4e2d; <3"

    found = read(LINE_WISE["sgml"].write([Transaction(memo=memo)]))

    assert ([], unescaped(memo)) == (found.holds, found.lines[0].memo)


def test_readings_at_the_same_time_do_not_disturb_each_other() -> None:
    """The second reader keeps its settings on a class; two files read in two threads come out as one after the other."""
    texts = [LINE_WISE["sgml"].write(MANY), LINE_WISE["xml"].write(MANY[:150])]
    expected = [read(text) for text in texts]
    found: dict[int, object] = {}

    threads = [threading.Thread(target=lambda n=n: found.update({n: read(texts[n % 2])})) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [expected[n % 2] for n in range(6)] == [found[n] for n in range(6)]


def test_a_vouched_file_is_compared_as_well() -> None:
    """In a compact file the whole block goes to the second reader."""
    bank = attrs.evolve(COMPACT["xml_compact"], escapes=True)

    assert [] == read(bank.write(MANY), VOUCHED).holds


def test_the_sample_is_bounded_in_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long line is not asked about, and all that is asked about stays within the limit, escapes included."""
    asked: list[str] = []

    def counted(blocks: Sequence[str]) -> list[second_opinion.Opinion | None]:
        asked.extend(blocks)
        return [None] * len(blocks)

    monkeypatch.setattr(second_opinion, "opinions", counted)
    long = [Transaction(memo="x" * 245_000, fitid=f"L{n}") for n in range(50)]
    wide = [Transaction(memo="&" * 900, fitid=f"W{n}") for n in range(400)]

    found = read(LINE_WISE["sgml"].write([*long, *wide]))

    assert 450 == len(found.lines)
    assert not any("<FITID>L" in block for block in asked)
    assert 10 < len(asked) < second_opinion.LINES_MAX
    assert second_opinion.CHARS_MAX >= sum(map(len, asked))


def test_an_overlong_memo_is_compared_as_far_as_it_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second reader sees all of it; only a difference in what we kept is one."""
    text = LINE_WISE["sgml"].write([Transaction(memo="x" * 2_000)])
    right = read(text).holds
    monkeypatch.setattr(lines.Lines, "of", spoiled(lambda line: attrs.evolve(line, raw_memo="y" * 1_000)))

    assert (["LINE_TEXT_TOO_LONG"], ["LINE_TEXT_TOO_LONG", "READERS_DISAGREE"]) == (right, read(text).holds)
