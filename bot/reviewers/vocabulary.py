"""Words the offline reviewer knows: which ones carry no meaning, which mean the same, which mean the opposite.

General English and the everyday vocabulary of computing; what only one question needs belongs into its wordings.
"""

from __future__ import annotations

#: Grammar only. These never count as content, and their share tells prose from a list of keywords.
STOP_WORDS = frozenset(
    """
    a an the of to in is are be been being am was were it its itself and or by for with on at as from that which this
    these those if so such than may can will would should could might do does did has have had having i you we he she
    they them their there here our your my me us his her what who whom whose how why e g etc eg ie also just very
    about into onto upon up out over under per let lets s t re ll ve d m because since while when where then therefore
    thus hence but however although though both either each any some other another own same too only even still yet
    must shall i'm you're we're they're it's that's
    """.split()
)

#: Little words of other languages that are written with Latin letters, without accents: who uses them writes sentences.
FOREIGN_LITTLE_WORDS = frozenset(
    """
    aber alle als am auch auf aus bei bis da damit dann das dass dem den der des die doch durch ein eine einem einen
    einer er es fur hat ich ihr im ist jede kann mit nach nicht noch nur oder sich sie sind so uber um und uns vom von
    vor war weil wenn werden wie wir wird zu zum zur
    al con como cuando de del el ella en entre es esta hay la las lo los mas muy para pero por porque que se si sin
    sobre su sus tambien un una y ya
    au aux avec ce cela ces comme dans des du elle est et il ils je le les leur mais ne nous ou par pas plus pour qu
    quand qui sa sans ses son sont sur une vous
    ao aos as com da das do dos e em mais mas nao na nas no nos o os ou pela pelo quando sao seu sua uma
    alla anche che chi ci cosi cui dal dalla degli dei del della delle di gli ha ho i il loro ma nel nella non per
    perche piu quando se si sono sua suo tra un una
    bij dat de deze die dit een en het hij hun ik in is je kan maar met naar niet nog of om ook op te van voor waar wat
    we wel worden zich zij zijn
    ale by byc co czy dla do gdy i jak jako jest lub ma na nad nie od po pod przez sa sie tak to tylko w we z za ze zeby
    acik ama bir bu cok da daha de degil en gibi ile icin ise kadar ki mi ne o olan olarak sonra ve veya
    """.split()
)


#: Frequent words that say little about a subject. They count half.
COMMON_WORDS = frozenset(
    """
    use used using get gets got make makes made need needs give gives given take takes taken way ways thing things
    good better best well like many much lot lots more most less least become becomes keep keeps kept go goes going
    come comes put set see say says said call want work works case example time part kind type term different certain
    means mean allow allows provide provides require requires want help helps happen happens able possible usually
    often typically always sometimes generally normally basically really actually simply easy easily new old
    one two first second next people someone something everything anything name names describe describes state states
    explain explains mention mentions point points problem question answer main important instead system
    """.split()
)

#: Words that turn the meaning of what follows.
NEGATORS = frozenset(
    """
    not no never without cannot none neither nor nothing nobody nowhere hardly unable fail fails refuse
    lack lacks
    isnt arent wasnt werent doesnt dont didnt hasnt havent hadnt wont wouldnt shouldnt couldnt cant mustnt neednt aint
    """.split()
)

#: Words that turn the meaning of what stands before them.
NEGATED_BEFORE = frozenset("impossible false wrong untrue unnecessary unneeded useless".split())

#: Phrases with these already speak of something that does not happen, so a "not" in an answer may well agree.
NEGATIVE_VERBS = frozenset(
    """
    avoid avoids avoiding prevent prevents preventing stop stops eliminate eliminates unless except excluding skip
    skips ignore ignores reject rejects missing lose loses lost
    """.split()
)

#: After these a negation only names a condition.
CONDITIONS = frozenset("if when unless until whether once".split())

#: A negator reaches no further than these words.
SCOPE_ENDS = frozenset("but because so since which who while although though however then if when unless and".split())

