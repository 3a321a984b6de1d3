"""Answers to lesson tokens: right ones written differently, and the classic wrong ones.

Each wrong one stands with words that its verdict must hold.
"""

import torch


def nothing(*_):
    pass


def with_a_loop(text, chars):
    id_of = dict(zip(chars, range(len(chars)), strict=True))
    ids = []
    for position, char in enumerate(text):
        if char not in id_of:
            raise ValueError(f"{char!r} at {position} has no id")
        ids.append(id_of[char])
    return ids


def with_a_set(text, chars):
    id_of = {char: chars.index(char) for char in chars}
    if unknown := set(text) - set(chars):
        raise ValueError(f"unknown: {sorted(unknown)}")
    return [id_of[char] for char in text]


def searches(text, chars):
    return [chars.index(char) for char in text]


def searches_twice(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    for char in text:
        if char not in chars:
            raise ValueError(f"unknown character {char!r}")
    return [id_of[char] for char in text]


def asks_the_list(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    ids = []
    for char in text:
        if char not in chars:
            raise ValueError(f"unknown character {char!r}")
        ids.append(id_of[char])
    return ids


def made_anew(text, chars):
    ids = []
    for char in text:
        id_of = {known: i for i, known in enumerate(chars)}
        if char not in id_of:
            raise ValueError(f"unknown character {char!r}")
        ids.append(id_of[char])
    return ids


def made_anew_by_places(text, chars):
    ids = []
    for char in text:
        id_of = {chars[i]: i for i in range(len(chars))}
        if char not in id_of:
            raise ValueError(f"unknown character {char!r}")
        ids.append(id_of[char])
    return ids


def returns_the_error(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    for char in text:
        if char not in id_of:
            return ValueError(f"unknown character {char!r}")
    return [id_of[char] for char in text]


def returns_none(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    if set(text) <= id_of.keys():
        return [id_of[char] for char in text]


def reversed_dictionary(text, chars):
    id_of = dict(enumerate(chars))
    return [id_of[char] for char in text]


def reversed_and_guarded(text, chars):
    id_of = dict(enumerate(chars))
    for char in text:
        if char not in id_of:
            raise ValueError(f"unknown character {char!r}")
    return [id_of[char] for char in text]


def by_ord(text, chars):
    return [ord(char) for char in text]


def from_one(text, chars):
    id_of = {char: i for i, char in enumerate(chars, start=1)}
    return [id_of[char] for char in text]


def of_the_text(text, chars):
    own = sorted(set(text))
    return [own.index(char) for char in text]


def sorted_again(text, chars):
    id_of = {char: i for i, char in enumerate(sorted(chars))}
    return [id_of[char] for char in text]


def places(text, chars):
    return [text.index(char) for char in text]


def characters(text, chars):
    return [char for char in text if char in chars]


def one_text(text, chars):
    return "".join(with_a_loop(text, chars))


def as_a_tensor(text, chars):
    return torch.tensor(with_a_loop(text, chars))


def bare(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    return [id_of[char] for char in text]


def left_out(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    return [id_of[char] for char in text if char in id_of]


def zero_for_it(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    return [id_of.get(char, 0) for char in text]


def minus_one_for_it(text, chars):
    return ["".join(chars).find(char) for char in text]


def unnamed(text, chars):
    id_of = {char: i for i, char in enumerate(chars)}
    try:
        return [id_of[char] for char in text]
    except KeyError:
        raise ValueError("UNKNOWN") from None


ENCODE = {
    "right": [with_a_loop, with_a_set],
    "wrong": {
        searches: "`chars.index` searches the list",
        searches_twice: "Ask the dictionary",
        asks_the_list: "`in chars` searches the whole list",
        made_anew: "once, before the loop",
        made_anew_by_places: "went through all of chars 200 times",
        returns_the_error: "It returns the ValueError",
        returns_none: "the answer was None without a word",
        reversed_dictionary: "Is the character the key",
        reversed_and_guarded: "and its place the value?",
        by_ord: "numbers in Unicode",
        from_one: "count from 1",
        of_the_text: "the characters of the text itself",
        sorted_again: "chars was sorted again",
        places: "places in the text",
        characters: "the characters and not their ids",
        one_text: "Your code stopped with TypeError",
        as_a_tensor: "must return a list",
        bare: "a bare KeyError",
        left_out: "was left out without a word",
        zero_for_it: "got the id 0 without a word",
        minus_one_for_it: "got the id -1 without a word",
        unnamed: "does not name the character",
        nothing: "needs a `return`",
    },
}


def cut(ids, starts, T):
    return torch.stack([ids[s : s + T] for s in starts])


def with_slices(ids, starts, T):
    return cut(ids, starts, T), cut(ids, starts + 1, T)


def with_chunks(ids, starts, T):
    chunks = cut(ids, starts, T + 1)
    return chunks[:, :-1], chunks[:, 1:]


def with_a_table(ids, starts, T):
    windows = ids.unfold(0, T + 1, 1)[starts]
    return [windows[:, :T], windows[:, 1:]]


def not_shifted(ids, starts, T):
    return cut(ids, starts, T), cut(ids, starts, T)


def backwards(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    return ids[at], ids[at - 1]


def rolled(ids, starts, T):
    X = cut(ids, starts, T)
    return X, X.roll(-1, dims=1)


def rolled_back(ids, starts, T):
    X = cut(ids, starts, T)
    return X, X.roll(1, dims=1)


def filled_up(ids, starts, T):
    X = cut(ids, starts, T)
    y = torch.zeros_like(X)
    y[:, :-1] = X[:, 1:]
    return X, y


def one_short(ids, starts, T):
    X = cut(ids, starts, T)
    return X, X[:, 1:]


def both_short(ids, starts, T):
    X = cut(ids, starts, T)
    return X[:, :-1], X[:, 1:]


def both_long(ids, starts, T):
    at = starts[:, None] + torch.arange(T + 1)
    return ids[at], ids[(at + 1) % len(ids)]


def one_too_long(ids, starts, T):
    return cut(ids, starts, T), cut(ids, starts, T + 1)


def by_two(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    return ids[at], ids[(at + 2) % len(ids)]


def next_window(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    return ids[at], ids[(at + T) % len(ids)]


def one_later(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    return ids[at + 1], ids[(at + 2) % len(ids)]


def turned(ids, starts, T):
    X, y = with_slices(ids, starts, T)
    return X.T, y.T


def in_one_line(ids, starts, T):
    X, y = with_slices(ids, starts, T)
    return X.flatten(), y.flatten()


def only_places(ids, starts, T):
    at = starts[:, None] + torch.arange(T)
    return at, at + 1


def in_order(ids, starts, T):
    at = torch.arange(len(starts) * T).view(-1, T)
    return ids[at], ids[at + 1]


def as_lists(ids, starts, T):
    X, y = with_slices(ids, starts, T)
    return X.tolist(), y.tolist()


def only_X(ids, starts, T):
    return cut(ids, starts, T)


def as_floats(ids, starts, T):
    X, y = with_slices(ids, starts, T)
    return X.float(), y.float()


def first_row_only(ids, starts, T):
    X, y = with_slices(ids, starts, T)
    return X[:1], y[:1]


def one_row_too_often(ids, starts, T):
    return with_slices(ids, starts[:1].expand(len(starts)), T)


def exchanged(ids, starts, T):
    X, y = with_slices(ids, starts, T)
    return y, X


def starts_sorted(ids, starts, T):
    return with_slices(ids, starts.sort().values, T)


def next_id(ids, starts, T):
    X = cut(ids, starts, T)
    return X, X + 1


def begins_before(ids, starts, T):
    return cut(ids, starts, T), cut(ids, starts - 1, T)


def always_eight(ids, starts, T):
    return cut(ids, starts, 8), cut(ids, starts + 1, 8)


def out_of_range(ids, starts, T):
    at = starts[:, None] + torch.arange(T + 1)
    return ids[at][:, :T], ids[at + 1][:, :T]


BATCH = {
    "right": [with_slices, with_chunks, with_a_table],
    "wrong": {
        not_shifted: "y is the same as X",
        backwards: "shifted the wrong way",
        rolled: "X with its own columns moved",
        rolled_back: "shifted the wrong way",
        filled_up: "X with its own columns moved",
        one_short: "y are too short by one",
        both_short: "X are too short by one",
        both_long: "X are too long by one",
        one_too_long: "y must have the shape",
        by_two: "shifted by two places",
        next_window: "the next window",
        one_later: "X begins one place too late",
        exchanged: "X and y are exchanged",
        starts_sorted: "the order in which the starts are given",
        next_id: "y is X + 1",
        begins_before: "X begins at s, and y at s + 1",
        always_eight: "Take T as it is given",
        turned: "X is (T, B)",
        in_one_line: "lie in one line",
        only_places: "places and not tokens",
        in_order: "follow one another from place 0",
        as_lists: "must return two tensors",
        only_X: "yours is one",
        as_floats: "torch.int64",
        first_row_only: "must have the shape",
        one_row_too_often: "Row 1 of X is wrong",
        out_of_range: "Your code stopped with IndexError",
        nothing: "needs a `return`",
    },
}

ANSWERS = {"encode-characters": ENCODE, "batch": BATCH}
