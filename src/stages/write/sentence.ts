import {
  backReference,
  fillerOpening,
  functionWords,
  housekeeping,
  joiningOpening,
} from '../shortlist/lexicon.ts';
import * as lexicon from '../shortlist/lexicon.ts';
import { straighten } from '../shortlist/signals.ts';
import { stripControls } from '../shortlist/title.ts';

/** Sentences of a transcript as lines that a voice may speak: which can be, which can stand alone, and how they read. English, mostly. */

/** A line has so many words; longer sentences lose a listener who cannot read back. */
const wordCount = { least: 3, most: 34 };

/** What captions put in for the deaf, and who speaks. */
const annotation =
  /\[[^\]]{0,60}\]|\((?:[^)]{0,40}(?:laugh|applau|music|cheer|sigh|cough|video|audio|inaudible)[^)]{0,40})\)|[♪♫]+|^\s*>>\s*|\*[^*]{0,40}\*/giu;
const speakerLabel = /^(?:[A-Z][A-Za-z.]{0,14}|[A-Z]{2,}(?: [A-Z]{2,})?):\s+/u;

/** Begins a sentence and says nothing: taken off where the sentence stands first. */
const emptyOpening =
  /^(?:(?:so|and|but|now|well|okay|ok|alright|all right|right|yeah|yes|no|oh|anyway|anyways|basically|look|listen|see|hey|then|also|plus|because|you know|you see|i mean|of course|thankfully|unfortunately|obviously|in any case|for example|for instance|in other words|however|therefore|similarly|likewise|meanwhile|moreover|furthermore|instead|finally|in fact|again|still|still and all|that said|interestingly|all of which is to say),\s+|(?:so|and|but|well|plus|or|then)\s+|now\s+(?=[a-z]+\s+(?:is|are|was|were|has|have|can)\b|(?:there|the|if|you|we|i|it|in|let)\b))+/iu;

