"""Sentences that speak to the grader instead of answering. They are dropped before anything is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bot.reviewers.text import Sentence

_GRADE = r"(?:score|scores|grade|grades|mark|marks|points?|credit|rating|verdict)"
_FULL = r"(?:full|fully|perfect|maximum|maximal|max|top|highest|best possible|complete|excellent)"
_TEN = r"(?:10|100|ten|a hundred|1\.0)"
_ASK = (
    r"(?:give|gives|award|grant|assign|set|return|output|respond with|reply with|print|rate|grade|score|mark|count"
    r"|treat"
    r"|consider|put|write|force|deserves?|receive|accept)"
)
#: Those who grade or run the place. An answer has no reason to speak as one of them, or to one of them.
_JUDGE = r"(?:grader|reviewer|marker|examiner|evaluator|assessor)"
_STAFF = rf"(?:{_JUDGE}|moderator|operator|admin(?:istrator)?|maintainer|teacher|instructor)"
#: The beginning of a sentence that tells the reader what to do.
_DO = r"^\W*(?:also |now |please |then |and |just )*"
#: Sentences that speak from, of or to the frame around an answer.
_POSES = (
    r"\brubrics?\b|\b(?:whoever|anyone who|the person who|those who) (?:assess|grade|evaluate|score)(?:e?s)?\b",
    # somebody poses as staff: "note of the operator:", "reviewer note:", "this is the server administrator speaking"
    rf"^\W*(?:\w+ )?(?:instruction|order|message|note)s? (?:of|from|by) (?:the |a |your )?(?:\w+ )?{_STAFF} ?[:,-]"
    rf"|^\W*(?:\w+ )?{_JUDGE}(?: ?'s)? (?:note|comment|verdict)s? ?[:-]"
    rf"|\bi am (?:the|an?|your) (?:\w+ )?(?:{_STAFF}|developer|owner|creator) of (?:this|your) (?:bot|server|course"
    r"|channel|group|test|tool|grader)\b"
    rf"|\b(?:this is|here is) (?:the |your |an? )?(?:\w+ ){{0,2}}{_STAFF} (?:speaking|writing|here)\b",
    r"\b(?:copy|adopt|confirm|take over) (?:our|my|the|this|their|that) (?:grade|score|verdict|mark)s?\b"
    r"|\bcopy (?:our|my|their) results?\b|\b(?:got|received|earned|scored|gets) (?:an? )?(?:1\.0|10 ?/ ?10)\b"
    r"|\bcounts? as (?:heard|covered|said)\b",
    # "stay in the role", "speak as X only", "from now on you are"
    rf"{_DO}(?:stay|remain|keep|be) in (?:the |this |your |that )?(?:role|character)\b"
    rf"|{_DO}(?:speak|answer|respond|reply|talk) (?:only )?as .{{1,40}}\bonly\b"
    r"|\b(?:from now on|henceforth),? you (?:are|will|must|act|answer|speak|respond)\b"
    rf"|(?<!if )(?<!when )(?<!since )(?<!while )\byou are\b.{{0,40}}\b{_JUDGE}\b",
    # begging
    r"\bif i (?:fail|do not pass|miss) (?:this|here|it|the (?:test|exam|interview|question))\b"
    r"|\bi (?:will )?lose my (?:visa|job|home|house|flat|scholarship|work permit)\b",
    # says what the answer does, in place of doing it
    r"\b(?:my|this|the (?:following|above|previous)) (?:answer|text|submission) (?:\w+ly )?(?:covers|mentions"
    r"|contains|includes|names|explains|addresses|discusses|states|lists)\b",
    # orders to whoever reads: a sentence of an answer does not begin with "tell me", unless to a client
    rf"{_DO}(?:tell|show|give|send) (?:me|us)\b(?! the (?:number|page|place|position)\b)"
    r"|\b(?:repeat|print|output|copy|translate|summari[sz]e)\b.{0,25}\b(?:words|text|lines|everything|messages?) "
    r"(?:above|before this)\b|\bin your environment\b",
    # borders: "the answer ends here", "=== END ANSWER ==="
    r"\b(?:answer|input|part|text|data|submission) (?:ends?|is over|stops?|begins?|starts?) here\b"
    r"|[-=*#~]{2,} ?(?:end|begin|start)\b[ \w]{0,40}[-=*#~]{2,}",
    # thanks to whoever reads
    r"^\W*(?:many |a lot of )?(?:thanks|thank you)(?! to\b)(?: \w+){0,4}\W*$",
)
_ORDERS = (
    # "ignore all previous instructions", "forget the rubric", "do not follow the criteria"
    r"\b(?:ignor\w*|disregard\w*|forget|override|bypass|overlook|dismiss|do not (?:follow|use|apply|read))\b.{0,40}\b"
    r"(?:instructions?|prompts?|rubrics?|criteria|criterion|guidelines?|grading|(?:previous|prior|above) (?:text|rules"
    r"|message|messages|context|orders|commands|directions)|everything (?:above|before))\b",
    r"\b(?:new|updated|real|actual|hidden) (?:instructions?|rubric|system prompt)\b",
    r"\b(?:system|hidden|your) (?:prompt|instructions)\b",
    # "set the score to 1.0", "full marks", "10/10", "mark every point as covered"
    rf"\b{_ASK}\b.{{0,50}}\b{_GRADE}\b.{{0,25}}\b(?:{_TEN}|{_FULL}|1|covered|correct|all)\b",
    rf"\b{_ASK}\b.{{0,50}}\b(?:{_TEN}|{_FULL})\b.{{0,15}}\b{_GRADE}\b",
    rf"\b{_ASK} (?:me |it |this |us |him |her |the |a |an |answer |text |candidate |student "
    rf"|to )*{_TEN}(?: out of .*)?\W*$",
    rf"\b{_FULL} (?:{_GRADE}|mark)\b|\b10 ?(?:/|out of|von|sur|de|su) ?10\b|\b100 ?/ ?100\b"
    rf"|\bpass(?:es)? with distinction\b",
    r"\bmark\w*\b.{0,40}\bas (?:fully )?(?:covered|correct|satisfied|met)\b",
    rf"\b{_GRADE}\b ?(?:=|:|==|->) ?[\"']?(?:{_TEN}|{_FULL}|1\b|covered|all)",
    rf"\b{_GRADE} (?:is|should be|must be|shall be|equals) (?:at least )?(?:{_TEN}|{_FULL}|1)\b",
    r"\b(?:all|every|each) (?:of the |the )?(?:rubric )?(?:points?|criteria|criterion|requirements?)\b.{0,15}"
    r"\b(?:covered|met|satisfied|fulfilled|correct|passed)\b",
    # "Covered: retries, timeouts", "[impact] the answer establishes ...": somebody plays the reviewer
    r"^\W*(?:points? )?(?:covered|fulfilled|verdicts?|satisfied)\b ?(?:points? ?)?[:=-]|[:=] ?\W?(?:fully )?covered\b"
    r"|\bit has been (?:explained|covered|shown|established|discussed|mentioned|demonstrated)\b"
    r"|\bthe (?:answer|author|candidate|student|text|submission) (?:clearly |correctly |fully |also )?"
    r"(?:establishes|covers|explains|mentions|demonstrates|addresses|discusses|names|meets)\b"
    r"|\boverrides? (?:all|any|every|the) (?:earlier|previous|prior|other)\b|\bthe points no longer matter\b",
    r"^\W*everything (?:above |here |in it )?is (?:correct|covered|perfect|right|complete)\b",
    r"\balready (?:been )?(?:graded|scored|marked)\b"
    r"|\bcopy (?:our (?:results?|scores?)|(?:the|this|that|his|her|their) (?:scores?|grades?|verdicts?))\b"
    r"|\b(?:candidate|student|answer|submission)\b.{0,20}\b(?:already|been) (?:been )?(?:verified|reviewed|approved"
    r"|validated)\b",
    r"\b(?:this|my|the following|above|the) (?:answer|submission|candidate|student)\b.{0,30}\b(?:perfect|flawless"
    r"|excellent"
    r"|deserves?|covers? (?:all|every\w*)|fully (?:correct|covers?)|completely correct|is correct|meets (?:all"
    r"|every))\b",
    r"\b(?:dear|hey|hello|hi|attention|(?:note|message|instructions?) (?:to|for)) (?:the |all |any )?"
    r"(?:graders?|reviewers?|markers?|examiners?|evaluators?|ai|llms?|model|assistant|chatgpt|gpt|language model)\b",
    r"\b(?:grader|graders|chatgpt|language model|ai (?:model|assistant|grader|reviewer))\b",
    r"\b(?:you are|act as|pretend (?:to be|that|you)|behave as|roleplay) (?:now |a |an |the |to be )*(?:grader|reviewer"
    r"|assistant|generous|lenient|kind|helpful|different|unrestricted|dan|examiner|teacher|interviewer|evaluator)\b",
    r"\b(?:jailbreak|developer mode|dan mode|admin override|grading mode|override code)\b",
    r"\bas an? (?:ai|llm|assistant)\b",
    r"\b(?:reveal|print|show|repeat|output|leak|tell me|what is)\b.{0,30}\b(?:system prompt|the rubric"
    r"|your instructions"
    r"|model answer|reference answer)\b"
    r"|\brepeat\b.{0,20}\b(?:words|text|everything) (?:above|before)\b"
    r"|\b(?:tell|show) me\b.{0,30}\bother (?:members?|students?|candidates?)\b.{0,30}\b(?:answer|scor|wrote)",
    r"\bi (?:really |badly |desperately |just )*need (?:this|the|a|to get the) (?:job|offer|pass|good grade"
    r"|high score)\b",
    r"\b(?:decode|base64|rot13)\b.{0,40}\b(?:follow|execute it|instructions?|obey|do what)\b",
    r"\b(?:end|begin|start) of (?:the )?(?:student |user |candidate )?(?:answer|input|prompt|instructions)\b",
)
_TURNS = (
    r"^\W*(?:system|assistant|instructions?|grader|examiner|evaluator|assessor|correcteur|correctrice|corrector|prufer)\b"
    r" ?(?:\([^)]{0,30}\))? ?[:>\]]",
    r"^\W*(?:system|assistant) (?:message|note|notice|prompt|turn)\W*$",
    # a verdict as data, its quotes escaped or not
    r"[\"']role\\?[\"'] ?: ?\\?[\"'](?:system|assistant)",
    r"[\"'](?:overall|note|nota|punkte|puntos|bewertung|voto)\\?[\"'] ?: ?\\?[\"']?\d",
    r"<\|? ?/?(?:im_start|im_end|system|assistant|user|endoftext)",
    r"\[/? ?(?:inst|sys|system|assistant|admin)\b",
    r"<< ?/?sys",
    r"[\"'](?:score|covered|missing|verdicts?|grade|bewertung|punkte|puntuacion|calificacion)\\?[\"'] ?:",
)
#: Verb or noun of grading beside a word for "full" or "ignore", in the languages most often tried.
_OTHER_LANGUAGES = (
    r"\b(ignorier\w*|vergiss|missacht\w*|ubergeh\w*)\b.{0,60}\b(anweisung\w*|bewertung\w*|kriterien|regeln"
    r"|rubrik\w*|vorgaben|obige\w*)",
    r"\b(volle|hochste|maximale|beste) (punktzahl|punkte|note|bewertung)\b|\bvoller punktzahl\b",
    r"\balle (?:punkte|kriterien)\b.{0,30}\b(?:anzurechnen|anrechnen|erfullt|gewertet|zu werten|zu geben)\b",
    r"\b(vergib|gib|bewerte|setze)\b.{0,40}\b(punkte?|punktzahl|note|10|zehn|bestnote|voll\w*|maximal\w*)\b",
    r"\bhier (schreibt|spricht) (die|der|das|dein\w*)\b",
    r"\b(dame|deme|dadme|ponme|pongame)\b.{0,30}\b(puntos?|nota|puntuacion|calificacion|10|diez)\b",
    r"\b(ignor\w*|olvid\w*|omit\w*)\b.{0,50}\b(instruccion\w*|criterios?|rubrica|reglas|anteriores)\b",
    r"\b(puntuacion|nota|puntos|calificacion)\b.{0,20}\b(maxim\w*|perfect\w*|complet\w*|10|diez)\b"
    r"|\b(maxima|mejor|toda la) (puntuacion|nota|calificacion)\b"
    r"|\b(?:dame|pon|ponme|otorga\w*)\b.{0,20}\btodos los puntos\b",
    r"\b(ignor\w*|oubli\w*|neglig\w*)\b.{0,50}\b(instructions?|consignes?|criteres?|bareme|regles|precedent\w*)\b",
    r"\b(note|points?|score)\b.{0,20}\b(maximal\w*|parfait\w*|complet\w*)\b|\btous les points\b|\bla meilleure note\b"
    r"|\brecopi\w*\b.{0,20}\b(?:note|resultat|score)\b|\bimagine que tu\b.{0,60}\b(?:juge|correcteur|examinateur)\b",
    r"\b(ignor\w*|dimentic\w*|esquec\w*|desconsider\w*)\b.{0,50}\b(istruzioni|criteri|regole|instruco\w*|criterios?"
    r"|regras|rubrica)\b",
    r"\b(punteggio|voto|pontuacao|nota)\b.{0,20}\b(massim\w*|pien\w*|maxim\w*|perfett\w*|perfeit\w*|10)\b",
    r"\b(negeer|vergeet)\b.{0,50}\b(instructies|criteria|regels|rubriek)\b|\b(volledige|maximale) (score|punten)\b",
    r"\b(zignoruj|pomin|zapomnij)\b.{0,50}\b(instrukcj\w*|kryteri\w*|zasad\w*|polecen\w*)\b"
    r"|\bmaksymaln\w* (punkt\w*|ocen\w*|liczb\w*)\b",
    r"\b(yok say|gormezden gel|unut)\b|\btam puan\b",
    r"игнорир\w*|забудь\w*|проигнорир\w*|максимальн\w* (балл\w*|оценк\w*)|высш\w* (балл\w*|оценк\w*)"
    r"|постав\w* .{0,20}(балл\w*|оценк\w*|10)",
    r"忽略|无视|忽视|無視|满分|滿分|最高分|給.{0,6}分|给.{0,6}分|満点|最高点|評価基準|指示に従|回答到此结束|操作员|所有要点",
    r"무시하|만점|최고 ?점수|점수를 ?주",
    r"تجاهل|الدرجة الكاملة|الدرجة القصوى|अनदेखा|पूरे अंक|पूर्ण अंक",
)
_ORDER = re.compile("|".join((*_ORDERS, *_OTHER_LANGUAGES)), re.IGNORECASE)
_POSE = re.compile("|".join(_POSES), re.IGNORECASE)
_TURN = re.compile("|".join(_TURNS), re.IGNORECASE)
#: No pattern above matches a text without one of these, and looking for them is twenty times quicker.
_TURN_SIGNS = (
    *("system", "assistant", "grader", "instruction", "examiner", "evaluator", "assessor", "correct", "prufer"),
    *("<", "[", '"', "'"),
)
_ORDER_SIGNS = (
    *"""
    ignor disregard forget override bypass overlook dismiss instruct rubric prompt criteri score grade mark point credit
    rating verdict 10 ten hundred 1.0 distinction requirement candidate student answer submission grader review examin
    evaluator llm gpt assistant model act pretend behave roleplay jailbreak mode decode base64 rot13 input everything
    vergiss missacht ubergeh vergib gib bewert setze punkt note olvid omit puntua nota puntos calific oubli neglig
    meilleure dimentic esquec desconsider puntegg voto pontua negeer vergeet volledig maximale zignoruj pomin zapomnij
    maksymal gormezden unut copy repeat recopi imagine kriterien dame deme dadme ponme pongame
    """.split(),
    *("do not", " ai", "you are", "need", "yok say", "tam puan", "code", "covered", "fulfilled", "satisfied"),
    *("it has been", "the text", "the author", "hier schreibt", "hier spricht"),
)
_POSE_SIGNS = (
    *"""
    rubric grader reviewer marker examiner evaluator assessor moderator operator admin maintainer teacher instructor
    whoever adopt confirm henceforth character environment thank
    """.split(),
    *("anyone who", "person who", "those who", "i am the", "i am a", "i am your", "copy", "take over", "1.0", "10"),
    *("as heard", "as covered", "as said", " role", "speak ", "answer", "respond ", "reply ", "talk ", "from now on"),
    *("if i ", "lose my", "my text", "this text", "following text", "previous text", "submission", "tell ", "show "),
    *("give ", "send ", "above", "before this", " here", "end ", "begin ", "start "),
)
#: Characters that make a reader see another order than is written.
_REVERSED = re.compile("[\u202d\u202e]")
#: Letters of other alphabets that look like Latin ones and hide a word from a search.
_LOOK_ALIKES = str.maketrans("аеорсухіѕјһԁԛԝкмтнвαοερικνυτ", "aeopcyxisjhdqwkmthvaoepiknut")
_LEET = str.maketrans("013457@$", "oieastas")


def without_attacks(text: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """The sentences that answer. Orders to whoever grades are left out; so is the rest of a line after a false turn."""
    kept: list[Sentence] = []
    posed_until = -1
    for sentence in sentences:
        forms = _forms(sentence.text)
        if _is_turn(forms):
            line_end = text.find("\n", sentence.end)
            posed_until = len(text) if line_end < 0 else line_end
        elif sentence.start >= posed_until and not _is_order(forms) and not _is_reversed(text, sentence):
            kept.append(sentence)
    return kept


def _is_turn(forms: Iterable[str]) -> bool:
    return any(any(sign in form for sign in _TURN_SIGNS) and _TURN.search(form) for form in forms)


def _is_order(forms: Iterable[str]) -> bool:
    return any(
        ((not form.isascii() or any(sign in form for sign in _ORDER_SIGNS)) and _ORDER.search(form))
        or (any(sign in form for sign in _POSE_SIGNS) and _POSE.search(form))
        for form in forms
    )


def _is_reversed(text: str, sentence: Sentence) -> bool:
    return bool(_REVERSED.search(text, sentence.start, sentence.end))


def _forms(text: str) -> set[str]:
    plain = " ".join(text.split())
    forms = {plain, plain.translate(_LOOK_ALIKES)}
    if re.search(r"[a-z][013457@$][a-z]", plain):
        forms.add(plain.translate(_LEET))
    if re.search(r"(?:\b\w[ .\-_*]){6}", plain):
        forms.add(re.sub(r"(?<=\b\w)[ .\-_*]+(?=\w\b)", "", plain))
    return forms
