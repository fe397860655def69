/**
 * The English word lists that features are made of: small, hand-picked, and readable, so that a reason can be argued with.
 * What each list stands for and where the idea comes from is told in docs/finding-moments.md.
 */

/** Words that carry grammar rather than content. */
export const functionWords: ReadonlySet<string> = new Set(
  `a about above after again against all almost also although always am among an and another any anybody anyone anything are
  aren't around as at away back be became because become been before being below between both but by came can can't cannot come
  could couldn't did didn't do does doesn't doing don't done down during each either else enough even ever every everybody
  everyone everything few for from further get gets getting give go goes going gone gonna got gotta had hadn't has hasn't have
  haven't having he he'd he'll he's her here here's hers herself him himself his how how's however i i'd i'll i'm i've if in
  into is isn't it it's its itself just kind kinda know let let's like lot lots made make makes many may maybe me mean might
  more most much must my myself neither no nobody none nor not nothing now of off ok okay on once one only onto or other others
  ought our ours ourselves out over own perhaps pretty probably put quite rather really right said same say says see seem seems
  shall she she's should shouldn't since so some somebody someone something sort still such sure take than that that's the
  their theirs them themselves then there there's these they they'd they'll they're they've thing things think this those
  though through thus to too toward under until up upon us use used very want was wasn't way we we'd we'll we're we've well
  went were weren't what what's whatever when where whether which while who whole whom whose why will with within without won't
  would wouldn't yeah yes yet you you'd you'll you're you've your yours yourself yourselves uh um er ah oh mm hmm`.split(
    /\s+/u,
  ),
);

