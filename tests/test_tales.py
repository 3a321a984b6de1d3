"""Promises of gptlib/text/tales.py: the stories are sense, and their floor is exact."""

import hashlib
import itertools
import math
import random
import re
from functools import cache

import pytest

from gptlib.guard.files import DATA
from gptlib.text.grammar import BOYS, COUNT, GIRLS, GRAMMAR, WORDS
from gptlib.text.tales import (
    FORMS,
    SEED,
    STORIES,
    Draft,
    Fault,
    corpus,
    entropy,
    good_part,
    pieces,
    read,
    slot,
    tell,
)

# ---- helpers ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tales():
    return corpus(seed=1, n=3000)


@pytest.fixture(
    params=["{OPEN} {hero} {LOST} {his} {thing}. {CLUE}", "{hero} sang. {VERSE} {END}"]
)
def small(request):
    """The real grammar cut to two options a list, and all its stories."""
    grammar = {symbol: options[:2] for symbol, options in GRAMMAR.items()}
    grammar |= {role: GIRLS[:2] + BOYS[:1] for role in ("hero", "friend")}
    stories = list(every(Draft(pieces(request.param)).write(), grammar))
    return grammar, request.param, stories


def finished(rng, start="{STORY}"):
    """A draft written to its end: unlike a story, it still knows its words."""
    draft = Draft(pieces(start)).write()
    while options := draft.options(GRAMMAR):
        draft = draft.take(rng.choice(options), math.log(len(options)))
    return draft


def every(draft, grammar):
    """All the stories that a draft can become."""
    options = draft.options(grammar)
    for option in options:
        yield from every(draft.take(option, math.log(len(options))), grammar)
    if not options:
        yield draft.story()


def clash(one, other):
    return one.startswith(other) or other.startswith(one)


def first_mentions(start="{STORY}"):
    """The (form, symbol) by which a word can enter a story, over all derivations."""

    @cache
    def walk(todo, known):
        if not todo:
            return frozenset()
        head, rest = todo[0], todo[1:]
        if slot(head) is None:
            return walk(rest, known)
        symbol = slot(head)[1]
        if symbol.isupper():
            ways = [walk(pieces(o) + rest, known) for o in GRAMMAR[symbol]]
            return frozenset().union(*ways)
        new = {slot(head)} if symbol not in known else set()
        return walk(rest, known | {symbol}) | new

    return walk(pieces(start), frozenset())


def openings(symbols):
    """What text can begin with that a sequence of characters and slots has written."""
    if not symbols:
        return {""}  # the beginning of everything: two options would be confused
    if slot(symbols[0]) is None:
        return {"".join(itertools.takewhile(lambda s: slot(s) is None, symbols))}
    form, symbol = slot(symbols[0])
    if symbol.islower():
        return {FORMS[form](word) for word in GRAMMAR[symbol]}
    return set().union(*(openings(split(option)) for option in GRAMMAR[symbol]))


def split(template):
    """A template as a list of single characters and whole slots."""
    return [
        s for piece in pieces(template) for s in ([piece] if slot(piece) else piece)
    ]


def after_common_beginning(one, other):
    one, other = split(one), split(other)
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    return one, other


def length(pick, template="{STORY}"):
    """The bound, by pick = min or max, on the characters that a template can make."""
    total = 0
    for piece in pieces(template):
        if slot(piece) is None:
            total += len(piece)
            continue
        form, symbol = slot(piece)
        options = GRAMMAR[symbol]
        if symbol.isupper():
            total += pick(length(pick, option) for option in options)
        else:
            total += pick(len(FORMS[form](word)) for word in options)
    return total


# ---- the grammar can be read in one way only --------------------------------------


def test_no_word_that_can_be_new_begins_like_another_of_its_list():
    for form, symbol in first_mentions():
        words = [FORMS[form](word) for word in GRAMMAR[symbol]]
        assert not any(clash(*pair) for pair in itertools.combinations(words, 2)), form


