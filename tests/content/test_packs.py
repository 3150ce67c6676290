"""A sound pack is read as it was written; of a broken one every mistake is named with its file and line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from packshelf import QUESTION, Shelf

from bot.domain.questions import Level, QuestionKind, SampleKind, question_from_json, question_to_json
from bot.packs import Library, PacksUnsound, load_packs

HERE = "  # here"

TWO_SENTENCES = """ And not each of them helps: on a column with only two or
  three different values the planner will scan anyway, because most pages have to be visited. So I look at the slow
  queries first, add the index that serves them, measure with the query plan, and remove those that nobody uses."""

#: A mistake: what is replaced, by what (`# here` ends the line that must be named), and what the message speaks of.
MISTAKES: dict[str, tuple[str, str, str | int | None, str]] = {
    "a missing field": ("level: junior\nkind: concept", "level: junior", 2, "`kind` is missing; add a line `kind: …`"),
    "a missing field of a point": ("  - id: space\n", "  - # nothing\n", "text: Indexes take", "`id` is missing"),
    "a misspelt field": ("    weight: 3", "    wieght: 3  # here", None, "did you mean `weight`?"),
    "an unknown field": (
        "kind: concept",
        "kind: concept\ncolour: red  # here",
        None,
        "known here are id, title, level",
    ),
    "a weight of nine": ("    weight: 3", "    weight: 9  # here", None, "`weight` is 9, but goes from 1 to 5"),
    "a weight as text": (
        "    weight: 3",
        '    weight: "3"  # here',
        None,
        "a whole number, but here stands the text `3`",
    ),
    "a weight of true": ("    weight: 3", "    weight: true  # here", None, "here stands the word `true`"),
    "half a weight": (
        "    weight: 3",
        "    weight: 2.5  # here",
        None,
        "a whole number, but here stands the number `2.5`",
    ),
    "a title that is a number": (
        "title: What an index is for",
        "title: 2026  # here",
        None,
        "put numbers in double quotes",
    ),
    "an empty title": ("title: What an index is for", "title:  # here", None, "here stands nothing"),
    "a long title": ("title: What", f"title: {'What ' * 15}", "title: What", "characters, but takes 3 to 60"),
    "an unknown level": ("level: junior", "level: expert  # here", None, "takes one of junior, mid, senior"),
    "no topics": ("topics: [databases, performance]", "topics: []  # here", None, "has 0 entries, but takes 1 to 5"),
    "a topic in capitals": (
        "[databases, performance]",
        "\n  - databases\n  - SQL  # here",
        None,
        "entry 2 of `topics` is `SQL`",
    ),
    "a list that is a text": ("topics: [databases, performance]", "topics: databases  # here", None, "must be a list"),
    "a point that is a text": ("hints:", "  - it depends  # here\nhints:", None, "must be a group of fields"),
    "one wording": ("      - the index needs storage of its own\n", "", 27, "`wordings` has 1 entry"),
    "two hints": (
        "  - Think of what has to happen when a row is added.\n",
        "",
        "hints:",
        "`hints` has 2 entries, but takes 3",
    ),
    "a follow-up without a question mark": (
        "When would the planner ignore an index that exists?",
        "Tell us when the planner ignores an index.  # here",
        None,
        "so it ends with a question mark",
    ),
    "a first hint that asks nothing": (
        "How would you look for a name in a telephone book?",
        "Think of a telephone book.  # here",
        None,
        "the first hint is no question",
    ),
    "another id than the file": ("id: database-index", "id: database-indexes  # here", None, "give both one name"),
    "two points of one name": ("  - id: space", "  - id: lookup  # here", None, "two points are called `lookup`"),
    "a wording said twice": (
        "it costs memory and disk",
        "The index needs storage of its own!  # here",
        None,
        "word for word",
    ),
    "a criterion nobody asked for": (
        "Indexes take space on disk and in memory.",
        "Mentions Kubernetes operators.  # here",
        None,
        "neither the prompt nor the model answer speaks of this point",
    ),
    "a short model answer": (TWO_SENTENCES, "", "model_answer:", "the model answer has 99 words"),
    "a score outside of its band": (
        "    score: 0.95",
        "    score: 0.7  # here",
        None,
        "of kind reference scores 0.8 to 1",
    ),
    "a score over one": ("    score: 0.95", "    score: 9.5  # here", None, "`score` is 9.5, but goes from 0 to 1"),
    "a generous score for a wrong claim": ("    score: 0.1", "    score: 0.5  # here", None, "scores 0 to 0.4"),
    "no empty sample": (
        "  - kind: empty\n    score: 0.0",
        "  - kind: partial\n    score: 0.3",
        "samples:",
        "`kind: empty`",
    ),
    "no unseen paraphrase": ("    unseen: true\n", "", "samples:", "no sample is an unseen paraphrase"),
    "an unseen partial": (
        "  - kind: partial",
        "  - kind: partial\n    unseen: true  # here",
        None,
        "only a paraphrase",
    ),
    "a paraphrase that was seen": (
        "listing the word",
        "low selectivity makes it useless: listing the word",
        61,
        "shares `low selectivity useless`",
    ),
    "a wording fitted to a sample": (
        "      - the index needs storage of its own",
        "      - you pay in disk and memory  # here",
        None,
        "sample 1 says this word for word",
    ),
    "a sample out of the model answer": (
        "It speeds up searching because you need not read all rows.",
        "An index is a sorted structure, usually a B-tree.  # here",
        None,
        "also stands in the model answer",
    ),
    "a follow-up that gives a point away": (
        "When would the planner ignore an index that exists?",
        "Does every insert and update have to maintain the index?  # here",
        None,
        "also stands in the rubric",
    ),
    "a replaced question that is still here": (
        "level: junior",
        "level: junior\nreplaces: database-index",
        5,
        "still here",
    ),
    "a field given twice": ("level: junior", "level: junior\nlevel: senior  # here", None, "`level` stands twice"),
    "broken YAML": ("level: junior", "level: junior: senior  # here", None, "this is not YAML"),
    "a second document": ("hints:", "---  # here\nhints:", None, "a second document begins here"),
    "an anchor": ("level: junior", "level: &level junior  # here", None, "the anchor `&level` is not allowed"),
    "an alias": ("level: junior", "level: *level  # here", None, "the alias `*level` is not allowed"),
    "a tag": ("level: junior", "level: !!str junior  # here", None, "the tag `tag:yaml.org,2002:str` is not allowed"),
    "a local tag on a list": ("topics: [d", "topics: !pick [d", "topics:", "the tag `!pick` is not allowed"),
    "HTML": ("How would you look", "How <b>would</b> you look", "How <b>", "the text holds HTML"),
    "a script address": ("How would you look", "How javaScript:x would you look", "How javaS", "a script address"),
    "a foreign link": (
        "How would you look",
        "See https://evil.test/a and look",
        "https://evil",
        "leads to `evil.test`",
    ),
    "a foreign link without a scheme": (
        "How would you look",
        "See //evil.test/a or look",
        "//evil",
        "leads to `evil.test`",
    ),
    "a foreign link in disguise": (
        "How would",
        "See http://example.com@evil.test/ and",
        "http://",
        "leads to `example.com@evil",
    ),
    "an entity": ("How would you look", "How &#60; would you look", "&#60;", "an HTML entity"),
    "an escaped control character": (
        "level: junior",
        'level: junior\nreplaces: "a\\u0007"  # here',
        None,
        "control character",
    ),
    "text that turns around": ("How would", "How \u202e would", "How \u202e", "an invisible character here (U+202E)"),
    "a zero byte": ("How would", "How \x00 would", "How \x00", "an invisible character here (U+0000)"),
}


def test_a_sound_pack_is_read_in_posting_order(shelf: Shelf) -> None:
    other = shelf.add_question("another-question")
    shelf.change("What does an index do for a table, and why would you not put one on every column?", PROMPT, other)

    library = load_packs(shelf.root)

    assert [pack.title for pack in library.packs] == ["A little pack"]
    assert [question.id for question in library.questions(["little-pack"])] == ["database-index", "another-question"]


PROMPT = "Tell us how threads differ from processes when a service has to wait for many slow neighbours at once."


def test_a_question_holds_what_its_file_says(shelf: Shelf) -> None:
    question = load_packs(shelf.root).question("database-index")

    assert (question.pack, question.level, question.kind) == ("little-pack", Level.JUNIOR, QuestionKind.CONCEPT)
    assert question.prompt.startswith("What does an index do")
    assert [(point.id, point.weight) for point in question.points] == [
        ("lookup", 5), ("write-cost", 3), ("space", 1), ("selectivity", 2),
    ]  # fmt: skip
    assert question.point("lookup").wrong_claims == ("an index makes every query faster",)
    assert [sample.kind for sample in question.samples] == list(SampleKind)
    assert [sample.unseen for sample in question.samples] == [False, True, False, False, False]
    assert question_from_json(question_to_json(question)) == question


def test_unknown_ids_are_key_errors(shelf: Shelf) -> None:
    library = load_packs(shelf.root)

    with pytest.raises(KeyError):
        library.question("never-written")
    with pytest.raises(KeyError):
        library.questions(["never-written"])


def test_a_library_can_be_made_without_files() -> None:
    assert Library(packs=()).questions([]) == ()


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_and_line(mistake: str, shelf: Shelf) -> None:
    old, new, marker, message = MISTAKES[mistake]

    text = shelf.change(old, new)

    assert any(
        problem.path == "packs/little-pack/questions/database-index.yaml"
        and problem.line == _line_of(marker or HERE, text)
        and message in problem.message
        for problem in shelf.problems()
    ), "\n".join(map(str, shelf.problems()))


def _line_of(marker: str | int, text: str) -> int:
    if isinstance(marker, int):
        return marker
    return next(number for number, line in enumerate(text.split("\n"), start=1) if marker in line)


PACK_MISTAKES = {
    "another id than the folder": ("id: little-pack", "id: small-pack", 1, "its folder is called `little-pack`"),
    "a language in words": ("language: en", "language: english", 4, "A language tag"),
    "no licence": ("licence: CC0-1.0\n", "", 1, "`licence` is missing"),
    "a file nobody wrote": (
        "[database-index]",
        "\n  - database-index\n  - dreams",
        8,
        "there is no `questions/dreams.yaml`",
    ),
    "a file not on the list": ("[database-index]", "[dreams]", 6, "`questions/database-index.yaml` is not on the list"),
    "a question listed twice": (
        "[database-index]",
        "\n  - database-index\n  - database-index",
        8,
        "would be asked twice",
    ),
    "a link in the description": ("One question,", "See www.evil.test,", 3, "leads to `www.evil`"),
}


@pytest.mark.parametrize("mistake", PACK_MISTAKES)
def test_a_mistake_in_the_pack_file_is_named_with_its_line(mistake: str, shelf: Shelf) -> None:
    old, new, line, message = PACK_MISTAKES[mistake]

    shelf.change(old, new, shelf.pack / "pack.yaml")

    assert any(
        (problem.path, problem.line) == ("packs/little-pack/pack.yaml", line) and message in problem.message
        for problem in shelf.problems()
    ), "\n".join(map(str, shelf.problems()))


def test_all_problems_are_listed_at_once_in_order(shelf: Shelf) -> None:
    shelf.change("    weight: 3", "    weight: 9")
    shelf.change("level: junior", "level: expert")
    shelf.change("language: en", "language: english", shelf.pack / "pack.yaml")

    with pytest.raises(PacksUnsound) as caught:
        load_packs(shelf.root)

    problems = caught.value.problems
    assert [(problem.path.rsplit("/", 1)[1], problem.line) for problem in problems] == [
        ("pack.yaml", 4), ("database-index.yaml", 4), ("database-index.yaml", 20),
    ]  # fmt: skip
    assert str(caught.value).splitlines() == [
        f"{problem.path}:{problem.line}: {problem.message}" for problem in problems
    ]


def test_an_id_is_unique_over_all_packs(shelf: Shelf) -> None:
    shelf.pack.rename(shelf.pack.with_name("first-pack"))
    first = replace(shelf, root=shelf.root)
    (first.root / "packs" / "first-pack" / "pack.yaml").write_text(
        "id: first-pack\ntitle: First\ndescription: The first of two packs.\nlanguage: en\nlicence: CC0-1.0\n"
        "questions: [database-index]\n",
        encoding="utf-8",
    )
    second = shelf.root / "packs" / "second-pack" / "questions"
    second.mkdir(parents=True)
    (second / "database-index.yaml").write_text(QUESTION, encoding="utf-8")
    (second.parent / "pack.yaml").write_text(
        "id: second-pack\ntitle: Second\ndescription: The second of two packs.\nlanguage: en\nlicence: CC0-1.0\n"
        "questions: [database-index]\n",
        encoding="utf-8",
    )

    problems = [problem for problem in shelf.problems() if problem.line == 2]

    assert [problem.path for problem in problems] == ["packs/second-pack/questions/database-index.yaml"]
    assert "the pack first-pack already has a question `database-index`" in problems[0].message


def test_a_prompt_that_nearly_repeats_another_is_named(shelf: Shelf) -> None:
    twin = shelf.add_question("index-again")
    shelf.change("What does an index do for a table", "What would an index do for some table", twin)

    [problem] = shelf.problems()

    assert (problem.path, problem.line) == ("packs/little-pack/questions/index-again.yaml", 7)
    assert "nearly the same as `database-index`" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "A list is fine when n < 10 or a < b, and x > 3; AT&T agrees.",
        "Call https://api.example.com/v1?page=2, http://localhost:8080/ or https://shop.example/x (in that order).",
        "Moves from http:// to https://, in JavaScript or // as a comment says.",
        "Naïve café, 東京, and a smile 🙂 are text too.",
    ],
)
def test_harmless_text_is_not_complained_about(text: str, shelf: Shelf) -> None:
    shelf.change("How would you look for a name in a telephone book?", f"{text[:-1]}?")

    assert shelf.problems() == ()


def test_words_that_look_like_other_types_stay_text(shelf: Shelf) -> None:
    shelf.change("[databases, performance]", "[no, on, yes]")

    assert load_packs(shelf.root).question("database-index").topics == ("no", "on", "yes")
