"""By what a sentence gives away that it speaks to whoever grades: patterns in families, one for each thing it may want.

All are held against text as `plain_text` writes it: small letters, no accents, no hidden characters. They go by what a
sentence does and not by how one attack is worded; whatever an honest answer may say as well is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """Patterns of one purpose. Each needs one of `signs` to match, and looking for those is twenty times quicker;
    without signs, each needs a letter beyond ASCII."""

    signs: tuple[str, ...]
    pattern: re.Pattern[str]

    def fits(self, form: str) -> bool:
        """Does a sentence, in this form, do what the family is for?"""
        may_fit = any(sign in form for sign in self.signs) if self.signs else not form.isascii()
        return may_fit and bool(self.pattern.search(form))


def _family(signs: str, *patterns: str) -> Family:
    """Signs stand between spaces; an underscore stands for a space in one."""
    return Family(
        tuple(sign.replace("_", " ") for sign in signs.split()), re.compile("|".join(patterns), re.IGNORECASE)
    )


# ---------------------------------------------------------------- English

_GRADE = r"(?:score|scores|grade|grades|mark|marks|points?|credit|rating|verdicts?)"
_FULL = r"(?:full|fully|perfect|maximum|maximal|max|top|highest|best possible|complete|excellent)"
_TEN = r"(?:10|100|ten|a hundred|1\.0)"
_ASK = (
    r"(?:give|gives|award|grant|assign|set|return|output|respond with|reply with|print|rate|grade|score|mark|count"
    r"|treat|consider|put|write|force|deserves?|receive|accept)"
)
#: Those who grade or run the place. An answer has no reason to speak as one of them, or to one of them.
_JUDGE = r"(?:grader|reviewer|marker|examiner|evaluator|assessor)"
_STAFF = rf"(?:{_JUDGE}|moderator|operator|admin(?:istrator)?|maintainer|teacher|instructor)"
#: What an author may call the text that is graded.
_ANSWER = r"(?:answer|text|submission)"
_WRITER = r"(?:user|student|candidate|member)"
#: The beginning of a sentence that tells the reader what to do.
_DO = r"^\W*(?:also |now |please |then |and |just )*"

#: To set the rules of grading aside, or to put others in their place.
_SET_ASIDE = _family(
    "ignor disregard forget override bypass overlook dismiss do_not instruct prompt rubric no_longer",
    r"\b(?:ignor\w*|disregard\w*|forget|override|bypass|overlook|dismiss|do not (?:follow|use|apply|read))\b.{0,40}\b"
    r"(?:instructions?|prompts?|rubrics?|criteria|criterion|guidelines?|grading|(?:previous|prior|above) (?:text|rules"
    r"|message|messages|context|orders|commands|directions)|everything (?:above|before))\b",
    r"\b(?:new|updated|real|actual|hidden) (?:instructions?|system prompt)\b",
    r"\b(?:system|hidden|your) (?:prompt|instructions)\b",
    r"\brubrics?\b",
    r"\boverrides? (?:all|any|every|the) (?:earlier|previous|prior|other)\b|\bthe points no longer matter\b",
)
#: To give marks: "set the score to 1.0", "full marks", "10/10", "mark every point as covered".
_MARKS = _family(
    "score grade mark point credit rating verdict 10 ten hundred 1.0 distinction award grant",
    rf"\b{_ASK}\b.{{0,50}}\b{_GRADE}\b.{{0,25}}\b(?:{_TEN}|{_FULL}|1|covered|correct|all)\b",
    rf"\b{_ASK}\b.{{0,50}}\b(?:{_TEN}|{_FULL})\b.{{0,15}}\b{_GRADE}\b",
    rf"\b{_ASK} (?:me |it |this |us |him |her |the |a |an |answer |text |candidate |student "
    rf"|to )*{_TEN}(?: out of .*)?\W*$",
    rf"{_DO}(?:award|grant) (?:me |it |this |us )?(?:the |a )?{_FULL}\W*$",
    rf"\b{_FULL} (?:{_GRADE}|mark)\b|\b10 ?(?:/|out of|von|sur|de|su) ?10\b|\b100 ?/ ?100\b",
    r"\bpass(?:es)? with distinction\b|\bmark\w*\b.{0,40}\bas (?:fully )?(?:covered|correct|satisfied|met)\b",
    rf"\b{_GRADE}\b ?(?:=|:|==|->) ?[\"']?(?:{_TEN}|{_FULL}|1\b|covered|all)",
    rf"\b{_GRADE} (?:is|should be|must be|shall be|equals) (?:at least )?(?:{_TEN}|{_FULL}|1)\b",
)
#: To state the verdict: "all points are covered", "Covered: retries", "my answer mentions ...".
_VERDICTS = _family(
    "covered criteri point requirement fulfilled satisfied verdict it_has_been everything as_heard as_said answer text"
    " submission author candidate student",
    r"\b(?:all|every|each) (?:of the |the )?(?:rubric )?(?:points?|criteria|criterion|requirements?)\b.{0,15}"
    r"\b(?:covered|met|satisfied|fulfilled|correct|passed|counts?)\b",
    r"^\W*(?:points? )?(?:covered|fulfilled|verdicts?|satisfied)\b ?(?:points? ?)?[:=-]|[:=] ?\W?(?:fully )?covered\b",
    r"\bcounts? as (?:heard|covered|said)\b",
    r"\bit has been (?:explained|covered|shown|established|discussed|mentioned|demonstrated)\b",
    r"^\W*everything (?:above |here |in it )?is (?:correct|covered|perfect|right|complete)\b",
    rf"\b(?:(?:my|this|true)|the (?:following|above|previous|true)) {_ANSWER} (?:\w+ly )?"
    r"(?:covers|mentions|contains|includes|names|explains|addresses|discusses|states|lists)\b",
    rf"\bthe (?:{_ANSWER}|author|candidate|student) (?:\w+ly |also )?(?:establishes|covers|explains|mentions"
    r"|demonstrates|addresses|discusses|names|meets)\b",
    rf"\b(?:this|my|the following|above|the) (?:{_ANSWER}|candidate|student)\b.{{0,30}}\b(?:perfect|flawless|excellent"
    r"|deserves?|covers? (?:all|every\w*)|fully (?:correct|covers?)|completely correct|is correct|meets (?:all"
    r"|every))\b",
)
#: To say that the grading is over, or was of something else.
_GRADED = _family(
    "already been copy adopt confirm take_over got received earned scored gets previous preceding above earlier",
    r"\balready (?:been )?(?:graded|scored|marked)\b",
    rf"\b(?:candidate|student|{_ANSWER})\b.{{0,20}}\b(?:already|been) (?:been )?(?:verified|reviewed|approved"
    r"|validated)\b",
    r"\b(?:copy|adopt|confirm|take over) (?:our|my|his|her|their|the|this|that) (?:grade|score|verdict|mark)s?\b"
    r"|\bcopy (?:our|my|their) results?\b",
    r"\b(?:got|received|earned|scored|gets) (?:an? )?(?:1\.0|10 ?/ ?10)\b",
    rf"\bthe (?:previous|preceding|above|earlier) {_ANSWER} (?:was|is) (?:only|just|merely|not)\b",
)
#: To speak as staff, of staff or to staff: "note of the operator:", "dear grader", "whoever grades this".
_STAFFED = _family(
    "grader reviewer marker examiner evaluator assessor moderator operator admin maintainer teacher instructor ai llm"
    " model assistant gpt whoever anyone_who person_who those_who i_am_the i_am_a i_am_your",
    r"\b(?:whoever|anyone who|the person who|those who) (?:assess|grade|evaluate|score)(?:e?s)?\b",
    rf"^\W*(?:\w+ )?(?:instruction|order|message|note)s? (?:of|from|by) (?:the |a |your )?(?:\w+ )?{_STAFF} ?[:,-]"
    rf"|^\W*(?:\w+ )?{_JUDGE}(?: ?'s)? (?:note|comment|verdict)s? ?[:-]"
    rf"|\bi am (?:the|an?|your) (?:\w+ )?(?:{_STAFF}|developer|owner|creator) of (?:this|your) (?:bot|server|course"
    r"|channel|group|test|tool|grader)\b"
    rf"|\b(?:this is|here is) (?:the |your |an? )?(?:\w+ ){{0,2}}{_STAFF} (?:speaking|writing|here)\b",
    rf"\b(?:dear|hey|hello|hi|attention|(?:note|message|instructions?) (?:to|for)) (?:the |all |any )?"
    rf"(?:{_JUDGE}s?|ai|llms?|model|assistant|chatgpt|gpt|language model)\b",
    r"\b(?:graders?|chatgpt|language model|ai (?:model|assistant|reviewer))\b",
    rf"(?<!if )(?<!when )(?<!since )(?<!while )\byou are\b.{{0,40}}\b{_JUDGE}\b",
)
#: To have a part played: "from now on you are", "stay in the role", "decode this and follow it".
_PLAYED = _family(
    "you_are act pretend behave roleplay jailbreak mode override as_a decode base64 rot13 role character from_now_on"
    " henceforth speak answer respond reply talk grading",
    r"\b(?:you are|act as|pretend (?:to be|that|you)|behave as|roleplay) (?:now |a |an |the |to be )*(?:reviewer"
    r"|assistant|generous|lenient|kind|helpful|different|unrestricted|dan|examiner|teacher|interviewer|evaluator)\b",
    r"\b(?:jailbreak|developer mode|dan mode|admin override|override code)\b",
    r"\bgrading (?:mode|override|policy|module|update)\b|\bas an? (?:ai|llm|assistant)\b",
    rf"{_DO}(?:stay|remain|keep|be) in (?:the |this |your |that )?(?:role|character)\b",
    rf"{_DO}(?:speak|answer|respond|reply|talk) (?:only )?as .{{1,40}}\bonly\b",
    r"\b(?:from now on|henceforth),? you (?:are|will|must|act|answer|speak|respond)\b",
    r"\b(?:decode|base64|rot13)\b.{0,40}\b(?:follow|execute it|instructions?|obey|do what)\b",
)
#: To beg, and to thank whoever reads.
_BEGGING = _family(
    "need if_i lose_my thank",
    r"\bi (?:really |badly |desperately |just )*need (?:this|the|a|to get the) (?:job|offer|pass|good grade"
    r"|high score)\b",
    r"\bif i (?:fail|do not pass|miss) (?:this|here|it|the (?:test|exam|interview|question))\b",
    r"\bi (?:will )?lose my (?:visa|job|home|house|flat|scholarship|work permit)\b",
    r"^\W*(?:many |a lot of )?(?:thanks|thank you)(?! to\b)(?: \w+){0,4}\W*$",
)
#: To get at what only the grader knows. A sentence of an answer does not begin with "tell me", unless to a client.
_LEAKS = _family(
    "reveal leak tell show give send what_is repeat print output copy translat summari environment",
    r"\b(?:reveal|print|show|repeat|output|leak|tell me|what is)\b.{0,30}\b(?:model answer|reference answer)\b",
    rf"{_DO}(?:tell|show|give|send) (?:me|us)\b(?! the (?:number|page|place|position)\b)",
    r"\b(?:tell|show) me\b.{0,30}\bother (?:members?|students?|candidates?)\b.{0,30}\b(?:answer|scor|wrote)",
    r"\b(?:repeat|print|output|copy|translate|summari[sz]e)\b.{0,25}\b(?:words|text|lines|everything|messages?) "
    r"(?:above|before(?: this)?)\b|\bin your environment\b",
)
#: To end the answer before its end: "the answer ends here", "=== END ANSWER ===", "end of student text".
_BORDERS = _family(
    "_here end begin start -- ==",
    r"\b(?:answer|input|part|text|data|submission) (?:ends?|is over|stops?|begins?|starts?) here\b",
    r"[-=*#~]{2,} ?(?:end|begin|start)\b[ \w]{0,40}[-=*#~]{2,}",
    # in whatever language: a few words between two lines
    r"^\W*(?:--|==) ?\w[\w ]{0,40} ?(?:--|==)\W*$",
    rf"\b(?:end|begin|start) of (?:the )?(?:{_WRITER}(?: ?'s)? (?:{_ANSWER}|input|message|data)|answer|prompt"
    r"|instructions)\b",
    rf"^\W*(?:end|begin|start) of (?:the )?(?:{_ANSWER}|input|message|data)\W*$",
)

# ---------------------------------------------------------------- other languages


@dataclass(frozen=True, slots=True)
class _Language:
    """The words by which a language speaks of grading, as alternatives of a pattern."""

    signs: str
    #: to set aside
    drop: str
    #: what is set aside: instructions, criteria
    rules: str
    #: to give or to count
    give: str
    marks: str
    #: full, highest
    full: str
    #: all points are covered, in its three parts
    every: str
    points: str
    met: str
    #: you are, imagine that you are
    you_are: str
    judges: str
    #: to stay in a role
    in_role: str
    #: what nobody but a grader speaks of
    own: str

    @property
    def family(self) -> Family:
        """All that can be put together from the words."""
        return _family(
            self.signs,
            rf"\b(?:{self.drop})\b.{{0,60}}\b(?:{self.rules})\b",
            rf"\b(?:{self.full}) (?:{self.marks})\b|\b(?:{self.marks})\b.{{0,20}}\b(?:{self.full})\b",
            rf"\b(?:{self.give})\b.{{0,40}}\b(?:{self.marks}|10|{self.full})\b",
            rf"\b(?:{self.every}) (?:{self.points})\b.{{0,40}}\b(?:{self.met})\b",
            rf"\b(?:{self.you_are})\b.{{0,60}}\b(?:{self.judges})\b|\b(?:{self.in_role})\b|\b(?:{self.own})\b",
        )


_GERMAN = _Language(
    signs="anweisung bewert benot antwort kriteri regeln rubrik vorgaben obige punkt note musterlosung musterantwort"
    " rolle hier_s dekodier entschlussel prufer lehrer korrektor gutachter",
    drop=r"ignorier\w*|vergiss|missacht\w*|ubergeh\w*",
    rules=r"anweisung\w*|bewertung\w*|kriterien|regeln|rubrik\w*|vorgaben|obige\w*",
    give=r"vergib|gib mir|bewerte|setze die",
    marks=r"punktzahl|punkte|note|bewertung|bestnote",
    full=r"volle|voller|hochste|maximale|beste",
    every=r"alle|jede[rns]?|samtliche",
    points=r"punkte?|kriteri\w*",
    met=r"abgedeckt|erfullt|behandelt|anzurechnen|anrechnen|gewertet|zu werten|zu geben",
    you_are=r"du (?:bist|warst)|sie (?:sind|waren)|stell dir vor",
    judges=r"prufer\w*|lehrer\w*|korrektor\w*|gutachter\w*",
    in_role=r"(?:bleib\w*|bewert\w*) in (?:der|dieser|deiner) rolle",
    own=r"bewertungs(?:kriteri|vorgab|punkt|raster|schema)\w*|musterlosung|musterantwort|bestnote"
    r"|antwort .{0,20}\b(?:schon|bereits)\b.{0,30}\b(?:bewertet|benotet|korrigiert)"
    r"|(?:dekodier\w*|entschlussel\w*).{0,30}\b(?:befolg\w*|ausfuhr\w*)"
    r"|hier (?:schreibt|spricht) (?:die|der|das|dein\w*)",
)
_SPANISH = _Language(
    signs="instruccion criteri rubrica reglas anteriores puntuacion nota puntos calificacion cubiert papel respuesta"
    " decodific profesor corrector examinador evaluador",
    drop=r"ignor\w*|olvid\w*|omit\w*",
    rules=r"instruccion\w*|criterios?|rubrica|reglas|anteriores",
    give=r"dame|deme|dadme|ponme|pongame|otorga\w*",
    marks=r"puntuacion|nota|puntos?|calificacion",
    full=r"maxim\w*|mejor|perfect\w*|complet\w*|toda la|mas alta|10|diez",
    every=r"todos los|cada",
    points=r"puntos?|criterios?",
    met=r"cubiert\w*|cumplid\w*|tratad\w*|correct\w*",
    you_are=r"eres|imagina que",
    judges=r"profesor\w*|corrector\w*|examinador\w*|evaluador\w*",
    in_role=r"(?:quedate|sigue|permanece) en (?:el|tu) papel",
    own=r"todos los puntos o|respuesta modelo|respuesta de referencia"
    r"|decodific\w*.{0,30}\b(?:obedec\w*|ejecut\w*|sigue)"
    r"|(?:respuesta|texto) (?:ya )?(?:fue|ha sido|esta) (?:ya )?(?:corregid|calificad|evaluad)\w*",
)
_FRENCH = _Language(
    signs="instruction consigne critere recopi bareme regles precedent note point score role juge correct examinat"
    " decod",
    drop=r"ignor\w*|oubli\w*|neglig\w*|t(?:iens|enez) (?:plus|pas|aucun) compte",
    rules=r"instructions?|consignes?|criteres?|bareme|regles|precedent\w*",
    give=r"donne(?:z)?[- ]moi|mets[- ]moi|mettez[- ]moi",
    marks=r"note|points?|score",
    full=r"maximal\w*|meilleure|parfait\w*|complet\w*|tous les",
    every=r"chaque|tous les",
    points=r"points?|criteres?",
    met=r"couvert\w*|rempli\w*|traite\w*|acquis\w*|valid\w*",
    you_are=r"tu es|vous etes|imagine que tu",
    judges=r"juge|correcteur|correctrice|examinat\w*|evaluat\w*",
    in_role=r"reste\w* dans (?:ton|votre|le|ce) role",
    own=r"bareme|recopi\w*.{0,20}\b(?:note|resultat|score)|reponse modele"
    r"|decod\w*.{0,30}\b(?:execut\w*|suis|suivez|obei\w*)",
)
#: Italian and Portuguese.
_SOUTHERN = _Language(
    signs="istruzion criteri regole instruco regras rubrica punteggio voto pontua nota punti pontos ruolo papel",
    drop=r"ignor\w*|dimentic\w*|esquec\w*|desconsider\w*",
    rules=r"istruzioni|criteri|regole|instruco\w*|criterios?|regras|rubrica",
    give=r"dammi|datemi|da-me|de-me",
    marks=r"punteggio|voto|pontuacao|nota",
    full=r"massim\w*|pien\w*|maxim\w*|perfett\w*|perfeit\w*|10",
    every=r"tutti i|ogni|todos os|cada",
    points=r"punt[io]|criteri\w*|pontos?",
    met=r"copert\w*|soddisfatt\w*|cobert\w*|cumprid\w*",
    you_are=r"tu sei|sei un|voce e",
    judges=r"esaminator\w*|valutator\w*|correttor\w*|avaliador\w*|examinador\w*",
    in_role=r"resta\w* nel (?:tuo )?ruolo|(?:fique|permaneca) no (?:seu )?papel",
    own=r"risposta modello|resposta modelo",
)
#: What is tried in fewer words.
_OTHERS = _family(
    "instructies criteria regels rubriek score punten instrukcj kryteri zasad polecen punkt ocen liczb yok_say"
    " gormezden unut tam_puan bu_",
    r"\b(?:negeer|vergeet)\b.{0,50}\b(?:instructies|criteria|regels|rubriek)\b",
    r"\b(?:volledige|maximale) (?:score|punten)\b",
    r"\b(?:zignoruj|pomin|zapomnij)\b.{0,50}\b(?:instrukcj\w*|kryteri\w*|zasad\w*|polecen\w*)\b",
    r"\bmaksymaln\w* (?:punkt\w*|ocen\w*|liczb\w*)\b",
    r"\b(?:yok say|gormezden gel|unut)\b|\btam puan\b"
    r"|\bbu (?:sunucu|bot|kurs|kanal|sistem)\w* (?:yonetici|sahib|gelistirici)\w*",
)
#: Other alphabets. Without its accents a `й` is an `и`.
_BEYOND_LATIN = _family(
    "",
    r"игнорир\w*|забудь\w*|проигнорир\w*|(?:максимальн|высш|полн)\w* (?:балл\w*|оценк\w*)|рубрик\w*",
    r"(?:постав|засчита)\w* .{0,20}(?:балл\w*|оценк\w*|10|все)|(?:все|кажд\w*) (?:пункт|критери)\w*"
    r".{0,40}(?:засчит|раскрыт|выполнен|покрыт)\w*",
    r"(?:\bты|\bвы)\b.{0,40}(?:экзаменатор|проверяющ|оценщик)\w*|из роли|системн\w* промпт|другие? участник\w*",
    r"忽略|无视|忽视|無視|满分|滿分|最高分|給.{0,6}分|给.{0,6}分|満点|最高点|評価基準|指示に従|回答到此结束|操作员|所有要点",
    r"评分(?:标准|模块|员)|解码并|採点(?:者|基準)|役になりき|すべての(?:項目|要点|基準)",
    r"무시하|만점|최고 ?점수|점수를 ?주|채점|모든 (?:항목|기준|요점)",
    r"تجاهل|الدرجة الكاملة|الدرجة القصوى|अनदेखा|पूरे अंक|पूर्ण अंक",
)

FAMILIES = (
    *(_SET_ASIDE, _MARKS, _VERDICTS, _GRADED, _STAFFED, _PLAYED, _BEGGING, _LEAKS, _BORDERS),
    *(language.family for language in (_GERMAN, _SPANISH, _FRENCH, _SOUTHERN)),
    *(_OTHERS, _BEYOND_LATIN),
)

# ---------------------------------------------------------------- false turns of a talk

#: The beginning of a line in which somebody plays the system or the grader, or a verdict in the shape of data.
TURN = _family(
    "system assistant grader instruction examiner evaluator assessor correct korrekt prufer calific examinador"
    " evaluador avaliador экзаменатор проверяющ 评分 採点 채점 < [ \" '",
    r"^\W*(?:system|assistant|instructions?|grader|examiner|evaluator|assessor|correcteur|correctrice|corrector|korrektor"
    r"|correttore|prufer|calificador|examinador|evaluador|avaliador|экзаменатор|проверяющии|评分员|採点者|채점자)"
    r" ?(?:\([^)]{0,30}\))? ?[:>\]]",
    # a verdict as data, its quotes escaped or not
    r"[\"']role\\?[\"'] ?: ?\\?[\"'](?:system|assistant)",
    r"[\"'](?:overall|note|nota|punkte|puntos|bewertung|voto)\\?[\"'] ?: ?\\?[\"']?\d",
    r"[\"'](?:score|covered|missing|verdicts?|grade|bewertung|punkte|puntuacion|calificacion)\\?[\"'] ?:",
    r"<\|? ?/?(?:im_start|im_end|system|assistant|user|endoftext)",
    r"\[/? ?(?:inst|sys|system|assistant|admin)\b|<< ?/?sys",
)
#: A line that only says who speaks in the next one.
TURN_HEAD = _family(
    "system assistant im_start",
    r"^\W*(?:system|assistant) (?:message|note|notice|prompt|turn)\W*$|^\W*im_start\W*\w*\W*$",
)
#: Whoever plays the grader plays the one as well who answers him.
PARTNER = _family(
    ":",
    r"^\W*(?:user|student|candidate|member|etudiant|candidat|schuler|pruefling|estudiante|alumno|studente|aluno|студент"
    r"|学生|受験者|학생) ?:",
)