def test_alternatives_differ_as_soon_as_their_common_beginning_ends():
    for symbol in filter(str.isupper, GRAMMAR):
        for pair in itertools.combinations(GRAMMAR[symbol], 2):
            one, other = map(openings, after_common_beginning(*pair))
            assert not any(clash(a, b) for a in one for b in other), (symbol, pair)


def test_every_symbol_is_defined_and_used_and_never_runs_out_of_words():
    templates = [o for s in GRAMMAR if s.isupper() for o in GRAMMAR[s]]
    slots = {slot(p) for t in templates for p in pieces(t) if slot(p)}
    assert {symbol for _, symbol in slots} | {"STORY"} == set(GRAMMAR)
    assert all(form in FORMS and (not form or s.islower()) for form, s in slots)
    assert all(len(words) > len(roles.split()) for roles, words in WORDS.items())


def test_a_small_grammar_has_distinct_texts_whose_chances_sum_to_one(small):
    grammar, start, stories = small
    assert len({story.text for story in stories}) == len(stories) > 1000
    assert math.fsum(math.exp(-s.nats) for s in stories) == pytest.approx(1)
    for story in random.Random(0).sample(stories, 50):
        assert read(story.text, grammar, start) == story


def test_read_finds_the_choices_that_tell_made(tales):
    for story in tales.stories[:2000]:
        assert read(story.text) == story


def test_read_says_where_a_text_leaves_the_grammar(tales):
    text = tales.stories[0].text
    with pytest.raises(ValueError, match=f"{len(text)}: found '!', expected the end"):
        read(text + "!")
    with pytest.raises(ValueError, match="8: found 'x Monday', expected ' '"):
        read("One dullx Monday")
    with pytest.raises(ValueError, match=r"found the end, expected '\.'"):
        read(text[:-1])


# ---- the numbers are exact --------------------------------------------------------


def test_a_story_costs_what_can_be_counted_by_hand():
    story = tell(random.Random(0), start="{hero} met {friend}, and {hero} {FLED}.")
    assert story.nats == pytest.approx(math.log(64) + math.log(63) + math.log(3))
    hero, friend, fled = (story.text[c.start : c.end] for c in story.choices)
    assert story.text == f"{hero} met {friend}, and {hero} {fled}."


def test_every_choice_costs_something_and_stands_in_its_story(tales):
    for story in tales.stories:
        assert all(choice.nats > 0 for choice in story.choices)
        assert story.nats == pytest.approx(sum(choice.nats for choice in story.choices))
        spans = [(choice.start, -choice.end) for choice in story.choices]
        assert spans == sorted(spans) and all(0 <= a < -b for a, b in spans)
        assert spans[0] == (0, -len(story.text))  # the plot is the whole story


def test_the_expected_nats_and_characters_are_means_over_all_stories(small):
    grammar, start, stories = small
    nats = math.fsum(math.exp(-s.nats) * s.nats for s in stories)
    chars = math.fsum(math.exp(-s.nats) * len(s.text) for s in stories)
    assert entropy(grammar, start) == pytest.approx((nats, chars))


def test_the_floor_of_a_corpus_is_near_the_expected_one(tales):
    nats, chars = entropy()
    assert tales.floor == pytest.approx(nats / (chars + 1), rel=0.01)
    paid = math.fsum(story.nats for story in tales.stories)
    assert tales.floor * (len(tales.text) - 1) == pytest.approx(paid, rel=1e-12)
    assert 0.25 < tales.floor < 0.45


def test_every_option_of_every_list_is_common_enough_to_be_learned(tales):
    for symbol, options in GRAMMAR.items():
        if symbol.islower() and symbol not in ("storm", "roof", "field", "tool2"):
            fewest = min(tales.text.count(option) for option in options)
            assert fewest >= 20, symbol


# ---- the corpus -------------------------------------------------------------------


def test_a_seed_always_tells_the_same_stories():
    digest = hashlib.sha256(corpus(0, 50).text.encode()).hexdigest()
    assert digest == "cd0821a1f28f5ba1d915907041f54afe0425dc5767c91f0a05d5fd16a3c554ba"
    assert corpus(0, 50).text != corpus(1, 50).text


