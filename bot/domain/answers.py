"""What is an answer, which messages belong to it, and whether it came in time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.inert import shorten, sound

#: The longest text that is kept as one answer.
MAX_ANSWER = 20_000
#: How long further messages join an answer, unless the comment is made sooner.
JOIN_FOR = timedelta(minutes=3)
#: How long after the close an answer still earns something.
LATE_FOR = timedelta(days=7)
#: An event is believed about its own time up to this age; platforms repeat for hours, not weeks.
OLDEST_BELIEVED = timedelta(days=7)
#: How far the clocks of two honest machines may differ.
CLOCKS_DIFFER = timedelta(minutes=2)
#: Fewer words than this, without code, are talk.
FEWEST_WORDS = 5


class Take(StrEnum):
    """What a message in a question's thread is taken for."""

    ANSWER = "answer"
    NON_ANSWER = "non_answer"
    TALK = "talk"


@dataclass(frozen=True, slots=True)
class Message:
    """What the rule needs to know about a message of a member in a question's thread.

    `has_answer`: this member's answer is there already. `answer_open`: it is under three minutes old and its comment
    is not made.
    """

    text: str
    replies_to_member: bool = False
    mentions_member: bool = False
    has_answer: bool = False
    answer_open: bool = False


def what_is(message: Message) -> Take:
    """An answer, an "I don't know", or talk; in doubt talk, since a menu can say otherwise.

    With `has_answer`, ANSWER means that the message joins the answer that is there.
    """
    if message.has_answer:
        return Take.ANSWER if joins(message) else Take.TALK
    if _is_to_somebody(message):
        return Take.TALK
    if is_dont_know(message.text):
        return Take.NON_ANSWER
    said = _said(message.text)
    return Take.ANSWER if said.code or said.words >= FEWEST_WORDS else Take.TALK


def joins(message: Message) -> bool:
    """Whether a further message is part of the answer its author began. A few words do: "and caching"."""
    if not (message.has_answer and message.answer_open) or _is_to_somebody(message):
        return False
    said = _said(message.text)
    return said.code or said.words > 0


def join_parts(parts: Iterable[str]) -> str:
    """Several messages as one answer, in their order."""
    return clean("\n".join(part for part in map(clean, parts) if part))


def _is_to_somebody(message: Message) -> bool:
    return message.replies_to_member or message.mentions_member


# --- reading a message -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Said:
    """What is left of a message without greetings, thanks, questions, links and quotations."""

    words: int
    code: bool


