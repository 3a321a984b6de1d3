"""The words and the sentences of the tales.

The grammar maps a symbol to its options, and an option is text with slots:

    {FOUND}      capitals: chosen anew at every mention, and may hold slots itself
    {thing}      lower case: a word, chosen at its first mention and repeated after that
    {a thing}    a form of the word: here, with its article
    {his}        a pronoun is a form of the hero's name

Symbols with the same list (hero and friend, place and place2) never get the same word.
Every choice among options is uniform.
"""

from collections.abc import Mapping

Grammar = Mapping[str, tuple[str, ...]]


def listed(text: str) -> tuple[str, ...]:
    """The options of a list: "red, blue" -> ("red", "blue")."""
    return tuple(text.split(", "))


GIRLS = listed(
    "Ada, Amy, Anya, Bea, Bess, Clara, Cleo, Dora, Ella, Emma, Eva, Fay, Gina, Gwen, "
    "Hana, Hope, Ida, Ivy, Jane, June, Kate, Lena, Lily, Lucy, Mia, Nell, Nora, Pia, "
    "Rosa, Ruby, Tess, Vera"
)
BOYS = listed(
    "Abe, Ali, Ben, Bob, Cal, Dan, Eli, Finn, Fred, Gus, Hugo, Ian, Jack, Joe, Jon, "
    "Kit, Leo, Max, Milo, Ned, Noah, Omar, Otto, Paul, Pete, Ravi, Rex, Rob, Sid, Tim, "
    "Tom, Vic"
)
COUNT = listed("one, two, three, four, five, six, seven, eight, nine, ten")
OUTDOORS = listed(
    "at the dock, at the fair, at the market, at the zoo, behind the church, "
    "behind the school, by the brook, by the fence, by the gate, by the lake, "
    "by the pond, by the pump, by the sea, by the well, in the field, in the garden, "
    "in the maze, in the orchard, in the park, in the wood, on the beach, on the hill, "
    "on the pier, under the oak"
)
INDOORS = listed(
    "at the farm, at the forge, at the inn, at the mill, at the shop, at the station, "
    "in the barn, in the cave, in the shed, in the stable, in the tower, "
    "under the bridge"
)

WORDS: Grammar = {
    "hero friend guest guest2 guest3 visitor visitor2 visitor3": GIRLS + BOYS,
    "place place2 place3": OUTDOORS + INDOORS,
    "field": OUTDOORS,
    "roof": INDOORS,
    "number number2": COUNT[1:-1],  # so that there is one less and one more
    "weekday": listed("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    "weather": listed(
        "cold, damp, dry, dull, fine, foggy, hot, icy, mild, misty, rainy, snowy, "
        "sunny, warm, wet, windy"
    ),
    "storm": listed("hail, rain, sleet, snow, thunder"),
    "look": listed(
        "old, new, big, tiny, fine, neat, odd, dusty, shiny, pretty, plain, little"
    ),
    "colour": listed(
        "red, blue, pink, gold, lilac, green, white, black, brown, orange, purple, "
        "yellow, silver, tartan, spotty, striped"
    ),
    "thing thing2 thing3": listed(
        "ball, basket, bell, boat, book, box, bucket, cart, chair, clock, doll, drum, "
        "fan, fiddle, flute, harp, hat, horn, jug, kite, ladder, lamp, lantern, map, "
        "mask, mug, oar, puppet, rake, robot, shoe, sled, teapot, tent, train, "
        "trumpet, umbrella, vase, wagon, whistle"
    ),
    "mood mood2": listed(
        "bold, brave, calm, cheeky, clever, fussy, grumpy, hungry, jolly, kind, lazy, "
        "muddy, noisy, old, polite, posh, proud, quiet, rude, shy, silly, sleepy, "
        "tiny, wise"
    ),
    "animal animal2": listed(
        "badger, bat, bear, calf, cat, crow, dog, donkey, duck, elk, emu, foal, fox, "
        "frog, goat, goose, gull, hare, hen, lamb, magpie, mole, mouse, otter, owl, "
        "pig, pony, rabbit, ram, robin, seal, snail, swan, toad, turtle, wren"
    ),
    "pet": listed(
        "Bean, Biscuit, Button, Dot, Fig, Fudge, Jinx, Mop, Moss, Noodle, Pip, Rusty, "
        "Snip, Sooty, Toffee, Wags"
    ),
    "taste taste2": listed(
        "big, cold, fat, fine, fresh, good, hot, huge, lovely, nice, odd, round, "
        "spare, tasty, tiny, warm"
    ),
    "food food2": listed(
        "apples, beans, berries, buns, cakes, carrots, cherries, crumpets, dates, "
        "eggs, figs, grapes, leeks, limes, melons, muffins, nuts, onions, peaches, "
        "pears, pickles, pies, plums, rolls, scones, tarts, waffles, yams"
    ),
    "dish dish2": listed(
        "apple pie, bean stew, bread, cheese, cocoa, corn, curry, custard, fish, ham, "
        "honey, jam, mash, onion soup, pasta, pea soup, pizza, plum cake, porridge, "
        "rice, salad, tea, toast, trifle"
    ),
    "tool tool2": listed(
        "clay, glue, gum, jam, mud, nails, paint, pins, rope, string, tape, tar, "
        "thread, wax, wire, wool"
    ),
}

