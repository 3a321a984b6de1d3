"""Answers to the homework special-tokens: right ones, and the classic wrong ones."""

import re


def by_split(text, special, encode):
    if not special:
        return encode(text)
    longest = sorted(special, key=len, reverse=True)
    pattern = "|".join(re.escape(it) for it in longest)
    ids = []
    for part in re.split(f"({pattern})", text):
        ids += [special[part]] if part in special else encode(part)
    return ids


def place_by_place(text, special, encode):
    ids, start, i = [], 0, 0
    while i < len(text):
        here = [it for it in special if text.startswith(it, i)]
        if not here:
            i += 1
            continue
        token = max(here, key=len)
        ids += [*encode(text[start:i]), special[token]]
        start = i = i + len(token)
    return ids + encode(text[start:])


def by_finditer(text, special, encode):
    ids, end = [], 0
    order = sorted(special, key=lambda it: -len(it))
    for it in re.finditer("|".join(map(re.escape, order)) or r"(?!)", text):
        ids.extend(encode(text[end : it.start()]))
        ids.append(special[it.group()])
        end = it.end()
    ids.extend(encode(text[end:]))
    return ids


def by_the_alphabet(text, special, encode):
    """Backwards, where the longer of two that begin alike comes first too."""
    if not special:
        return encode(text)
    pattern = "|".join(map(re.escape, sorted(special, reverse=True)))
    parts = re.split(f"({pattern})", text)
    return [i for it in parts for i in ([special[it]] if it in special else encode(it))]


def not_looked_for(text, special, encode):
    return encode(text)


def dropped(text, special, encode):
    order = sorted(special, key=len, reverse=True)
    parts = re.split("|".join(map(re.escape, order)), text) if special else [text]
    return [i for part in parts for i in encode(part)]


def not_escaped(text, special, encode):
    order = sorted(special, key=len, reverse=True)
    parts = re.split(f"({'|'.join(order)})", text) if special else [text]
    return [
        i
        for it in parts
        for i in ([special[it]] if it in special else encode(it or ""))
    ]


def not_escaped_and_sure(text, special, encode):
    if not special:
        return encode(text)
    parts = re.split(f"({'|'.join(sorted(special, key=len, reverse=True))})", text)
    ids = []
    for i, part in enumerate(parts):
        ids += [special[part]] if i % 2 else encode(part)
    return ids


def in_the_order_of_the_dict(text, special, encode):
    if not special:
        return encode(text)
    parts = re.split(f"({'|'.join(map(re.escape, special))})", text)
    return [i for it in parts for i in ([special[it]] if it in special else encode(it))]


def shorter_first(text, special, encode):
    return in_the_order_of_the_dict(
        text, {it: special[it] for it in sorted(special, key=len)}, encode
    )


def only_the_first(text, special, encode):
    for token in special:
        before, found, after = text.partition(token)
        if found and not any(it in before for it in special):
            return [*encode(before), special[token], *encode(after)]
    return encode(text)


def appended(text, special, encode):
    if not special:
        return encode(text)
    longest = sorted(special, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest))})", text)
    if len(parts) == 1:
        return encode(text)
    return [special[it] if it in special else encode(it) for it in parts]


def stripped(text, special, encode):
    return by_split(text, special, lambda part: encode(part.strip()))


def the_text_itself(text, special, encode):
    return by_split(text, {it: it for it in special}, encode)


def in_the_ids(text, special, encode):
    """Encode all, then look for the ids of each special token's signs."""
    ids = encode(text)
    for token in sorted(special, key=len, reverse=True):
        signs, i = encode(token), 0
        while i < len(ids):
            if ids[i : i + len(signs)] == signs:
                ids[i : i + len(signs)] = [special[token]]
            i += 1
    return ids


def taken_out(text, special, encode):
    for token in sorted(special, key=len, reverse=True):
        text = text.replace(token, "")
    return encode(text)


def at_the_end(text, special, encode):
    ids = dropped(text, special, encode)
    return ids + [i for i in by_split(text, special, encode) if i in special.values()]


