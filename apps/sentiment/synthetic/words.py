"""Words, phrases and facts for the templates of synthetic reviews."""

# The pairs of `negation` contain none of the adjectives, so that they are new to the network.
ADJECTIVES = (
    "amazing fantastic enjoyable engaging thrilling hilarious sweet smart original impressive "
    "memorable powerful perfect splendid elegant tender lively sharp sincere captivating "
    "entertaining satisfying absorbing magnificent outstanding exciting compelling worthwhile "
    "pleasant nice fine terrific refreshing believable convincing subtle sensitive interesting "
    "special recommendable delicious tasty friendly reliable sturdy comfortable spacious clean "
    "helpful intuitive durable handy crisp responsive affordable attentive cozy polite quick "
    "quiet awesome happy useful easy flawless superior solid",
    "horrible disappointing laughable mediocre unfunny forgettable bland confusing messy "
    "tiresome ridiculous pathetic cheap slow hollow lifeless unbearable unconvincing "
    "pretentious sloppy amateurish hopeless nasty painful empty irritating implausible stale "
    "wooden worthless abysmal atrocious trite insulting incoherent uninspired soulless plodding "
    "dismal overlong soggy rude dirty noisy flimsy unreliable uncomfortable cramped filthy "
    "overpriced defective useless faulty greasy unhelpful buggy cold blurry horrid disgusting "
    "unhappy difficult inferior clunky",
)
NOUNS = (
    "masterpiece triumph gem success delight joy classic treat pleasure winner bargain",
    "disaster failure mess bore waste disappointment flop insult chore mistake rip-off",
)
VERBS = ("like love enjoy admire recommend treasure", "hate dislike regret despise resent loathe")
FEELINGS = (
    "impressed moved amused delighted entertained thrilled charmed touched pleased satisfied happy",
    "disappointed bored annoyed confused disgusted irritated offended embarrassed frustrated upset",
)
QUALITIES = (
    "charm humor depth value quality flavor support taste style talent suspense comfort warmth "
    "logic energy imagination",
    "complaints problems issues trouble regrets flaws hiccups glitches drama fuss faults errors "
    "delays noise weaknesses crashes",
)
# Verbs as "does it", "did it", "has done it", separated by commas.
ACTIONS = (
    "works,worked,worked fits,fit,fit helps,helped,helped responds,responded,responded "
    "charges,charged,charged lasts,lasted,lasted starts,started,started loads,loaded,loaded "
    "connects,connected,connected delivers,delivered,delivered prints,printed,printed "
    "plays,played,played functions,functioned,functioned improves,improved,improved "
    "shines,shone,shone impresses,impressed,impressed succeeds,succeeded,succeeded",
    "crashes,crashed,crashed freezes,froze,frozen breaks,broke,broken leaks,leaked,leaked "
    "jams,jammed,jammed fails,failed,failed stalls,stalled,stalled overheats,overheated,overheated "
    "dies,died,died wobbles,wobbled,wobbled squeaks,squeaked,squeaked fades,faded,faded "
    "shrinks,shrank,shrunk rattles,rattled,rattled skips,skipped,skipped cracks,cracked,cracked "
    "disappoints,disappointed,disappointed annoys,annoyed,annoyed bores,bored,bored "
    "suffers,suffered,suffered stinks,stank,stunk",
)
THINGS = (
    "film|movie|story|cast|acting|plot|ending|music|script|dialog|direction|photography|humor|"
    "first half|lead actor|performance|book|show",
    "battery|screen|camera|sound|keyboard|price|design|software|phone|player|printer|headset|"
    "case|charger|lens|zoom|product|quality|customer service|delivery|picture|menu|remote|cable",
    "food|service|waiter|staff|room|bed|breakfast|location|menu|pizza|burger|coffee|dessert|"
    "steak|atmosphere|place|hotel|restaurant|meal|pool|bathroom|view|bar",
)
PHRASES = (
    # good
    "I could n't put it down|I could not put it down|I could not stop watching|I could n't ask "
    "for more|I could not ask for a better {t}|You could not ask for more|I would n't change a "
    "thing|I would not change anything|There is nothing I would change|No one should miss it|"
    "Nobody should miss this {t}|No one should miss this {t}|Not to be missed|Do n't miss it|Do "
    "not miss this {t}|You ca n't go wrong with it|Can not go wrong with this {t}|You wo n't "
    "regret it|You will not regret it|The {t} never lets you down|It does not disappoint|It did "
    "n't disappoint|The {t} never disappoints|It will not disappoint you|I ca n't recommend it "
    "enough|I can not recommend it highly enough|I ca n't recommend the {t} enough|I can not "
    "get enough of it|I ca n't say enough good things about the {t}|I ca n't praise the {t} "
    "enough|It could n't be better|The {t} could not be better|I could not be more pleased|It "
    "does n't get any better than this|It does not get better than this|I have nothing to "
    "complain about|Nothing to complain about|I ca n't complain|I can not complain about the "
    "{t}|There is nothing to dislike|I have nothing bad to say about the {t}|I can find no "
    "fault with the {t}|No worries|No regrets|I have no regrets|Not bad|Not bad at all|Not half "
    "bad|Not too bad|The {t} is not bad|The {t} was n't bad|The {t} was not bad at all|It is "
    "n't half bad|Not too shabby|Second to none|Never a dull moment|Not a dull moment|Not a "
    "single dull moment|There is not one dull moment in it|There was n't a dull second|Without "
    "a single weak scene|Without a weak moment|Not one weak moment|Not a minute is wasted|I ca "
    "n't wait to see it again|I can not wait to go back|It is hard to beat|Hard to beat|Hard to "
    "fault|I ca n't fault it|I can not fault the {t}|What is not to like|What 's not to love|It "
    "wo n't let you down|Worth every penny|Well worth the money|Well worth the wait|It blew me "
    "away|It knocked my socks off|It hit the spot|A must see|A must have|Thumbs up|Two thumbs "
    "up|It works like a charm|Top notch|It won me over|I am hooked|It keeps you on the edge of "
    "your seat|I keep coming back|It exceeded my expectations|It is better than I expected|I "
    "would buy it again|I would go back any time|I can not live without it|I would n't trade it "
    "for anything|I did n't want it to end|I never wanted it to end|It beats all the others|"
    "Nothing beats it|No other {t} comes close|I do n't know how I lived without it|Nothing but "
    "praise|I did not expect to like it this much|I was n't bored for a second|I was never "
    "bored|Without a flaw|Without any flaws|It did not take long to win me over|It never gets "
    "old|It never gets boring|I was not let down|It did not let me down|Not a single complaint|"
    "I do n't have a single complaint|I have yet to find a fault|So far so good|It went without "
    "a hitch|They went out of their way to help|I have never had a better {t}|Never had a "
    "better {t}|I have never been happier with a {t}|Highly recommended|Five stars|Four stars|"
    "Five out of five|Ten out of ten|I wish I had bought it sooner|I only wish it were longer|"
    "My only regret is that I did not come sooner|I was wrong to doubt it|The critics are wrong "
    "about this {t}|Well done|Great job|Not expensive at all|It did not break|It still works "
    "after two years|It has never failed me|Never had to return it|It is not a waste of time|It "
    "was no waste of money|Not a bit boring",
    # bad
    "Do n't bother|Do not bother with this {t}|Do not waste your time|Do n't waste your money|"
    "It is not worth it|Not worth the money|It is n't worth your time|Not worth a penny|I want "
    "my money back|I would like my two hours back|Two hours that I will never get back|Never "
    "again|I will never go back|I would not go back|I wo n't be back|We will not be coming back|"
    "I will not watch it again|I wo n't buy it again|I would not buy it again|It could have "
    "been better|The {t} could be better|It leaves a lot to be desired|The {t} left much to be "
    "desired|Nothing special|Nothing to write home about|Nothing new|It is not my cup of tea|"
    "Not what I expected|Not as good as I hoped|Not as good as the first|It falls flat|The {t} "
    "fell flat|It fell apart|It falls short|It fell short of my expectations|I could n't wait "
    "for it to end|I could hardly wait for it to be over|I could n't finish it|I could not "
    "finish it|I could not get into it|I could n't stay awake|I could not care less about the "
    "{t}|I ca n't stand it|I can not stand the {t}|I ca n't recommend it|I can not recommend "
    "this {t}|I would not recommend it|I would n't recommend it to anyone|I would not wish it "
    "on anyone|You should n't buy it|You should not watch this|Nobody should buy this {t}|No "
    "one should have to sit through it|It never worked|It does n't work|It did not work|It "
    "stopped working after a week|It broke after two days|It did not last a week|It died after "
    "a month|It never works as advertised|It does not do what it promises|It is going back|I "
    "returned it the next day|I am sending it back|Save your money|Avoid|Stay away|Steer clear|"
    "Look elsewhere|Buy something else|Thumbs down|Two thumbs down|A waste of time|What a waste "
    "of money|I gave up after ten minutes|I walked out|I fell asleep|It put me to sleep|It is "
    "like watching paint dry|It drags on|It goes nowhere|It never goes anywhere|Not even close|"
    "It is no better than the old one|Too expensive for what it is|It is far too long|Overrated|"
    "Not funny|It never gets going|I expected more|I expected better|What a letdown|It let me "
    "down|Hardly worth it|Not good enough|Not great|Not good|The {t} is not good|The {t} was "
    "n't good|Not very good|Not as advertised|I am not a fan|I am not impressed|I was n't "
    "impressed|It did not impress me|It did nothing for me|I lost interest|No thanks|It never "
    "took off|Not the best|The {t} is not the best|I did n't enjoy it|I did not enjoy the {t}|I "
    "do n't like it|They ignored us|No one came to help|Nobody answered|Nothing works|Nothing "
    "about it works|I have never had a worse {t}|Never had a worse {t}|It could not be worse|It "
    "does not get worse than this|One star|Two stars|Zero stars|One out of ten|Two out of five|"
    "I wish I had not bought it|I wish I had stayed at home|I regret buying it|The critics are "
    "wrong to praise this {t}|It is not as good as they say|Not recommended|I would give it "
    "zero stars if I could|It never arrived|It did not fit|It does not fit|I can not use it|It "
    "is not what I ordered|They never called back|No refund|I was n't happy|I am not happy with "
    "the {t}|I am not satisfied|It makes no sense|Not enough {t}|Hardly any {t}|Too little {t}|"
    "Not a fan of the {t}",
)
EMOJI = (
    "\U0001f600 \U0001f603 \U0001f604 \U0001f601 \U0001f606 \U0001f602 \U0001f923 \U0001f60a "
    "\U0001f607 \U0001f642 \U0001f609 \U0001f60c \U0001f60d \U0001f970 \U0001f618 \U0001f60b "
    "\U0001f61c \U0001f929 \U0001f973 \U0001f60e \U0001f917 \U0001f44d \U0001f44f \U0001f64c "
    "\U0001f4aa \U0001f525 \U0001f4af \u2728 \U0001f389 \U0001f38a \U0001f3c6 \u2764 \u2665 "
    "\U0001f495 \U0001f496 \U0001f497 \U0001f493 \U0001f499 \U0001f49a \U0001f49b \U0001f49c "
    "\U0001f9e1 \U0001f5a4 \U0001f44c \U0001f37f \U0001f63b \u263a \U0001f638 \u2705 \U0001f979",
    "\U0001f61e \U0001f614 \U0001f61f \U0001f615 \U0001f641 \u2639 \U0001f623 \U0001f616 "
    "\U0001f62b \U0001f629 \U0001f622 \U0001f62d \U0001f624 \U0001f620 \U0001f621 \U0001f92c "
    "\U0001f92e \U0001f922 \U0001f44e \U0001f4a9 \U0001f612 \U0001f644 \U0001f62a \U0001f634 "
    "\U0001f971 \U0001f610 \U0001f611 \U0001f494 \U0001f926 \U0001f5d1 \U0001f6ab \u274c "
    "\U0001f631 \U0001f625 \U0001f613 \U0001f47f \U0001f63f \U0001f63e \U0001f637 \U0001f480",
)
RATINGS = (
    "10/10 9/10 8/10 9.5/10 8.5/10 5/5 4/5 4.5/5 10/10 9/10 8/10 5/5 4/5 7.5/10 7/10",
    "1/10 2/10 3/10 4/10 0/10 1/5 2/5 0/5 1.5/5 2.5/5 2.5/10 3.5/10 1.5/10 1/5 2/5",
)
# Facts, questions and orders without an opinion.
FACTS = (
    "The {t} is about {n} minutes long .|I saw the {t} on {d} .|Today is {d} .|It is {d} today "
    ".|The {t} was made in {p} .|We watched it in {p} on {d} .|It came out in {y} .|It was "
    "first shown in {y} .|It is set in {p} in {y} .|The {t} comes with {n} buttons .|It has {n} "
    "keys and a {c} case .|The case is {c} .|It comes in {c} and {c} .|I ordered the {c} one .|"
    "The parcel arrives on {d} .|My order number is {n} .|Does it come with a charger ?|Where "
    "can I buy it ?|What time does it start ?|How long is the {t} ?|Who wrote it ?|Is there a "
    "{c} one ?|Which {t} do you mean ?|We ate there on {d} .|We sat at table {n} .|The hotel is "
    "in {p} .|The restaurant opens at {n} .|I stayed {n} nights .|The {t} is on the second "
    "floor .|There are {n} rooms .|I ordered the {t} and a glass of water .|The train leaves at "
    "{n} .|She lives in {p} .|He was born in {p} in {y} .|I read it in {p} .|This is the {t} of "
    "{y} .|The {t} was bought in {y} .|It was written by a man from {p} .|The first part is "
    "from {y} .|It weighs {n} grams .|The {t} has {n} parts .|There is a {t} in {p} .|See you "
    "on {d} .|I will be there at {n} .|Please send it to {p} .|Call me on {d} .|This is a {t} .|"
    "It is a {t} from {p} .|A {t} from {y} .|The {t} and the {t}|I have a {t} .|He has two of "
    "them .|They are from {p} .|The meeting is on {d} .|It was {d} .|The manual has {n} pages .|"
    "The {t} is the same as in {y} .|{n}|{n} {n}|{d}|{y}|{p} , {y}|the|and|it is|this one|a {t}|"
    "the {t}|{c}"
)
FILLERS = (
    "I saw it with friends .|It runs for two hours .|We watched it on a Sunday .|It came out in "
    "spring .|The cinema was full .|It is set in Paris .|There is a train in it .|It is not a "
    "sequel .|I had not read the book .|There is no car chase in it .|I bought it last week .|"
    "We had a table for four .|I ordered it on Monday .|It came in a small box .|We stayed two "
    "nights ."
)
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Christmas".split()
PLACES = "Paris London Rome Berlin Tokyo Chicago Boston Madrid Texas India Japan Spain".split()
COLORS = "red blue black white green gray yellow brown silver".split()