SENTENCES: Grammar = {
    # Plots
    "STORY": (
        "{OPEN} {hero} {LOST} {his} {look} {colour} {thing}. {HUNT} {CLUE} {FOUND} "
        "{THANKS}",
        "{OPEN} {hero} turned {number}. {guest}, {guest2} and {guest3} came to tea, "
        "and {friend} {BROUGHT} {a colour} bag. {GUESS} {GIFT} {END}",
        "{OPEN} {a mood} {animal} raced {a mood2} {animal2} to {the place}. {hero} and "
        "{guest} {BACKED} the {animal}, {friend} and {guest2} the {animal2}. {RACE}",
        "{OPEN} {storm} caught {hero} and {friend} {field}. They ran to {the roof}. "
        "{SHELTER} {AFTER} {END}",
        "{OPEN} {hero} had {number} {taste} {food} for lunch, {friend} had {number2} "
        "{taste2} {food2}, and {guest} had {a look} {thing}. {CALLER} {THIEF} {END}",
        '{OPEN} {hero} found a note {place}. "{ORDER}," it said. So {he} {TOOK} '
        "{number} {taste} {food} to {the place2}. {PARTY} {END}",
        "{OPEN} {hero} {BROKE} {his} {look} {colour} {thing}. "
        "{SIGH} {MEND} {MENDED} {END}",
        "{OPEN} {hero} and {guest} met {friend} {place}. {PET} {TREAT} {HABIT}",
        "{OPEN} {hero} and {guest} {WROTE} a song {place}. {VERSE} {ECHO} {END}",
        "{OPEN} {hero}'s {mood} {animal} {pet} {FLED}. {TRACKS} {CAUGHT} {END}",
        "{OPEN} {hero} gave {guest} {a colour} {thing} for {number} {taste} {food}, "
        "and {guest2} the {food} for {a mood} {animal}. {SWAP} {END}",
        "{OPEN} {hero} hid {place}, {guest} {place2}, and {a mood} {animal} {place3}. "
        "{friend} counted to {number} and found {SEEK} {HIDDEN}",
    ),
    # What all plots share
    "OPEN": (
        "One {weather} {weekday}",
        "On {a weather} {weekday}",
        "It was {a weather} {weekday} when",
        "Last {weekday} was {weather}, and",
        "{weekday} was {weather}, and",
    ),
    "SAID": listed(
        "said, cried, called, laughed, shouted, whispered, giggled, chuckled"
    ),
    "MOANED": listed("moaned, groaned, sighed, gasped, wailed, cried"),
    "ALAS": listed("Oh no, Oh dear, Bother, Alas, Goodness, Dear me, Help"),
    "HOORAY": listed("Hooray, Bravo, At last, Splendid, What luck, How nice"),
    "GLAD": listed("glad, happy, proud, merry, pleased, content"),
    "DANCED": listed("danced, talked, sang, laughed, skipped, played"),
    "FEAST": (
        "{number} {taste} {food} and {number2} {taste2} {food2}",
        "{number} {taste} {food} and {dish}",
        "{taste} {food} and {taste2} {food2}",
    ),
    "END": (
        "It was the best {weekday} of all.",
        "They never forgot that {weather} {weekday}.",
        "{hero} was {GLAD}, and so was {friend}.",
        "{hero} and {friend} {DANCED} with {visitor} and {visitor2}.",
        '"{HOORAY}!" {SAID} {friend}.',
        "Supper was {dish} and {dish2}.",
        "Then {visitor} made {dish} and {visitor2} made {dish2}.",
        "Then {visitor}, {visitor2} and {visitor3} came for {dish} and {dish2}.",
    ),
    # A lost thing
    "LOST": listed("lost, mislaid, dropped, could not find"),
    "HUNT": (
        "{He} looked {place2} and {place3}.",
        "It was not {place2}, and it was not {place3}.",
        '"{ALAS}!" {he} {MOANED}, and ran to {the place2}.',
        "{He} searched {the place2} twice.",
    ),
    "CLUE": (
        '"Try {the place}," {SAID} {a mood} {animal}.',
        '"Look {place}," {SAID} {a mood} {animal}.',
        "{A mood} {animal} pointed to {the place}.",
        "{A mood} {animal} had seen it {place}.",
    ),
    "FOUND": (
        'There {friend} asked, "What did you lose?" "My {colour} {thing}," '
        "{SAID} {hero}, and there it was.",
        "And there, {place}, sat {friend} with the {colour} {thing}.",
        "And there sat {friend} and {guest} with the {colour} {thing}.",
        'And {place} {friend} {SAID}, "Is this {colour} {thing} yours?"',
    ),
    "THANKS": (
        "{hero} gave the {animal} {FEAST}.",
        "The {animal} got {FEAST}.",
        "They all ate {FEAST} with the {animal}.",
    ),
    # A gift
    "BROUGHT": listed("brought, carried, came with, hid"),
    "GUESS": (
        '"{A thing2}?" {SAID} {guest}. "{A thing3}?" {SAID} {guest3}.',
        '"Is it {a thing2}?" {SAID} {guest2}. "Or {a thing3}?" {SAID} {guest}.',
        '"I hope for {a thing2} or {a thing3}," {SAID} {hero}.',
    ),
    "GIFT": (
        "In the {colour} bag was {a look} {thing}.",
        "It was {a look} {thing}, as {colour} as the bag.",
    ),
    # A race
    "BACKED": listed("backed, cheered for, trusted, chose"),
    "RACE": (
        "Soon the {animal2} {NAPPED}, so the {animal} won, "
        "and {hero} and {guest} got {FEAST}.",
        "But the {animal} {NAPPED}, so the {animal2} won, "
        "and {friend} and {guest2} got {FEAST}.",
        "Both {NAPPED}, so {hero} and {friend} ate {FEAST}.",
    ),
    "NAPPED": listed("fell asleep, got lost, stopped for tea, ran the wrong way"),
    # A storm
    "SHELTER": (
        "{A mood} {animal} sat there with {FEAST}.",
        '"Come in," {SAID} {a mood} {animal}. "I have {FEAST}."',
        "{guest} was there, and {a mood} {animal} with {FEAST}.",
    ),
    "AFTER": (
        "When the {storm} was over, {guest2} came with {a colour} umbrella.",
        "When the {storm} was over, they ran back to {the field}.",
    ),
    # A meal
    "CALLER": ("{A mood} {animal} came by.", "{A mood} {animal} sat down with them."),
    "THIEF": (
        'Soon {hero} had only {less number}. "I ate one," {SAID} the {animal}.',
        'Then {friend} had only {less number2}. "I ate one," {SAID} the {animal}.',
        '"One more for you," it {SAID}, and {hero} had {more number}.',
    ),
    # A note
    "ORDER": (
        "Bring {number} {taste} {food} to {the place2}",
        "Come to {the place2} with {number} {taste} {food}",
    ),
    "TOOK": listed("took, brought, carried, ran with"),
    "PARTY": (
        "There {friend} was teaching {a mood} {animal} to write.",
        "There sat {friend}, {guest}, {guest2} and {a mood} {animal}.",
        '"So you can read!" {SAID} {friend} and {a mood} {animal}.',
    ),
    # A broken thing
    "BROKE": listed("broke, squashed, sat on, tripped over"),
    "SIGH": (
        '"{ALAS}, my {thing}!" {he} {MOANED}.',
        "{He} took it to {friend} {place}.",
    ),
    "MEND": (
        "{friend} brought {tool}, {guest} brought {tool2}, and {guest2} brought "
        "{FEAST}.",
        "{friend} tried {tool}, then {tool2}, then both.",
        '"Try {tool}," {SAID} {friend}. "Or {tool2}," {SAID} {guest}.',
    ),
    "MENDED": (
        "Soon the {colour} {thing} was as good as new.",
        "Now the {colour} {thing} is mostly {tool}.",
    ),
    # A new friend
    "PET": (
        "{friend} had {a mood} {animal} called {pet}.",
        '"This is {pet}, my {mood} {animal}," {SAID} {friend}.',
    ),
    "TREAT": (
        '"Does {pet} like {taste} {food}?" {SAID} {hero}. {pet} ate {number}.',
        "{hero} had {FEAST}. {pet} ate the lot.",
        "At once {pet} ran off with {hero}'s {look} {colour} {thing}.",
    ),
    "HABIT": (
        "Now {hero} goes to {the place} every {weekday}.",
        "Every {weekday} they all meet {place} for {dish}.",
        "Soon {visitor} and {visitor2} came to meet {pet} too.",
    ),
    # A song
    "WROTE": listed("wrote, made up, sang"),
    "VERSE": (
        '"My {mood} {animal} has {a colour} {thing}, '
        'my {mood2} {animal2} has {number} {food}."',
        '"{A mood} {animal} bought {a colour} {thing} from {a mood2} {animal2} '
        'for {number} {food}."',
    ),
    "ECHO": (
        '"I like the {colour} {thing} best," {SAID} {friend}.',
        "{friend} played the {animal}, {guest} the {animal2}.",
    ),
    # An animal that ran away
    "FLED": listed("ran off, got away, was gone"),
    "TRACKS": (
        "{hero} looked {place} and {place2}.",
        '"Try {the place}," {SAID} {guest}. "Try {the place2}," {SAID} {guest2}.',
    ),
    "CAUGHT": (
        "And {place} {pet} and {friend} sat eating {FEAST}.",
        "There, {place2}, {friend} was feeding {pet} {FEAST}.",
    ),
    # A swap
    "SWAP": (
        "Then {friend} gave {him} {a colour} {thing} for the {animal}. "
        '"I know that {thing}," {SAID} {hero}.',
        '"What did you get for your {colour} {thing}?" asked {friend}. '
        '"This {mood} {animal}," {SAID} {hero}.',
    ),
    # Hide and seek
    "SEEK": (
        "{guest} {place2} and {hero} {place}.",
        "only {hero}, {place}. {guest} is still {place2}.",
    ),
    "HIDDEN": (
        "The {animal} is still {place3}, eating {dish} and {dish2}.",
        "The {animal} went home for {dish} and {dish2}.",
        "Then {visitor} and {visitor2} found the {animal} {place3}.",
    ),
}

GRAMMAR: Grammar = SENTENCES | {
    role: words for roles, words in WORDS.items() for role in roles.split()
}