def test_newlines_stand_before_between_and_after_the_stories(tales):
    assert tales.text[0] == tales.text[-1] == "\n"
    assert tales.text[1:-1].split("\n") == [story.text for story in tales.stories]
    assert len(tales.stories) == 3000


def test_no_two_of_three_thousand_stories_are_the_same(tales):
    assert len({story.text for story in tales.stories}) == 3000


@pytest.mark.parametrize("n", [0, -1, 2.0, "3"])
def test_a_corpus_needs_a_positive_number_of_stories(n):
    with pytest.raises(ValueError, match=re.escape(repr(n))):
        corpus(0, n)


def test_characters_are_few_plain_and_all_in_use(tales):
    assert 45 <= len(set(tales.text)) <= 55
    assert tales.text.isascii()
    assert set("abcdefghijklmnopqrstuvwxyz .,!?'\"\n") <= set(tales.text)


# ---- the stories are sense --------------------------------------------------------


def test_every_story_that_can_be_told_has_150_to_500_characters():
    assert 150 <= length(min) <= length(max) <= 500


def test_what_a_story_chose_early_comes_back_much_later():
    rng, reaches = random.Random(2), []
    for _ in range(500):
        draft = finished(rng)
        names = [word for word in draft.memory.values() if word.istitle()]
        reaches.append(max(draft.text.rfind(n) - draft.text.find(n) for n in names))
    assert sum(reaches) / len(reaches) > 100


def test_a_lost_thing_comes_back_in_its_colour_from_a_friend():
    for seed in range(500):
        draft = finished(random.Random(seed), GRAMMAR["STORY"][0])
        lost, _, rest = draft.text.partition(". ")
        thing = "{colour} {thing}".format(**draft.memory)
        assert lost.endswith(thing) and rest.count(thing) == 1
        assert rest.count(draft.memory["friend"]) == 1
        assert draft.memory["friend"] not in lost


def test_pronouns_agree_with_the_hero(tales):
    seen = set()
    for story in tales.stories:
        words = re.findall(r"\w+", story.text)
        hero = next(word for word in words if word in GIRLS + BOYS)
        used = {w.lower() for w in words} & {"he", "his", "him", "she", "her"}
        assert not used & ({"he", "his", "him"} if hero in GIRLS else {"she", "her"})
        seen |= used
    assert seen == {"he", "his", "him", "she", "her"}


def test_an_stands_before_vowels_and_only_there(tales):
    articles = re.findall(r"\b([Aa]n?) (\w)", tales.text)
    assert all((a.lower() == "an") == (letter in "aeiou") for a, letter in articles)
    assert {a for a, _ in articles} == {"a", "an", "A", "An"}


def test_numbers_are_counted_on_correctly():
    seen = set()
    for seed in range(300):
        draft = finished(random.Random(seed), GRAMMAR["STORY"][4])
        had = {draft.memory["hero"]: draft.memory["number"]}
        had[draft.memory["friend"]] = draft.memory["number2"]
        for name, only, now in re.findall(r"(\w+) had (only )?(\w+)\.", draft.text):
            assert COUNT.index(now) - COUNT.index(had[name]) == (-1 if only else 1)
            seen.add(only)
    assert seen == {"only ", ""}


def test_the_shipped_text_is_what_the_grammar_writes():
    shipped = (DATA / "tales.txt").read_bytes()
    assert shipped == corpus(SEED, STORIES).text.encode()


def test_the_good_part_of_a_text_ends_where_the_grammar_leaves_it():
    story = tell(random.Random(0)).text
    assert good_part(story) == len(story)
    for at in (0, len(story) // 2, len(story) - 1):
        assert good_part(f"{story[:at]}#{story[at + 1 :]}") == at
    with pytest.raises(Fault, match=f"^at character {len(story)}: found") as fault:
        read(f"{story} ")
    assert fault.value.at == len(story)
