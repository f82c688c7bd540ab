"""A sentence in both languages, with the names of its facts in braces."""

from attrs import frozen


@frozen
class Text:
    """The two sentences of one violation.

    Attributes:
        zh: the Chinese sentence, facts as `{name}`.
        en: the English sentence, with the same facts.
    """

    zh: str
    en: str
