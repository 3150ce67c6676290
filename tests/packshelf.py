"""A small sound pack in a temporary folder, for tests to spoil in one place at a time; and the packs we ship."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.packs import Library, Problem, content_root, examine


@cache
def shipped_packs() -> Library:
    """What we ship, read once for all tests of a process. Whether it is sound, a test of its own asks."""
    return examine(content_root()).library


PACK = """\
id: little-pack
title: A little pack
description: One question, for the tests of content packs.
language: en
licence: CC0-1.0
questions: [database-index]
"""

QUESTION = """\
# yaml-language-server: $schema=../../../schema/question.schema.json
id: database-index
title: What an index is for
level: junior
kind: concept
topics: [databases, performance]
prompt: >-
  What does an index do for a table, and why would you not put one on every column?
points:
  - id: lookup
    text: An index finds rows without reading the whole table.
    weight: 5
    wordings:
      - the database jumps to the matching rows instead of scanning
      - with an index there is no full scan of the table
    wrong_claims:
      - an index makes every query faster
  - id: write-cost
    text: Every insert and update must maintain the index, so writes get slower.
    weight: 3
    wordings:
      - each write also has to change the index
      - inserting becomes slower with every index you add
  - id: space
    text: Indexes take space on disk and in memory.
    weight: 1
    wordings:
      - the index needs storage of its own
      - it costs memory and disk
  - id: selectivity
    text: An index on a column with few different values helps little.
    weight: 2
    wordings:
      - low selectivity makes it useless
      - a boolean column is rarely worth one
hints:
  - How would you look for a name in a telephone book?
  - Think of what has to happen when a row is added.
  - Compare a column of e-mail addresses with a column of yes and no.
follow_ups:
  - When would the planner ignore an index that exists?
  - What changes when the query sorts its result?
model_answer: >-
  An index is a sorted structure, usually a B-tree, that leads from a value to the rows which hold it. Without one the
  database reads the whole table for a query; with one it descends a few levels and fetches only what it needs, which
  turns a scan of millions of rows into a handful of page reads. That has a price. Each insert, update of an indexed
  column and delete must maintain every index of the table, so writes become slower and locks are held longer. Indexes
  also take disk space and compete with the data for memory. And not each of them helps: on a column with only two or
  three different values the planner will scan anyway, because most pages have to be visited. So I look at the slow
  queries first, add the index that serves them, measure with the query plan, and remove those that nobody uses.
samples:
  - kind: reference
    score: 0.95
    text: >-
      It lets the engine go straight to the right rows and spares it a walk over the table. You pay when you insert or
      update, because the tree has to be kept current, and you pay in disk and memory. For a flag that is nearly always
      true it hardly helps.
  - kind: paraphrase
    unseen: true
    score: 0.85
    text: >-
      Like the register at the end of a book: look the word up, turn to the page. But authors must redo that register
      whenever they edit a chapter, it makes the book thicker, and listing the word "the" would be pointless.
  - kind: partial
    score: 0.4
    text: It speeds up searching because you need not read all rows.
  - kind: wrong_claim
    score: 0.1
    text: Indexes always speed up everything, reading and writing, and cost nothing, so put one on all columns.
  - kind: empty
    score: 0.0
    text: No idea, sorry.
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A content folder with one pack of one sound question."""

    root: Path

    @property
    def pack(self) -> Path:
        return self.root / "packs" / "little-pack"

    @property
    def question(self) -> Path:
        return self.pack / "questions" / "database-index.yaml"

    def change(self, old: str, new: str, path: Path | None = None) -> str:
        """Replaces a piece of a file, by default of the question; returns the new text."""
        path = path or self.question
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} must stand in the file once"
        path.write_text(changed := text.replace(old, new), encoding="utf-8")
        return changed

    def add_question(self, slug: str, text: str = QUESTION) -> Path:
        """Adds a file that calls itself by its name, and puts it on the list."""
        path = self.pack / "questions" / f"{slug}.yaml"
        path.write_text(text.replace("id: database-index", f"id: {slug}"), encoding="utf-8")
        self.change("]", f", {slug}]", self.pack / "pack.yaml")
        return path

    @classmethod
    def in_folder(cls, root: Path) -> Shelf:
        """A sound shelf in a new folder."""
        shelf = cls(root)
        shelf.question.parent.mkdir(parents=True)
        shelf.question.write_text(QUESTION, encoding="utf-8")
        (shelf.pack / "pack.yaml").write_text(PACK, encoding="utf-8")
        return shelf

    def problems(self) -> tuple[Problem, ...]:
        return examine(self.root).problems