#: Said in one word wherever people use several, so that the rest of the code can think in words.
PHRASES: tuple[tuple[str, str], ...] = (
    ("time to live", "ttl"),
    ("time-to-live", "ttl"),
    ("expiration time", "ttl"),
    ("expiry time", "ttl"),
    ("expiration date", "ttl"),
    ("reverse polish notation", "postfix"),
    ("reverse polish", "postfix"),
    ("post fix", "postfix"),
    ("pre fix", "prefix"),
    ("in fix", "infix"),
    ("thundering herd", "stampede"),
    ("dog pile", "stampede"),
    ("round trip", "roundtrip"),
    ("back and forth", "roundtrip"),
    ("back-and-forth", "roundtrip"),
    ("look up", "lookup"),
    ("looks up", "lookup"),
    ("looking up", "lookup"),
    ("roll back", "rollback"),
    ("rolled back", "rollback"),
    ("rolling back", "rollback"),
    ("fall back", "fallback"),
    ("falls back", "fallback"),
    ("falling back", "fallback"),
    ("fail over", "failover"),
    ("failed over", "failover"),
    ("time out", "timeout"),
    ("timed out", "timeout"),
    ("times out", "timeout"),
    ("post mortem", "postmortem"),
    ("root cause", "rootcause"),
    ("connection-oriented", "connectionoriented"),
    ("connection oriented", "connectionoriented"),
    ("connection-less", "connectionless"),
    ("connection less", "connectionless"),
    ("open source", "opensource"),
    ("single point of failure", "spof"),
    ("load balancer", "loadbalancer"),
    ("load-balancer", "loadbalancer"),
    ("at least once", "atleastonce"),
    ("at-least-once", "atleastonce"),
    ("at most once", "atmostonce"),
    ("at-most-once", "atmostonce"),
    ("exactly once", "exactlyonce"),
    ("exactly-once", "exactlyonce"),
    ("up to date", "current"),
    ("out of date", "stale"),
    ("out-of-date", "stale"),
    ("no longer", "not"),
    ("rather than", "versus"),
    ("instead of", "versus"),
    ("as opposed to", ", unlike"),
    ("a lot of", "many"),
    ("lots of", "many"),
    ("set up", "setup"),
    ("tear down", "teardown"),
    ("in order to", "to"),
    ("make sure", "ensure"),
    ("makes sure", "ensure"),
    ("on the fly", "dynamic"),
    ("e.g.", "eg"),
    ("i.e.", "ie"),
    ("i'd", "i would"),
    ("i'm", "i am"),
    ("i've", "i have"),
    ("i'll", "i will"),
    ("we'd", "we would"),
    ("we've", "we have"),
    ("whether or not", "whether"),
    ("not have to", "needless"),
    ("not need to", "needless"),
    ("not only", "only"),
    ("not just", "only"),
)