/** Asks something, without waiting for the question mark that a recogniser may drop. */
export const questionOpening =
  /^(?:(?:so|and|but|now|well|okay|ok)[, ]+)?(?:what(?:'s| is| are| if| do| does| did| would| makes| happens)|why (?:is|are|do|does|did|would|don't|can't|not|should)|how (?:do|does|did|can|could|would|many|much|often|is|are|long|come)|who (?:is|are|was|would|do)|where (?:do|does|did|is|are|was)|when (?:did|was) |which (?:one|of)|have you(?! been to any)|did you|do you|does (?:it|anyone|anybody)|are you|can you|could you|would you|ever (?:wonder|notice|feel|think))/iu;

/** Names a quantity in words; digits are found by themselves. "One" is left out: mostly it is a pronoun. */
export const numberWords =
  /\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|percent|half|twice|double|triple|dozens?)\b/iu;

/** Something can be won or lost: danger, money, health, love, shame, superlatives of loss and gain. */
export const stakes =
  /\b(?:die[sd]?|dying|dead|death|deadly|kill(?:s|ed|er|ing)?|murder\w*|surviv\w+|danger\w*|risk\w*|threat\w*|fear\w*|afraid|scar(?:y|ed)|terrif\w+|horr(?:or|ible|ific|ifying)\w*|disaster\w*|catastroph\w+|crisis|war|attack\w*|fight\w*|violen\w+|crim(?:e|es|inal|inals)|prison|abus\w+|addict\w*|drugs?|pain\w*|hurt\w*|suffer\w*|trauma\w*|disease\w*|cancer|suicid\w+|sex\w*|naked|lov(?:e|ed|er|ers)|hat(?:e|ed|red)|ang(?:er|ry)|rage|cry(?:ing)?|cried|lonel\w+|happ(?:y|iness)|joy|shame\w*|guilt\w*|secrets?|lie[sd]?|lying|truth|fail(?:s|ed|ing|ure|ures)?|mistakes?|wrong|worst|best|lost|los(?:e|es|ing)|losses|win(?:s|ning)?|won|money|rich|broke|bankrupt\w*|dollars?|fortune|free|powerful?|destroy\w*|ruin\w*|broken|crazy|insane|genius|evil|shock\w*|weird|strange\w*|bizarre|disturbing|surpris\w+|amazing\w*|incredibl\w+|unbelievabl\w+|extraordinary|revolutionary)\b/iu;

/** Turns against what was expected. */
export const contrast =
  /\b(?:but|however|yet|although|though|despite|instead|whereas|unlike|rather than|actually|in fact|turns? out|on the other hand|contrary|the opposite|surprisingly|even though|not because|no longer)\b/iu;

/** Contrast strong enough to open on: a bare "but" looks back instead. */
export const openingContrast =
  /\b(?:everyone (?:thinks|says|believes)|everybody (?:thinks|says)|most people|people think|you(?:'d| would) think|you(?:'ve| have) been told|we(?:'re| are) told|contrary to|the opposite|turns? out|instead of|not because|isn't (?:about|what)|is not (?:about|what)|actually|in fact|the (?:real|actual) (?:reason|problem|question|story)|forget (?:about|everything|what))\b/iu;

/** Speaks to the one who listens. */
export const address = /\b(?:you|you're|you've|you'll|you'd|your|yours|yourself|imagine|picture this)\b/iu;

/** Claims something without hedging. */
export const claim =
  /\b(?:always|never|nobody|no one|everyone|everybody|everything|nothing|every single|the (?:only|most|single|first|best|worst|biggest|greatest|key|secret|reason|truth|problem|answer)|the \w+est|must|cannot|can't|impossible|guarantee\w*|there(?:'s| is) no|is (?:a lie|a myth|wrong|dead|broken)|changed (?:my|the|our|your)|completely|exactly|single[- ]handedly)\b/iu;

/** Holds something back that the listener will want: a curiosity gap. */
export const curiosity =
  /\b(?:here(?:'s| is) (?:the|what|why|how|a|something)|the (?:secret|trick|catch|twist|thing is|strange thing|weird thing|crazy thing|funny thing|surprising thing|problem is|truth is|reason (?:is|why))|nobody (?:tells|talks|knows|told)|no one (?:tells|talks|knows|told)|what (?:happened|nobody|most people|they don't)|guess what|wait (?:for|until|till)|you won't believe|let me tell you|little[- ]known|mystery|mysterious|secret(?:s|ly)?|turns out|never (?:told|heard|seen))\b/iu;

/** Begins or carries a story: a time, a person in it, something that happened. */
export const story =
  /\b(?:once|one (?:day|night|morning|evening|afternoon|time)|years? ago|months? ago|weeks? ago|(?:last|that) (?:night|week|month|year|summer|winter|day)|back in|in (?:1[5-9]|20)\d\d|it(?:'s| was) (?:1[5-9]|20)\d\d|when i was|i (?:was|met|remember|woke|got|found|walked|sat|called|told|asked|started|decided|realized|realised|never forget)|there was (?:a|an|this)|story|so i(?:'m| was)|suddenly|then one|grew up|my (?:mom|mother|dad|father|wife|husband|brother|sister|friend|boss|son|daughter|grandmother|grandfather))\b/iu;

/** Opens a story: {@link story} without the words that may merely carry one. */
export const openingStory =
  /\b(?:once|one (?:day|night|morning|evening|afternoon)|(?:\w+ )?(?:years?|months?|weeks?|days?) ago|last (?:night|month|year|summer|winter)|back in|in (?:1[5-9]|20)\d\d|it(?:'s| was) (?:1[5-9]|20)\d\d|when i was|i (?:was|met|remember|woke|walked|used to)|there was (?:a|an|this)|let me tell you (?:a|about)|imagine|picture this)\b/iu;

/** Makes an idea concrete. */
export const example =
  /\b(?:for example|for instance|imagine|picture|let's say|say you|suppose|think (?:of|about)|like when|such as|consider)\b/iu;

/** Says what something is. */
export const definition =
  /\b(?:(?:is|are|was|were|it|this|that|we|they|i) call(?:ed)?|(?:is|are|was|were) known as|(?:is|are) defined as|means that|refers to|what we call|in other words|basically|the idea that|the (?:theory|concept|notion|principle|effect|law|rule) (?:of|that))\b/iu;

/** Draws the line under what was said. */
export const conclusion =
  /\b(?:that(?:'s| is) (?:why|how|what|when|the (?:point|reason|whole|difference|lesson|secret|trick|key))|which is why|which means|so (?:the (?:point|lesson|moral|answer|key|next time|bottom)|in (?:short|the end)|remember|if you (?:want|take|only))|the (?:point|lesson|moral|takeaway|bottom line|truth|answer|key|result|secret) (?:is|was|here)|in the end|at the end of the day|in other words|in short|to sum up|in conclusion|ultimately|it turns out|turned out|and that(?:'s| is| was)|this is why|therefore|as a result|from (?:then|that day) on|ever since|never again|changed (?:everything|my life|the)|i (?:learned|realized|realised)|what i learned|remember[,:])\b/iu;

/** Leads on to what comes next: no end for a clip. */
export const leadsOn =
  /\b(?:let's (?:look|talk|start|see|take|get|move|go|dive|turn)|let me (?:show|explain|give|tell)|(?:i'll|we'll|i will|we will|i'm going to|we're going to|i want to) (?:show|talk|look|see|get|come|explain|tell|start|discuss|cover|learn)|here(?:'s| is) (?:how|what|why|an example|the thing)|for example|such as|in the next|coming up|after (?:this|the break)|first of all|(?:the following|as follows)|next (?:up|we)|moving on|more on that|which brings (?:me|us))\b/iu;

/** Talks about the video, its makers, its sponsors: viewers skip it, and in a clip it is dead weight. */
export const housekeeping =
  /\b(?:subscrib\w+|hit (?:the|that) (?:bell|like)|like button|smash (?:the|that)|notification|patreon|sponsor\w*|promo code|discount code|(?:link|links) (?:is |are )?(?:in|below)|description below|in the description|comments? (?:below|section)|leave (?:a|your) comment|thanks? (?:you )?(?:so much )?for (?:watching|listening|joining|tuning)|see you (?:next|in the next|soon)|brought to you|welcome (?:back|to)|my name is|written by|edited by|our (?:editor|producer|director|consultant|sponsor|graphics? team|script)|script supervisor|sound designer|audiobook|free trial|check out (?:our|my|the)|follow (?:me|us) on|merch|our channel|this channel)\b/iu;

/** Points back at what the viewer of a clip has not heard. */
export const backReference =
  /\b(?:as (?:i|we|you|they|he|she)(?:'ve| have)? (?:said|mentioned|saw|seen|discussed|talked|noted|just)|like (?:i|we) (?:said|mentioned|saw|talked)|i (?:just|already) (?:said|mentioned|told)|we(?:'ve| have)? (?:just |already )?(?:talked about|discussed|covered|saw|mentioned|learned)|earlier|previously|(?:the )?(?:former|latter)|(?:last|previous) (?:time|episode|video|lecture|week|slide|chapter)|aforementioned|remember (?:when|how|that|the|from)|back to (?:the|our|that)|again,|the same (?:thing|way|reason)|this (?:slide|graph|chart|picture|diagram|image)|as you can see|over here|up here|down here)\b/iu;

/** Hangs on the sentence before: nobody who starts here knows who or what is meant. */
export const danglingOpening =
  /^(?:(?:and|but|so|because|then|or|plus|also|now|well|eh|oh|yeah|yes|no|okay|ok|rather|instead|still|yet)[, ]+)*(?:(?:he|she|they|it|him|her|them|his|their|its)(?:'s|'re|'d|'ll|'ve)?\b(?! (?:turns out|took me|was (?:a|the|19|18|20)|'s (?:a|the) \w+ that))|(?:this|that|these|those)(?:'s|'re|'ll| is| are| was| were| one| ones| means| meant| makes| made| will| would| can| could| has| had| happens| happened| kind| sort| thing)\b|(?:which|who|whose|whom|where) (?:is|are|was|were|means|made|makes|had|has|i|we|he|she|they)\b(?!.*\?))/iu;

/** Joins on to the sentence before, though what follows may be understood. */
export const joiningOpening =
  /^(?:and|but|so|because|then|or|also|plus|therefore|thus|however|still|yet|anyway|besides|otherwise|instead|similarly|likewise|meanwhile|moreover|furthermore|finally|another|other|others|such|even so|rather|in this way|that said|in addition|on the other hand|as a result|for example|for instance|in other words|second(?:ly)?|third(?:ly)?|next|too)\b/iu;

/** Begins with words that say nothing. */
export const fillerOpening =
  /^(?:(?:um+|uh+|er+|ah|hmm+|mm+|okay|ok|alright|all right|right|yeah|yep|yes|no|well|so yeah|you know|i mean|like|basically|anyway|anyways|let's see|sort of|kind of|i guess|i think|hello|hi|hey|good (?:morning|evening|afternoon)|thank you|thanks)\b[,.!]?\s*)/iu;

/** Ends in the middle of a thought. */
export const trailingEnd =
  /\b(?:and|or|but|so|because|the|a|an|of|to|in|on|with|for|that|which|who|if|when|as|than|is|are|was|were|my|your|our|their|his|her|its|from|by|at|like|um|uh|i|we|you|he|she|they)[,;:…—–-]*$/iu;
