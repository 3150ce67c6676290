"""Every sentence the bot says in a chat: small functions that return simple Markdown (see `bot.domain.outgoing`).

Words of members and models are made `inert` here, at the last moment before they enter one of our sentences.
Each sentence is a gettext id with named fields, so that another language is a catalogue and nothing else.
A topic has its module; callers say `texts.welcome(...)` whichever it is.
"""

from bot.texts.answering import *
from bot.texts.appeals import *
from bot.texts.asking import *
from bot.texts.attempts import *
from bot.texts.audits import *
from bot.texts.budgets import *
from bot.texts.commands import *
from bot.texts.counting import *
from bot.texts.dashboard import *
from bot.texts.debriefs import *
from bot.texts.digests import *
from bot.texts.drafts import *
from bot.texts.fairness import *
from bot.texts.faults import *
from bot.texts.guesses import *
from bot.texts.hidden import *
from bot.texts.hints import *
from bot.texts.joining import *
from bot.texts.members import *
from bot.texts.organising import *
from bot.texts.pictures import *
from bot.texts.question_health import *
from bot.texts.repetition import *
from bot.texts.reviews import *
from bot.texts.rounds import *
from bot.texts.sharing import *
from bot.texts.standings import *
from bot.texts.status import *
from bot.texts.streaks import *
from bot.texts.wording import *
