import type { Cue } from '../../domain/timeline.ts';
import type { Transcript } from '../../domain/transcript.ts';
import { functionWords, numberWords } from '../shortlist/lexicon.ts';

/** Which words a caption style may set apart: few, since what stands out everywhere stands out nowhere. */

/** Words that settle a claim: first and last, most and least, all and none. */
const extremes: ReadonlySet<string> = new Set(
  `best worst most least biggest largest smallest fastest slowest highest lowest hardest easiest greatest richest first
  only never always nothing everything nobody everyone impossible forever zero huge massive tiny free dead wrong
  secret mistake truth`.split(/\s+/u),
);

/** Words that turn a sentence round. */
const negations: ReadonlySet<string> = new Set(
  `not no none don't doesn't didn't won't can't cannot isn't aren't wasn't weren't shouldn't wouldn't couldn't`.split(
    /\s+/u,
  ),
);

const hasDigit = /\p{Nd}/u;

/** Ends in -est and is longer than "rest", "best" (named above), "test", "west", "guest". */
const superlative = /^\p{L}{3,}[^e\W]est$/u;
const notSuperlative =
  /(?:interest|suggest|request|forest|harvest|honest|modest|invest|protest|arrest|contest|digest|priest|latest)$/u;

/** No cue's best word below this is set apart. */
const minScore = 1;

/** At most this share of a clip's cues has a key word, and they lie at least that far apart, in ms. */
const maxShare = 0.4;
const minApartMs = 1400;

/** How strongly each kind of word asks for it; a rare content word gets up to `rare` by how seldom the source says it. */
const weights = { number: 3, extreme: 2.2, negation: 1.3, rare: 2, name: 0.6 } as const;

/**
 * Marks the key words of cues: numbers, superlatives and other extremes, negations, and content words that the source says
 * seldom and this clip says. At most one a cue, in at most two of five cues.
 */
export function markKeyWords(cues: readonly Cue[], transcript: Pick<Transcript, 'sentences'>): Cue[] {
  const rarity = measureRarity(transcript.sentences.map((sentence) => sentence.text));
  const said = new Map<string, number>();
  for (const word of cues.flatMap((cue) => cue.words)) {
    const term = toTerm(word.text);
    said.set(term, (said.get(term) ?? 0) + 1);
  }
  const candidates = cues.flatMap((cue, cueIndex) => {
    const scored = cue.words.map((word, wordIndex) => {
      const startsSentence = wordIndex === 0 && endsSentence(cues[cueIndex - 1]?.words.at(-1)?.text ?? '.');
      const afterStop = wordIndex > 0 && endsSentence(cue.words[wordIndex - 1]?.text ?? '');
      const score = scoreWord(word.text, rarity, said, startsSentence || afterStop);
      return { cueIndex, wordIndex, score, startMs: word.startMs };
    });
    // A word alone on screen is set apart already when each cue has one.
    const best = scored.reduce<(typeof scored)[number] | undefined>(
      (top, one) => (top === undefined || one.score > top.score ? one : top),
      undefined,
    );
    return best !== undefined && best.score >= minScore ? [best] : [];
  });
  const chosen = new Map<number, number>();
  const times: number[] = [];
  for (const { cueIndex, wordIndex, startMs } of candidates.toSorted(
    (a, b) => b.score - a.score || a.startMs - b.startMs,
  )) {
    if (chosen.size >= Math.ceil(cues.length * maxShare)) break;
    if (times.some((other) => Math.abs(other - startMs) < minApartMs)) continue;
    chosen.set(cueIndex, wordIndex);
    times.push(startMs);
  }
  return cues.map((cue, cueIndex) => {
    const wordIndex = chosen.get(cueIndex);
    if (wordIndex === undefined) return cue;
    const words = cue.words.map((word, index) =>
      index === wordIndex ? Object.assign({}, word, { isEmphasised: true as const }) : word,
    );
    return { startMs: cue.startMs, endMs: cue.endMs, words };
  });
}

function scoreWord(
  text: string,
  rarity: (term: string) => number,
  said: ReadonlyMap<string, number>,
  startsSentence: boolean,
): number {
  const term = toTerm(text);
  if (term === '') return 0;
  if (hasDigit.test(term) || (numberWords.test(term) && term.length > 2)) return weights.number;
  if (extremes.has(term) || (superlative.test(term) && !notSuperlative.test(term))) return weights.extreme;
  if (negations.has(term)) return weights.negation;
  if (functionWords.has(term) || [...term].length < 4) return 0;
  const isName = !startsSentence && /^\p{Lu}/u.test(text) && /\p{Ll}/u.test(text);
  const often = Math.min(1.5, Math.sqrt(said.get(term) ?? 1));
  return weights.rare * rarity(term) * (0.7 + 0.3 * often) + (isName ? weights.name : 0);
}

/** How seldom a term is said, 0 (in every sentence) to 1 (in one): the inverse document frequency over sentences. */
function measureRarity(sentences: readonly string[]): (term: string) => number {
  const counts = new Map<string, number>();
  for (const sentence of sentences) {
    for (const term of new Set(sentence.split(/\s+/u).map(toTerm)))
      counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const total = Math.max(2, sentences.length);
  return (term) => Math.log(total / Math.max(1, counts.get(term) ?? 1)) / Math.log(total);
}

function endsSentence(text: string): boolean {
  return /[.!?…]["'”’)\]]*$/u.test(text);
}

function toTerm(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}%]+$/gu, '');
}
