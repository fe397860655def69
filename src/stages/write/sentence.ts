import { backReference, fillerOpening, housekeeping, joiningOpening } from '../shortlist/lexicon.ts';
import { straighten } from '../shortlist/signals.ts';
import { stripControls } from '../shortlist/title.ts';
import { speaksToMachine } from './instructions.ts';
import { hasMainClause, measurePointing, type ReadGrammar } from './grammar.ts';

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
  /\b(?:(?:this|today's|last|next|previous|another|an earlier|our (?:last|next|first)|the (?:last|next|first)) (?:video|episode|talk|lecture|lesson|class|course|slide|season|series|week|time|chapter|show|podcast|section)|in (?:today's|the next|this) \w+|today (?:we|i|you)|we(?:'re| are) (?:going to|gonna)|i(?:'m| am) (?:going to|gonna) (?:show|talk|tell|give|explain|share|take|ask|read)|(?:show|tell|talk to|share with) you (?:about|a|the|how|some|this|today)|here you (?:see|can)|you (?:can )?see (?:here|this|that|these|on)|(?:on|in) the (?:left|right|screen|slide|picture|audience)|look at (?:this|that|these)|right here|over there|if you were (?:committing|paying)|you(?:'ve| have)? (?:just )?learned (?:about|that|how)|(?:next|click) slide|ladies and gentlemen|my talk|on this stage|watch (?:this|that)|take a look|as always|speaking of|first off|this one|look at it|here it is|here's one|this is called|these are (?:the|my|some)|word up|we (?:also )?(?:looked|took a look|talked|covered|discussed|explored|met)|you (?:also |just )?learned|i'm giving|as i (?:explained|said|mentioned|told)|first of all|getting (?:a (?:little|bit) )?more technical|today's current|you see, |next up|moving on|let's (?:look|talk|start|see|take|get|move|go|dive|turn|say hello)|so far|we've been \w+ing|(?:those|many|some|most|all|each|any) of you|a (?:minute|moment) ago|for the purposes? of|we'll (?:understand|talk|get|look|see|cover|learn|explore|discuss)|(?:you'll|you(?: might| may)?|as we) (?:remember|recall|saw|said)|remember (?:our|from|him|her|these|those|this|that)|lemme|let me|bear with me|i need your help|(?:later|earlier) (?:in|on)|we(?:'ve| have) (?:already |just )?(?:talked|learned|seen|discussed|covered)|crash course|ted(?:x| talk)?)\b/iu;

/** Speaks of a person as everybody there knew them. */
const ofTheRoom =
  /\b(?:raise your hand|hands up|show of hands|you guys|everybody here|everyone here|this room|this audience|here tonight|thank you)\b/iu;

/** A clause that belongs to the sentence before it. */
const clauseAlone =
  /^(?:which|who|whose|whom|especially|particularly|including|except|rather than|as opposed to|like (?:that|this|when|how)|not to mention|let alone|kind of|sort of|meaning|maybe even|or even|to do so|as well as|not (?:only|just) (?:that|this)|same (?:with|goes|for))\b/iu;

/** Takes something as known that only the sentence before it said. */
const refersBack =
  /\b(?:such an?|the same (?:is|goes|holds|thing|way|reason|boat)|as (?:such|well)|in (?:both|either|each|neither) cases?|(?:of|for|in) (?:these|those)|the two|(?:do|does|did|doing) (?:so|that|this)|otherwise|like (?:that|this)|that way|therein|thereby|hence|accordingly|nonetheless|nevertheless|in contrast|by contrast|on the (?:other|one) hand|that said)\b/iu;

/** Counts on from something: "the second theory", "two more". */
const countsOn =
  /^(?:the )?(?:second(?:ly)?|third(?:ly)?|fourth|fifth|next|last(?:ly)?|other|latter|former|final(?:ly)?|rest|remaining)\b|\b(?:two|three|four) more\b|^(?:yet )?another\b|^also\b|\b(?:the other (?:hand|side|one|two|kind|way|thing))\b/iu;

/** A sentence as a voice would say it, annotations and speakers' names out; first letter large, one line. */
export function toSpokenText(sentence: string): string {
  const line = stripControls(sentence).replaceAll(annotation, ' ').replaceAll(/\s+/gu, ' ').trim();
  const said = line
    .replace(speakerLabel, '')
    .replaceAll(/,\s+(?:you know|I mean|um+|uh+|er),(?=\s)|\s+(?:um+|uh+|er),?(?=\s)/giu, '')
    .replaceAll(/\s+--?\s+/gu, ' – ')
    .replaceAll(/\s+([,.!?;:])/gu, '$1')
    .replaceAll(/\s*;(?=\s)/gu, ',')
    .replaceAll(/\bi\.e\.,?/giu, 'that is,')
    .replaceAll(/\be\.g\.,?/giu, 'for example,')
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
  // A full stop after letters that stand for words may stand anywhere.
  if (/\b(?:\p{Lu}\.){2,}$/u.test(spoken)) return 'no end';
  // "Two things follow: 1." is the head of a list that went on after it.
  if (/:\s*\(?(?:\d{1,2}|[a-d]|[ivx]{1,4})[.):]?[.!?]*$/iu.test(spoken)) return 'begins a list';
  if (hasOpenQuote(spoken)) return 'half a quotation';
  if (/https?:|www\.|\S+@\S+|\b\w+\.(?:com|org|net|tv)\b/iu.test(spoken)) return 'an address';
  if (speaksToMachine(spoken)) return 'speaks to a machine';
  if (!isEnglish) return undefined;
  const plain = straighten(spoken);
  if (housekeeping.test(plain)) return 'about the recording';
  if (ofTheRecording.test(plain) || ofTheRoom.test(plain)) return 'about the recording';
  if (backReference.test(plain)) return 'points back';
  if (/\b(?:and|or|but|the|a|an|my|your|our|because|um|uh)[.!?]*$/iu.test(plain)) return 'no end';
  if (/(?:\b(\w+) \1 \1\b)/iu.test(plain)) return 'stammers';
  return undefined;
}

/** How much a sentence hangs on what was said before it, 0 (stands alone) to 1. English. */
export function measureDependence(opening: string, read: ReadGrammar): number {
  const plain = straighten(opening);
  if (countsOn.test(plain) || /^nor\b/iu.test(plain)) return 0.8;
  if (/^(?:\S+\s+){1,4}(?:instead|also|then|too|therefore|however)\b/iu.test(plain)) return 0.5;
  if (joiningOpening.test(plain) || fillerOpening.test(plain)) return 0.6;
  if (clauseAlone.test(plain) && !plain.endsWith('?')) return 0.9;
  if (refersBack.test(plain)) return 0.7;
  const terms = read(plain);
  const pointing = measurePointing(terms);
  if (pointing > 0) return pointing;
  return /^["'“‘]/u.test(opening) ? 0.5 : 0;
}

/** Whether a sentence has a main clause. English. */
export function isWholeSentence(opening: string, read: ReadGrammar): boolean {
  const plain = straighten(opening);
  return hasMainClause(read(plain), plain.endsWith('?'));
}

function hasOpenQuote(text: string): boolean {
  const straight = text.match(/"/gu)?.length ?? 0;
  const opened = text.match(/[“„«]/gu)?.length ?? 0;
  const closed = text.match(/[”»]/gu)?.length ?? 0;
  const round = (text.match(/\(/gu)?.length ?? 0) !== (text.match(/\)/gu)?.length ?? 0);
  return straight % 2 === 1 || opened !== closed || round;
}
