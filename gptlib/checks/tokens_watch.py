"""A list that knows how often somebody went through it, and in which way."""

from collections import Counter
from collections.abc import Iterator

TOO_OFTEN = {
    "in": "`in chars` searches the whole list, {n} times. Ask the dictionary: "
    "`char in id_of`.",
    "index": "`chars.index` searches the list, {n} times. Make a dictionary from "
    "character to id once.",
    "walk": "it went through all of chars {n} times. Make the dictionary once, before "
    "the loop over the text.",
}


class Watched(list):
    """Counts searches (`in` and `index`), walks from end to end, and single looks."""

    def __init__(self, items: Iterator):
        super().__init__(items)
        self.counts = Counter()

    def index(self, *args: object) -> int:
        self.counts["index"] += 1
        return super().index(*args)

    def __contains__(self, item: object) -> bool:
        self.counts["in"] += 1
        return super().__contains__(item)

    def __iter__(self) -> Iterator:
        self.counts["walk"] += 1
        return super().__iter__()

    def __getitem__(self, place: int | slice) -> object:
        self.counts["look"] += 1
        return super().__getitem__(place)

    def too_often(self, most: int) -> str:
        """Words for what was done more than `most` times, "" for nothing."""
        looks = self.counts.pop("look", 0)
        self.counts["walk"] += looks // max(len(self), 1)
        kind, n = self.counts.most_common(1)[0]
        return TOO_OFTEN[kind].format(n=n) if n > most else ""