#: Each line is a family of words that mean much the same in answers about software.
SYNONYMS = """
database db datastore postgres postgresql mysql sqlite rdbms
cache redis memcached
app application service program software
server host machine box instance node
client caller consumer browser
user customer visitor people person member learner candidate
developer programmer engineer coder
function method procedure routine subroutine
call invoke invocation execute run trigger fire
argument parameter input
object instance entity
class struct type
variable field attribute member property column
row record tuple entry item element
table relation
list linkedlist sequence
array vector
node vertex element
edge link connection
root top
leaf leaves
head front beginning start begin first
tail rear back end last
middle center centre
child descendant
parent ancestor
left leftmost
right rightmost
subtree branch side
traverse visit walk iterate process traversal go step scan
find locate search lookup retrieve seek
get fetch load read retrieve pull obtain select query access
ask query check consult inspect look
write store save put insert persist populate fill set
insert add push append enqueue put place
remove delete drop pop evict erase dequeue clear take purge
invalidate evict delete expire purge
update modify change edit alter mutate adjust
create make build construct generate produce form
return give yield output
copy duplicate replicate clone replica duplication
replace substitute swap paste expand
merge combine join unite together
divide split break partition separate shard
small smaller little tiny sub
big large huge larger bulky
problem issue trouble task
solve handle resolve conquer tackle address
solution answer result
recursive recursion recurse itself
repeat again iterate loop repeatedly
order sort sorted ordered
sequence order succession
convert transform translate rewrite turn change
evaluate compute calculate solve evaluation
expression formula
memory ram storage space
disk storage space
extra additional more added another
need require must demand necessary
cost price overhead expense expensive costly pay
slow slower slowly slowness sluggish latency degrade
fast faster quick quickly quicker speed rapid efficient performance
directly direct immediate immediately instantly straight random
iterative iteratively sequential sequentially linear
address location place position reference
pointer reference address
length height depth distance number level
long longest deepest furthest farthest greatest max maximum
short shortest brief shorter small
simulate imitate mimic model emulate demonstrate
behaviour behavior function functionality work
portion part section piece segment subset
desired final wanted intended finished eventual
product software program
define declare specify provide write
default automatic automatically implicit
except excluding besides apart
every each all entire any
whole entire full complete all
once one single
base stop terminate termination
include contain have involve comprise
interface declaration prototype signature
store hold contain keep
already before previously prior earlier
correct right proper appropriate accurate
incorrect wrong bad erroneous improper
stale outdated old obsolete
ttl expire expiry expiration lifetime
lock mutex semaphore locking latch
coalesce singleflight dedupe collapse
jitter randomize random randomise spread stagger
hot popular busy
down unavailable failed dead offline unreachable crash outage fail failure die broken
available up reachable alive online healthy uptime
network net internet
packet datagram message frame
message event notification
website site page web
partner peer party site
connect connection handshake setup establish session
disconnect teardown close terminate release
transmit send deliver transfer transmission emit publish push forward
receive get consume accept subscribe
data information content payload
burst cluster bursty clump spike
depend dependent influence affect rely
independent uncorrelated unrelated
assumption assume premise
video movie film
extend extension expand
optional additional extra
header metadata
locate place put between
replication replica redundancy copy redundant standby
consistency consistent sync synchronize synchronise synchronous agree agreement coordination coordinate
availability available uptime
partition split divide shard
downside disadvantage drawback con weakness cost negative tradeoff
advantage benefit pro strength upside gain plus
efficient efficiency effective
duplicate redundant double twice
unique distinct only single
loop cycle circular
path route way
multicast broadcast
tree hierarchy
limit cap bound restrict throttle quota threshold ceiling
throttle ratelimit
request call query hit
response reply answer
retry retries reattempt again resend redo
backoff exponential
idempotent idempotency repeatable duplicate
queue broker kafka rabbitmq buffer backlog sqs
topic channel stream
producer publisher sender
consumer subscriber worker receiver
async asynchronous asynchronously background decouple decoupled
sync synchronous blocking
scale scaling scalability grow growth
vertical bigger up
horizontal out
loadbalancer balance balancer
cluster fleet pool
container docker
orchestrate kubernetes
deploy deployment release rollout ship
rollback revert undo restore backout
migration migrate schema
backward compatible compatibility
version versioning
backfill populate batch
zero-downtime downtime
feature flag toggle
log logging logs record
metric metrics monitor monitoring measure observability dashboard
alert alarm alerting page notify
trace tracing correlation
error exception failure fault bug
debug diagnose investigate troubleshoot analyse analyze
test testing tests
auth authentication authenticate login signin identity verify
authorization authorisation authorize permission permissions access role roles privilege rights
token jwt credential bearer
password passphrase secret
hash hashing bcrypt argon2 scrypt
encrypt encryption tls https ssl
validate validation sanitize sanitise verify check
attack attacker abuse malicious
injection sqli
secure security protect safe safety guard
certificate cert
session cookie
api endpoint interface route
rest http restful
graphql gql
overfetch overfetching
underfetch underfetching
schema type typed contract
monolith monolithic
boundary domain context
team teams squad
transaction transactional atomic commit
isolation isolated
durable durability persist persistent
acid transaction
index indexes indices
btree b-tree
scan read
equality exact equal match
range between
logarithmic log logn
selectivity cardinality distinct
planner optimizer optimiser
ignore skip bypass
eventual eventually
consensus quorum raft paxos majority
leader master primary
follower slave secondary replica
join eager prefetch include
lazy deferred ondemand
batch bulk batched
orm hibernate django activerecord sqlalchemy
statement query select
detect notice spot discover visible find
count counter number
concurrency concurrent parallel simultaneous simultaneously
thread threads
process processes
deadlock block wait
race conflict
latency delay lag wait
throughput bandwidth
timeout deadline
circuit breaker
overload overwhelm saturate exhaust
window interval period
bucket leaky
refill replenish
reject deny refuse block drop 429
fair fairness
share shared sharing common
central centralized centralised global
local inmemory in-memory
impact affect hurt harm break
incident outage disruption
mitigate fix restore recover recovery repair remedy
cause reason source origin why
responsible responsibility owner ownership own job role charge
prevent avoid stop guard
recurrence again repeat
learn lesson learning takeaway
customer user
partial partially
many multiple several various number numerous
few little low small
high large elevated
increase grow rise raise more
decrease reduce shrink lower less minimize minimise cut
improve better enhance optimize optimise
simple easy straightforward
complex complicated difficult hard complexity harder
maintain maintenance upkeep
flexible flexibility
compile compiler
source code
body code
inline inlined
""".strip().splitlines()

#: Pairs whose exchange turns a statement around.
OPPOSITES: tuple[tuple[str, str], ...] = (
    ("fast", "slow"),
    ("faster", "slower"),
    ("faster", "slow"),
    ("fast", "slower"),
    ("speed", "slow"),
    ("increase", "decrease"),
    ("more", "less"),
    ("more", "fewer"),
    ("always", "never"),
    ("sorted", "unsorted"),
    ("ordered", "unordered"),
    ("first", "last"),
    ("before", "after"),
    ("head", "tail"),
    ("front", "rear"),
    ("beginning", "end"),
    ("left", "right"),
    ("dependent", "independent"),
    ("connectionless", "connectionoriented"),
    ("synchronous", "asynchronous"),
    ("possible", "impossible"),
    ("best", "worst"),
    ("better", "worse"),
    ("stateless", "stateful"),
    ("horizontal", "vertical"),
    ("public", "private"),
    ("mutable", "immutable"),
    ("safe", "unsafe"),
    ("same", "different"),
    ("secure", "insecure"),
    ("allow", "deny"),
    ("encrypted", "plaintext"),
    ("optional", "mandatory"),
    ("cheap", "expensive"),
    ("longest", "shortest"),
    ("large", "small"),
    ("high", "low"),
    ("many", "few"),
    ("short", "long"),
    ("directly", "sequentially"),
    ("lazy", "eager"),
    ("strong", "weak"),
    ("valid", "invalid"),
    ("true", "false"),
    ("consistent", "inconsistent"),
    ("necessary", "unnecessary"),
)
