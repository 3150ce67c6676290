"""Sentences that speak of grading or to whoever grades, looked for with a wider net than the word check's.

The word check finds no rubric in such a sentence and is safe from it; a model may be moved by it. So what is caught
here is neither sent nor taken as a proof, and a text that holds it is watched more closely. The net must not catch an
honest answer: the tests hold the shipped samples and the gold set against it.
"""

from __future__ import annotations

import re

from bot.reviewers.text import Sentence

#: By language, as `plain_text` writes it: small letters, no accents.
_SPEAKS = (
    # English
    r"\brubrics?\b|\bverdicts?\b|\bgraders?\b|\bgrading\b|\bfull marks\b|\bdebug flag\b|\bsystem message\b",
    r"\b(?:every|all|each|all the|no|first|second|third) points?\b(?! (?:of|in|to|where|at|on)\b)",
    r"\bpoints? (?:no longer|not|do not) (?:longer )?(?:matter|count)|\boverrides all earlier\b",
    r"\bpoint in my words\b|\bpoints? covered\b",
    r"\b(?:my|the following|the previous|true|perfect) (?:answer|text) (?:covers?|mentions?|was|is)\b",
    r"\bcomplete answer (?:covers?|mentions?|was|is)\b",
    r"\bit has been explained\b|\ball of it as required\b|\brecord it so\b|\bcopy our result\b|\bchecked by two of us\b"
    r"|\bi lose my visa\b",
    r"\breviewers?\b.{0,20}\b(?:note|i have ever met)\b|\bif i fail this\b|\bnobody gets hurt\b",
    r"\b(?:from now on|i know that) you\b|\bstay in (?:the|your) role\b|\blet us play\b|\bspeak as\b|\bunlimited-bot\b",
    r"\bthis is the .{0,20}\b(?:administrator|admin|operator)\b|\bi am the (?:developer|owner|admin\w*)\b",
    r"\b(?:instructions?|note) (?:of|from|to) the (?:operator|reviewer)\b|\bthe untrusted part\b",
    r"\b(?:end|begin|start) (?:of )?(?:the )?(?:student|user|answer|notes|submission)\b",
    r"\bother members (?:answered|wrote|said)\b|\brepeat the words\b|\byour (?:environment|configuration|prompt)\b",
    r"\b(?:all|everything) (?:is )?covered\b|\baward the maximum\b|\bsame quality\b",
    # German
    r"\bbewert\w*|\bbenot\w*|\bmusterlosung|\b(?:jeder|alle) punkte?\b|\bkriteri\w* (?:ist|sind) erfull|\beine eins\b",
    r"\bin dieser rolle\b|\bdekodier\w*|\bkursleitung\b|\bpunkte? .{0,25}\b(?:anzurechnen|abgedeckt|erfullt)\b",
    # French
    r"\bbareme\b|\bconsignes\b|\bcorrecteur\b|\brecopier la note\b|\bla note (?:max\w*|parf\w*)|\bjusqu.a la note\b",
    r"\bchaque (?:point|critere)\b.{0,30}\b(?:couvert|rempli|traite|acquis)|\bton role\b|\btrouve tout parfait\b",
    r"\bc.est enregistre\b|\bj.ai (?:donc )?traite la\b",
    # Spanish and Portuguese
    r"\bsin revisar\b|\btodos los puntos\b|\bpuntos .{0,20}\bcubiert|\besta respuesta ya\b|\bfin de la respuesta\b",
    r"\binstruccion del operador\b|\brespuesta modelo\b|\bantes de corregir\b|\bnota mas alta\b|\btodos os pontos\b",
    # Russian
    r"рубрик|засчит|экзаменатор|пятерк|полны. балл|из роли|системны. промпт|ключ доступа",
    # Chinese, Japanese, Korean, Turkish
    r"评分|要点|系统消息|解码|操作员|学生回答|已覆盖|採点|評価者|채점|항목이|만점",
    r"\byoneticisiyim\b|\bkontrol etmene\b|\btum maddeler\b",
    # taken down as a talk with the grader
    r"^\W*(?:user|student|teacher|reviewer|correcteur|etudiant|lehrer|schuler|评分员|学生|채점자|학생) ?[:：]",
    r"[\"'](?:bewertung|note|punkte|role|overall|puntuacion|verdict)[\"'] ?:",
    # letters with gaps, or signs that have to be decoded
    r"(?:\b\w\s+){8}|(?:%[0-9a-f]{2}){6}|\bcdata\b|\bhex\b.{0,12}(?:text|do it)",
)
_NET = re.compile("|".join(_SPEAKS), re.IGNORECASE)


#: Letters that nobody sees; in honest writing a flag has a few of them behind an emoji.
_UNSEEN_LETTERS = re.compile("[\U000e0020-\U000e007e]{7,}")


def speaks_of_grading(sentence: Sentence, typed: str) -> bool:
    """Whether the sentence is about how this answer is to be graded, pretends that it was, or hides words. `typed` is
    the text it stands in."""
    return bool(_NET.search(sentence.text) or _UNSEEN_LETTERS.search(typed, sentence.start, sentence.end))
