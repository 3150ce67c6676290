"""The shelves of the storage: what one transaction (`Tx`) can read and write, topic by topic, and the records it holds.

Every method that touches a group's rows takes the group first, and never reaches another group's.
"""

from bot.shelves.answers import *
from bot.shelves.appeals import *
from bot.shelves.asking import *
from bot.shelves.audits import *
from bot.shelves.budgets import *
from bot.shelves.dashboard import *
from bot.shelves.delivery import *
from bot.shelves.digests import *
from bot.shelves.drafts import *
from bot.shelves.fairness import *
from bot.shelves.guesses import *
from bot.shelves.hidden import *
from bot.shelves.joining import *
from bot.shelves.members import *
from bot.shelves.question_health import *
from bot.shelves.repetition import *
from bot.shelves.reviews import *
from bot.shelves.rounds import *
from bot.shelves.standings import *
from bot.shelves.streaks import *
from bot.shelves.tx import *