_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE = re.compile(r"`[^`\n]+`")
_QUOTED = re.compile(r"(?m)^[ \t]*(?:>|&gt;).*$")
_NOT_WORDS = re.compile(
    r"\[([^\[\]\n]*)\]\([^()\n]*\)"  # a link keeps its label
    r"|<[^<>\s][^<>]*>"  # mentions, links and emoji as platforms write them
    r"|(?:https?://|www\.)\S+"
    r"|(?<!\S):[a-z][\w+-]*:(?!\S)",  # :wave:
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…؟])[\"'”)*_]*\s+|(?<=[。！？])|\n+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def _vocabulary(words: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(" ".join(word.casefold().split()) for word in words.split(separator))


_GREETINGS = _vocabulary("""
    hi hii hello helo hey heya hiya yo sup howdy greetings welcome bye goodbye cheers morning evening afternoon night
    gm gn hallo moin servus hola buenos buenas dias días tardes noches bonjour bonsoir salut coucou ciao buongiorno
    olá ola oi bom boa dia tarde noite hej merhaba selam namaste namaskar salaam salam shalom ahoj cześć привет
    здравствуйте saludos guten morgen tag abend 你好 大家好 こんにちは おはよう おはようございます 안녕하세요 नमस्ते مرحبا السلام
""")  # noqa: E501 - wide letters count double
_THANKS = _vocabulary("""
    thanks thank thx tnx ty tysm thankyou danke vielen merci gracias grazie obrigado obrigada bedankt dank tack
    dziękuję teşekkürler спасибо dhanyavaad 谢谢 多谢 ありがとう ありがとうございます 감사합니다 धन्यवाद شكرا
    congrats congratulations kudos
""")
_SMALL_TALK = (
    _GREETINGS
    | _THANKS
    | _vocabulary("""
    ok okay k kk cool nice great good awesome amazing wow lol lmao haha hahaha hehe yes yeah yep yup no nope sure fine
    done same agreed agree exactly indeed right true nvm nevermind sorry oops please pls bravo interesting lovely
    first late tomorrow later +1 brb afk hmm hm ah oh ooh
""")
)
_FILLERS = _vocabulary("""
    a all am and another answer answering answers are at back be best bot but check count day days dear did do enjoy
    enjoyed ever every everybody everyone everyone's folks for friends from fun get getting glad go going group guys
    happy have having helpful here hope how i i'd i'll i'm i've ill im in is it it'll it's its ive join joined joining
    just keep learning let let's lets like look looking looks lot love loved luck man mate me mine much my need new
    not now of on one our people post posting question questions quite really see seen so some start study studying
    super team that that's thats the their them there these they thing think this time to today today's tonight too
    try up us very was we week weekend well what will with work working y'all yesterday you your yours
""")
_ASKS_SOMEBODY = re.compile(
    r"(?:does|do|did|has|have|is|can|could|would|will|may)\s+(?:any|some|every)(?:one|body)\b"
    r"|(?:any|some)(?:one|body)\s+(?:knows?|here|else|got|has|have|want|up)\b|(?:can|could|would|will)\s+(?:you|u)\b|(?:do|did|have|are)\s+you\b"
    r"|what do you mean|how (?:do|did|would) you (?:all|guys|folks)\b|i have a question\b|quick question\b",
    re.IGNORECASE,
)


def _said(text: str) -> _Said:
    """What a message says on the matter itself."""
    whole = clean(text)
    code = any(found.strip("`\n ") for found in _FENCED.findall(whole))
    prose = _NOT_WORDS.sub(r" \1 ", _QUOTED.sub("", _FENCED.sub("\n", whole)))
    kept = [sentence for sentence in _SENTENCE_END.split(prose) if not _is_beside_the_point(sentence)]
    code = code or any(_INLINE.search(sentence) for sentence in kept)
    return _Said(sum(_count_words(sentence) for sentence in kept), code)


def _is_beside_the_point(sentence: str) -> bool:
    """A question, a word of thanks, a greeting or other small talk."""
    bare = sentence.strip().rstrip("\"'”)*_`! ")
    if bare.endswith(("?", "？", "؟")) or _ASKS_SOMEBODY.match(bare):
        return True
    words = _plain_words(sentence)
    if not words or words[0] in _THANKS:
        return True
    social = [word for word in words if word in _SMALL_TALK]
    return bool(social) and all(word in _SMALL_TALK or word in _FILLERS for word in words)


def _plain_words(sentence: str) -> list[str]:
    """The words in small letters without the punctuation around them; emoji and bare marks are no words."""
    tokens = (token.replace("’", "'") for token in sentence.casefold().split())
    words = (token.strip(".,;:!?…\"'()[]{}*_~-–—。、，！") for token in tokens)
    return [word for word in words if any(char.isalnum() for char in word) or word == "+1"]


def _count_words(sentence: str) -> int:
    """How many words are said, greetings at the head not counted. Scripts without spaces count two letters a word."""
    words = _plain_words(sentence)
    while words and words[0] in _GREETINGS:
        words.pop(0)
    return sum(map(_weight, words))


def is_next_to_nothing(text: str) -> bool:
    """Whether the whole text is one word at most: emoji, marks and links are none, a block of code is more."""
    whole = clean(text)
    if any(found.strip("`\n ") for found in _FENCED.findall(whole)):
        return False
    words = _plain_words(_NOT_WORDS.sub(r" \1 ", whole))
    return sum(map(_weight, words)) <= 1


def _weight(word: str) -> int:
    """As how many words it counts."""
    return (len(_UNSPACED.findall(word)) + 1) // 2 or 1


_DONT_KNOW = _vocabulary(
    """
    i don't know|dont know|don't know|do not know|i do not know|i dont know|idk|i dunno|dunno|no idea|i have no idea|
    no clue|i have no clue|not a clue|i haven't a clue|haven't got a clue|i haven't got a clue|not sure|i'm not sure|
    im not sure|i am not sure|i can't answer|i cannot answer|can't say|pass|i pass|skip|no answer|beats me|i forgot|
    i don't remember|i can't remember|keine ahnung|ich weiß es nicht|ich weiß nicht|weiß nicht|weiß ich nicht|
    no sé|no se|no lo sé|ni idea|je ne sais pas|je sais pas|aucune idée|não sei|nao sei|non lo so|non so|
    weet ik niet|ik weet het niet|geen idee|nie wiem|не знаю|я не знаю|bilmiyorum|tidak tahu|saya tidak tahu|
    vet inte|jag vet inte|ved ikke|nevím|nem tudom|pata nahi|mujhe nahi pata|mujhe nahin pata|पता नहीं|
    मुझे नहीं पता|لا أعرف|لا أعلم|不知道|我不知道|不清楚|わからない|わかりません|分かりません|知らない|
    모르겠습니다|모르겠어요|몰라요
    """,
    "|",
)
_DONT_KNOW_EXTRAS = _vocabulary("""
    sorry honestly tbh hmm hm um uh well really actually yet now at all here guess afraid this that one it the answer
    about to question for today but just still no completely simply unfortunately and of on i
""")
_WITHIN = _vocabulary("really honestly just actually still")


def is_dont_know(text: str) -> bool:
    """Whether the whole text says no more than "I don't know", in some common languages."""
    words = _plain_words(_NOT_WORDS.sub(" ", clean(text[:400])))
    if not words or len(text) > 300:
        return False
    return any(_leaves_only_extras(words, start) for start in range(min(len(words), 6)))


def _leaves_only_extras(words: list[str], start: int) -> bool:
    """Whether a phrase of not knowing begins here, with nothing but extras around it.

    "I really don't know" is read as "I don't know": extras inside the phrase do not count either.
    """
    if any(word not in _DONT_KNOW_EXTRAS for word in words[:start]):
        return False
    phrase: list[str] = []
    for at in range(start, len(words)):
        if words[at] in _WITHIN and phrase:
            continue
        phrase.append(words[at])
        if " ".join(phrase) in _DONT_KNOW and all(word in _DONT_KNOW_EXTRAS for word in words[at + 1 :]):
            return True
    return False


# --- keeping a text --------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """An answer as we keep it: sound Unicode, trimmed, at most `MAX_ANSWER` characters; else as it was written."""
    # Cut before the work as well: a text of megabytes is not worth composing.
    whole = sound(text[: MAX_ANSWER * 4]).strip()
    return shorten(whole, MAX_ANSWER)


def same_text(a: str, b: str) -> bool:
    """Whether an edit changed nothing that can be read: same characters once composed, same words between spaces."""
    return clean(a).split() == clean(b).split()


# --- time ------------------------------------------------------------------------------------------------------------


class Timeliness(StrEnum):
    """How an answer stands to the close of its question."""

    IN_TIME = "in_time"
    LATE = "late"
    TOO_LATE = "too_late"


def trusted_time(sent_at: datetime, received_at: datetime) -> tuple[datetime, bool]:
    """When a message counts as sent, and whether its own time stamp was believed.

    A stamp from the future, or from more than seven days ago, is replaced by the time of receipt. One that is ahead by
    no more than clocks differ is believed to be now.
    """
    believed = received_at - OLDEST_BELIEVED <= sent_at <= received_at + CLOCKS_DIFFER
    return (min(sent_at, received_at) if believed else received_at), believed


def timeliness(sent_at: datetime, received_at: datetime, closes_at: datetime) -> Timeliness:
    """In time up to the very moment of the close, late for seven days after it; by the time the message was sent."""
    when, _ = trusted_time(sent_at, received_at)
    if when <= closes_at:
        return Timeliness.IN_TIME
    return Timeliness.LATE if when <= closes_at + LATE_FOR else Timeliness.TOO_LATE
