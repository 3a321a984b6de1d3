"""Text to ids and back by tiktoken, with special tokens, and piece by piece."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from torch import Tensor

from gptlib.bpe import special_pattern, split_special
from gptlib.guard.values import checked_text, checked_tokens


class TiktokenTokenizer:
    """The interface of a `Tokenizer` around a `tiktoken.Encoding`.

    Args:
        encoding: what turns ordinary text into ids, and any ids into text.
        special_tokens: the id of each text that can be allowed to be one token.
    """

    def __init__(self, encoding, special_tokens: Mapping[str, int]):
        self.encoding = encoding
        self.special_tokens = dict(special_tokens)

    @property
    def vocab_size(self) -> int:
        return self.encoding.n_vocab

    def encode(self, text: str, allowed_special: Collection[str] = ()) -> list[int]:
        """The ids of the text.

        Args:
            text: anything.
            allowed_special: the special tokens that become ids of their own where they
                stand in the text, or "all". Every other one is ordinary text, as with
                tiktoken's `disallowed_special=()`. Allow none in text of strangers.

        Raises:
            TypeError: text that is not a str, allowed_special that is no set.
            ValueError: a special token that this tokenizer does not have.
        """
        return self._encode(checked_text("text", text), self._allowed(allowed_special))

    def encode_iterable(
        self, texts: Iterable[str], allowed_special: Collection[str] = ()
    ) -> Iterator[int]:
        """The ids of all the texts joined, one after the other, as they come in.

        Held in memory is no more than a few of the longest text, or of the longest
        stretch without white space: that could be one word, and no word is cut.

        >>> with open("big.txt") as file:  # doctest: +SKIP
        ...     for i in tokenizer.encode_iterable(file):

        Source: CS336, assignment 1.
        """
        allowed = self._allowed(allowed_special)
        return self._encode_as_it_comes(texts, allowed)

    def decode(self, ids: Sequence[int] | Tensor) -> str:
        """The text of the ids, a list or 1-D tensor of ints in 0..V-1.

        Ids that end within a character (a token may hold half of one) give U+FFFD.
        """
        return self.encoding.decode(checked_tokens(ids, self.vocab_size))

    def _allowed(self, allowed_special: Collection[str]) -> Collection[str]:
        if allowed_special == "all":
            return self.special_tokens
        if isinstance(allowed_special, str):
            raise TypeError(
                f'allowed_special must be a set of special tokens, or "all", got the '
                f"text {allowed_special!r}: write {{{allowed_special!r}}}"
            )
        for token in allowed_special:
            if token not in self.special_tokens:
                raise ValueError(
                    f"{token!r} is no special token of this tokenizer, which has "
                    f"{list(self.special_tokens)}"
                )
        return allowed_special

    def _encode(self, text: str, allowed: Collection[str]) -> list[int]:
        if not allowed:
            return self.encoding.encode_ordinary(text)
        ids = []
        for i, part in enumerate(split_special(text, allowed)):
            if i % 2:  # every second part is a special token
                ids.append(self.special_tokens[part])
            else:
                ids += self.encoding.encode_ordinary(part)
        return ids

    def _encode_as_it_comes(
        self, texts: Iterable[str], allowed: Collection[str]
    ) -> Iterator[int]:
        held, enough = "", 0
        for text in texts:
            held += checked_text("each text", text)
            # A long word in small pieces is looked at only when it has doubled.
            if len(held) >= enough:
                cut = _safe_cut(held, allowed)
                yield from self._encode(held[:cut], allowed)
                held = held[cut:]
                enough = 2 * len(held)
        yield from self._encode(held, allowed)


def _safe_cut(text: str, special_tokens: Collection[str]) -> int:
    """The last place where ids end for certain, whatever text may follow.

    GPT-2's pattern has no word with white space behind anything else, so a word ends
    before white space; and one ends where a special token does. What stands so near
    the end that it may grow into a special token is left for later.
    """
    import regex  # its white space is tiktoken's; that of Python's re is not

    before_space = r"(?<=\S)(?=\s)"
    ends = "|".join(filter(None, [special_pattern(special_tokens), before_space]))
    longest = max(map(len, special_tokens), default=0)
    cut = 0
    for match in regex.finditer(ends, text):
        if match.start() + longest > len(text):
            break
        cut = match.end()
    return cut