def never_empty(text, special, encode):
    longest = sorted(special, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest))})", text)
    return [i for it in parts for i in ([special[it]] if it in special else encode(it))]


def by_recursion(text, special, encode):
    """At the longest token that the text holds, wherever it stands."""
    for token in sorted(special, key=len, reverse=True):
        before, found, after = text.partition(token)
        if found:
            left = by_recursion(before, special, encode)
            return [*left, special[token], *by_recursion(after, special, encode)]
    return encode(text) if text else []


def id_0_is_false(text, special, encode):
    if not special:
        return encode(text)
    longest, ids = sorted(special, key=len, reverse=True), []
    for part in re.split(f"({'|'.join(map(re.escape, longest))})", text):
        ids += [special[part]] if special.get(part) else encode(part)
    return ids


def word_by_word(text, special, encode):
    """As GPT-2's own pattern cuts, a word with the space before it."""

    def in_words(part):
        return [i for word in re.findall(r"\s*\S+|\s+", part) for i in encode(word)]

    return by_split(text, special, in_words)


def capitals_too(text, special, encode):
    """Small letters are taken for a special token in capitals."""
    if not special:
        return encode(text)
    known = {it.lower(): i for it, i in special.items()}
    longest = sorted(map(re.escape, special), key=len, reverse=True)
    parts = re.split(f"({'|'.join(longest)})", text, flags=re.IGNORECASE)
    return [
        i
        for n, it in enumerate(parts)
        for i in ([known[it.lower()]] if n % 2 else encode(it))
    ]


def none_at_the_end(text, special, encode):
    """What stands behind it is waited for."""
    ids = by_split(text, special, encode)
    return ids[:-1] if text.endswith(tuple(special)) and special else ids


def not_of_nothing(text, special, encode):
    assert text[0]
    return by_split(text, special, encode)


def one_by_one(text, special, encode):
    """What is no special token is encoded a character at a time."""
    ids, i = [], 0
    while i < len(text):
        here = [it for it in special if text.startswith(it, i)]
        token = max(here, key=len, default=text[i])
        ids += [special[token]] if here else encode(token)
        i += len(token)
    return ids


def tail_lost(text, special, encode):
    ids, start, i = [], 0, 0
    while i < len(text):
        here = [it for it in special if text.startswith(it, i)]
        if here:
            token = max(here, key=len)
            ids += [*encode(text[start:i]), special[token]]
            start = i = i + len(token)
        else:
            i += 1
    return ids


def tail_lost_if_any(text, special, encode):
    ids = tail_lost(text, special, encode)
    return ids if any(it in text for it in special) else encode(text)


def nested_pieces(text, special, encode):
    """The ids of each piece in a list of their own."""
    if not special:
        return [encode(text)]
    longest = sorted(special, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest))})", text)
    return [[special[it]] if it in special else encode(it) for it in parts]


def a_generator(text, special, encode):
    return (i for i in by_split(text, special, encode))


ANSWERS = {
    "special-tokens": {
        "right": [by_split, place_by_place, by_finditer, by_the_alphabet],
        "wrong": {
            not_looked_for: "encoded like any other text",
            dropped: "their own ids are missing",
            not_escaped: "makes plain signs of them",
            not_escaped_and_sure: "makes plain signs of them",
            in_the_order_of_the_dict: "try the longer ones first",
            shorter_first: "the shorter one was taken",
            only_the_first: "may have several",
            appended: "by extend",
            stripped: "they are text like any other",
            the_text_itself: "leads from text to id",
            in_the_ids: "not the ids afterwards",
            taken_out: "encode each piece by itself",
            at_the_end: "as in the text",
            never_empty: "an empty pattern fits between",
            by_recursion: "go from left to right",
            id_0_is_false: "as 0 is false",
            word_by_word: "as one piece",
            capitals_too: "For the text 'to the endEND'",
            none_at_the_end: "with which the text ends",
            not_of_nothing: "Of an empty text",
            one_by_one: "went to `encode` by itself",
            tail_lost: "behind the last special token is missed",
            tail_lost_if_any: "behind the last special token is missed",
            nested_pieces: "by extend",
            a_generator: "must return a list",
        },
    }
}