/** Points at the recording: its picture, its parts, its day. What is made of it has none of these. */
const ofTheRecording =
  /\b(?:(?:this|today's|last|next|previous|another|an earlier|our (?:last|next|first)|the (?:last|next|first)) (?:video|episode|talk|lecture|lesson|class|course|slide|season|series|week|time|chapter|show|podcast|section)|in (?:today's|the next|this) \w+|today (?:we|i|you)|we(?:'re| are) (?:going to|gonna)|i(?:'m| am) (?:going to|gonna) (?:show|talk|tell|give|explain|share|take|ask|read)|(?:show|tell|talk to|share with) you (?:about|a|the|how|some|this|today)|here you (?:see|can)|you (?:can )?see (?:here|this|that|these|on)|(?:on|in) the (?:left|right|screen|slide|picture|audience)|look at (?:this|that|these)|right here|over there|if you were (?:committing|paying)|you(?:'ve| have)? (?:just )?learned (?:about|that|how)|(?:next|click) slide|ladies and gentlemen|my talk|on this stage|watch (?:this|that)|take a look|as always|speaking of|crash course|ted(?:x| talk)?)\b/iu;

/** Speaks of a person as everybody there knew them. */
const ofTheRoom =
  /\b(?:raise your hand|hands up|show of hands|you guys|everybody here|everyone here|this room|this audience|here tonight|thank you)\b/iu;

/** Words that mean something said before, unless a noun stands between the beginning and them. */
const pointing =
  /^(?:he|she|they|it|him|her|them|his|hers|their|theirs|its|this|that|these|those|such|both|neither|either|one|ones|others?|another|latter|former|same|himself|herself|themselves|itself|there's|he's|she's|they're|it's|that's|they've|they'd|he'd|she'd|it'd|it'll|that'll|they'll|this'll)$/u;

/** These mean nothing before them: "It turns out", "There's a …", "That person who", "One day". */
const harmlessPointing =
  /^(?:it (?:turns out|takes|took)\b|it's (?:easy|hard|possible|impossible|important|time|no (?:secret|wonder|surprise)|not (?:easy|hard|enough))\b|there(?:'s| is| are| was| were)\b|one (?:day|night|morning|of|out|in|thing|way|reason|\w+ (?:is|was|of))\b|those (?:who|of (?:us|you))\b|both \w+ and\b|such as\b|this is (?:your|my|the (?:story|reason))\b|another (?:way|reason) to\b)/iu;

/** Counts on from something: "the second theory", "two more". */
const countsOn =
  /^(?:the )?(?:second(?:ly)?|third(?:ly)?|fourth|fifth|next|last(?:ly)?|other|latter|former|final(?:ly)?|rest|remaining)\b|\b(?:two|three|four) more\b|^(?:yet )?another\b|^also\b|\b(?:the other (?:hand|side|one|two|kind|way|thing))\b/iu;

/** A sentence as a voice would say it, annotations and speakers' names out; first letter large, one line. */
export function toSpokenText(sentence: string): string {
  const line = stripControls(sentence).replaceAll(annotation, ' ').replaceAll(/\s+/gu, ' ').trim();
  const said = line
    .replace(speakerLabel, '')
    .replaceAll(/,?\s+(?:you know|I mean|um+|uh+|er|sort of like),?(?=\s)/giu, '')
    .replaceAll(/\s+--?\s+/gu, ' – ')
    .replaceAll(/\s+([,.!?;:])/gu, '$1')
    .trim();
  return enlarge(closeSentence(said));
}

/** The same without what joins it to the sentence before: for a line that stands first, or after something else. */
export function toOpeningText(spoken: string): string {
  const opened = straighten(spoken)
    .replace(emptyOpening, '')
    .replace(/^(?:um+|uh+|er),?\s+/iu, '');
  return enlarge(opened === '' ? spoken : opened);
}

function enlarge(text: string): string {
  return text.replace(/^["'“‘(]?\p{Ll}/u, (letter) => letter.toUpperCase());
}

/** A dash or a comma at the end is the editor's, not the speaker's. */
function closeSentence(text: string): string {
  return text.replace(/[\s,;:–—-]+$/u, '');
}

/** Why a sentence cannot be a line at all, in a few words; undefined where it can. `isEnglish` false: only marks and length are judged. */
export function findLineFault(spoken: string, isEnglish: boolean): string | undefined {
  const words = spoken.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (isEnglish && words.length < wordCount.least) return 'too short';
  if (words.length > wordCount.most || spoken.length > 300) return 'too long';
  if (!/[.!?。！？…]["'”’)]*$/u.test(spoken)) return 'no end';
  if (/(?:\.\.\.|…)["'”’)]*$/u.test(spoken)) return 'trails off';
  if (hasOpenQuote(spoken)) return 'half a quotation';
  if (/https?:|www\.|\S+@\S+|\b\w+\.(?:com|org|net|tv)\b/iu.test(spoken)) return 'an address';
  if (!isEnglish) return undefined;
  const plain = straighten(spoken);
  if (housekeeping.test(plain)) return 'about the recording';
  if (ofTheRecording.test(plain) || ofTheRoom.test(plain)) return 'about the recording';
  if (backReference.test(plain)) return 'points back';
  if (
    lexicon.trailingEnd.test(plain.replace(/[.!?]+["')]*$/u, '')) &&
    /\b(?:and|or|but|the|a|an|my|your|our|because|um|uh)[.!?]*$/iu.test(plain)
  )
    return 'no end';
  if (/(?:\b(\w+) \1 \1\b)/iu.test(plain)) return 'stammers';
  return undefined;
}

/** How much a sentence hangs on what was said before it, 0 (stands alone) to 1. English. */
export function measureDependence(opening: string): number {
  const plain = straighten(opening);
  if (countsOn.test(plain)) return 0.8;
  if (joiningOpening.test(plain) || fillerOpening.test(plain)) return 0.6;
  if (/^["'“‘]/u.test(opening)) return 0.5;
  const words = plain.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  const isHarmless = harmlessPointing.test(plain);
  for (const [index, word] of words.entries()) {
    // Something was named: what points after it points at that.
    if (index > 0 && isNoun(words[index - 1]!) && !isDeterminer(word)) break;
    if (index >= 9) break;
    if (!pointing.test(word)) continue;
    if (isHarmless && index === 0) break;
    // "The idea that …", "I think that …": joins, and points at nothing.
    if (word === 'that' && index > 0) continue;
    if (word === "there's") continue;
    if (word === 'one' && index > 0) continue;
    if (word === 'it' && index > 0) return 0.5;
    if (word === 'same' || word === 'such') return 0.7;
    return 1;
  }
  // A verb without a subject, or a clause alone: "Which is why …", "Especially when …".
  if (
    /^(?:which|who|whose|whom|especially|particularly|including|except|unless|rather than|as opposed to|like (?:that|this|when|how)|not to mention|let alone|kind of|sort of|meaning|maybe even|or even)\b/iu.test(
      plain,
    ) &&
    !plain.endsWith('?')
  )
    return 0.9;
  if (/^(?:to|by|with|without|from|for) \w+(?: \w+){0,6}[.!]$/iu.test(plain)) return 0.7;
  if (!hasVerb(plain)) return 0.7;
  return 0;
}

function isNoun(word: string): boolean {
  return word.length > 2 && !functionWords.has(word) && !/(?:ly|ing|ed)$/u.test(word);
}

function isDeterminer(word: string): boolean {
  return word === 'this' || word === 'these' || word === 'those';
}

const verb =
  /\b(?:is|are|was|were|am|be|been|has|have|had|do|does|did|can|could|will|would|shall|should|may|might|must|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|shouldn't|\w+'(?:s|re|ve|ll|d|m)|\w{2,}(?:ed|es|s|ize|ise|ify)|let|make|take|get|give|go|think|know|want|need|feel|find|tell|ask|say|said|see|saw|look|use|try|keep|mean|came|come|went|got|made|took|gave|told|felt|thought|knew|found|began|became|grew|left|lost|put|ran|sat|set|stood|wrote|met|fell|heard|held|kept|led|paid|read|sent|spent|spoke|won|built|bought|brought|caught|chose|drew|drove|ate|flew|hid|hit|imagine|remember|consider|picture|stop|start|love|hate|believe|live|work|learn|happen|become|change)\b/iu;

/** Whether something happens in it: a list of nouns is no sentence. Rough, and lenient. */
function hasVerb(plain: string): boolean {
  return verb.test(plain);
}

function hasOpenQuote(text: string): boolean {
  const straight = text.match(/"/gu)?.length ?? 0;
  const opened = text.match(/[“„«]/gu)?.length ?? 0;
  const closed = text.match(/[”»]/gu)?.length ?? 0;
  const round = (text.match(/\(/gu)?.length ?? 0) !== (text.match(/\)/gu)?.length ?? 0);
  return straight % 2 === 1 || opened !== closed || round;
}
