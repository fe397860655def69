import type { ScriptFormat } from '../../domain/script.ts';
import { createNoise } from '../remix/noise.ts';
import * as lexicon from '../shortlist/lexicon.ts';
import { contentWords, straighten } from '../shortlist/signals.ts';
import { stemOf } from '../shortlist/topic.ts';
import type { SaidSentence } from './gather-sentences.ts';
import { scoreEnding, scoreHook } from './roles.ts';

/** Which sentences make a script, and in which order. */

/** What an extractive script is to be. */
export type ExtractOptions = {
  readonly format: ScriptFormat;
  /** How long it is spoken, in ms. */
  readonly lengthMs: number;
  /** 0: the best there is. Any other number gives another choice, the same one each time. */
  readonly seed: number;
  readonly topic: string;
};

/** A sentence in its place: whether it goes on from the one before it in its source. */
export type PlacedSentence = { readonly sentence: SaidSentence; readonly goesOn: boolean };

/** The length may miss what is wanted by this share. */
export const lengthTolerance = 0.12;

/** So many beginnings of a script are followed at once, from so many hooks, and each goes on in so many ways. */
const beamWidth = 48;
const triedHooks = 16;
const maxLines = 20;

/** Sentences more alike than this in meaning say the same, unless one follows the other; so do two that share so many of their words. */
const sameMeaning = 0.78;
const sameWords = 0.6;

/** Less near the topic than this with all its neighbours, a sentence is about something else. */
const strayBelow = 0.12;

/** A sentence that hangs on another more than this cannot stand after anything else. */
const mayStandAlone = 0.45;

/** What the sum of a script is made of; scores are 0 to 1. */
const weights = {
  hook: 1.5,
  hookNearness: 0.9,
  /** Opening with a question about something else. */
  elsewhere: 1,
  ending: 1.2,
  endingNearness: 0.5,
  nearness: 1.6,
  interest: 0.5,
  /** Leaving a train of thought for another; more if that is about something else, less if it is near what was said last. */
  jump: 0.3,
  jumpLikeness: 0.5,
  /** Beginning another train of thought with what is not about the topic itself. */
  stray: 0.5,
  strayBelow: 0.45,
  /** Leaving or ending a thought that goes on. */
  unfinished: 0.15,
  unfinishedEnd: 0.35,
  fragmentEnd: 0.8,
  /** The next but one or two in its source: what stood between could not be said. */
  nearJump: 0.5,
  nearJumpSentences: 3,
  backwards: 0.15,
  otherSource: 0.1,
  /** A sentence that neither goes on from what is before it nor is gone on from. */
  lone: 0.1,
  /** Leaving a question without its answer, or an announcement without what it announced. */
  unanswered: 0.6,
  stranger: 0.15,
  dependence: 0.5,
  length: 0.3,
  noise: 0.25,
} as const;

/** What a format changes in it. */
type Wish = {
  /** What jumping costs, times this. */
  readonly jump: number;
  /** What the hook counts, times this. */
  readonly hookShare: number;
  /** So many sentences of one train of thought at most. */
  readonly runLength?: number;
  /** Whether a sentence may begin a train of thought; `nearness`: how near the topic it is, 0 to 1. */
  mayBegin(sentence: SaidSentence, nearness: number): boolean;
  hook(line: string): number;
  body(line: string): number;
};

const none = () => 0;
const has = (pattern: RegExp, gain: number) => (line: string) => (pattern.test(straighten(line)) ? gain : 0);
const endsAsking = /\?["'”’)]*$/u;
const cause =
  /\b(?:because|which means|that means|the reason|so that|this is (?:why|how)|that's (?:why|how)|in order to|leads? to|causes?|works? (?:by|like)|as a result|means that|(?:is|are) called)\b/iu;
const mistaken =
  /\b(?:myth|most people|people (?:often |tend to )?(?:think|believe|assume)|we (?:often |tend to )?(?:think|believe|assume)|you(?:'d| might| may| would| probably)? (?:think|believe|assume|expect)|contrary|misconception|wrong|isn't|aren't|doesn't|don't|not|never|actually|stereotype|supposed(?:ly)?|in fact|turns out)\b/iu;

/** A question as people ask it, not a statement with a mark. */
const question =
  /^(?:is|are|was|were|do|does|did|can|could|will|would|should|have|has|had|what|why|how|who|whose|where|when|which|ever|if|isn't|aren't|don't|doesn't|didn't|can't|won't|wouldn't)\b[^.!]*\?["'”’)]*$/iu;
const isProperlyAsked = ({ asks, openingText }: SaidSentence) =>
  !asks || question.test(straighten(openingText));

const wishes: Readonly<Record<ScriptFormat, Wish>> = {
  explainer: {
    jump: 1,
    hookShare: 1,
    mayBegin: isProperlyAsked,
    hook: none,
    body: (line) => has(cause, 0.15)(line) + has(lexicon.definition, 0.1)(line),
  },
  list: {
    jump: 0,
    hookShare: 0.3,
    runLength: 2,
    mayBegin: ({ asks, leadsOn }, nearness) => !asks && !leadsOn && nearness >= 0.5,
    hook: none,
    body: has(/^(?:I|my|we)\b/u, -0.4),
  },
  story: {
    jump: 3,
    hookShare: 1,
    mayBegin: isProperlyAsked,
    hook: has(lexicon.openingStory, 0.5),
    body: has(lexicon.story, 0.2),
  },
  myth: {
    jump: 1,
    hookShare: 1,
    mayBegin: isProperlyAsked,
    hook: (line) => (endsAsking.test(line) ? 0 : has(mistaken, 0.6)(line)),
    body: has(mistaken, 0.12),
  },
  question: {
    jump: 1,
    hookShare: 1,
    mayBegin: isProperlyAsked,
    hook: (line) => (endsAsking.test(line) ? 0.8 : -0.4),
    body: has(cause, 0.12),
  },
};

type State = {
  readonly line: readonly PlacedSentence[];
  readonly spokenMs: number;
  /** Of what has been decided; the ending and the length come on top. */
  readonly value: number;
};

type Pool = {
  readonly sentences: readonly SaidSentence[];
  readonly noise: (name: string) => number;
  readonly wish: Wish;
  readonly options: ExtractOptions;
  /** The words of each that carry content, as stems. */
  readonly stems: ReadonlyMap<SaidSentence, ReadonlySet<string>>;
  readonly follows: ReadonlyMap<string, SaidSentence>;
  /** How near the topic the nearest sentences are: what counts as fully about it. */
  readonly fullNearness: number;
};

/**
 * Chooses sentences and their order: a hook, a train of thought on one topic, an ending. What belongs together in a source stays together;
 * a sentence that hangs on the one before it never stands without it, and nothing is said twice. Deterministic. Undefined where no
 * sentence can open a script.
 */
export function composeExtract(
  sentences: readonly SaidSentence[],
  options: ExtractOptions,
): readonly PlacedSentence[] | undefined {
  const pool = openPool(sentences, options);
  const mostMs = options.lengthMs * (1 + lengthTolerance);
  let best: { state: State; value: number } | undefined;
  const offer = (state: State) => {
    const value = finish(state, pool);
    if (best === undefined || value > best.value) best = { state, value };
  };
  let beam: State[] = findHooks(pool).filter(({ spokenMs }) => spokenMs <= mostMs);
  for (let depth = 1; depth < maxLines && beam.length > 0; depth++) {
    const next: State[] = [];
    for (const state of beam) {
      offer(state);
      next.push(...extend(state, pool, mostMs));
    }
    // Each hook keeps a chance: the best beginnings are often those of one train of thought.
    const byHook = Map.groupBy(
      next.toSorted((a, b) => rate(b) - rate(a)),
      ({ line }) => line[0]!.sentence,
    );
    beam = [...byHook.values()]
      .flatMap((states) => states.slice(0, Math.ceil(beamWidth / 8)))
      .toSorted((a, b) => rate(b) - rate(a))
      .slice(0, beamWidth);
  }
  return best?.state.line;
}

/** Beginnings are compared by their value a second, roughly: those that are longer have gathered more. */
function rate({ value, spokenMs }: State): number {
  return value / Math.sqrt(Math.max(1, spokenMs / 10_000));
}

function openPool(all: readonly SaidSentence[], options: ExtractOptions): Pool {
  const sentences = all
    .filter(({ nearness }) => nearness >= strayBelow)
    .toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
  const noise = createNoise(options.seed);
  const nearest = sentences.map(({ ownNearness }) => ownNearness).toSorted((one, other) => other - one);
  return {
    fullNearness: Math.max(0.2, nearest[Math.min(nearest.length - 1, 4)] ?? 0),
    sentences,
    noise: (name) => (options.seed === 0 ? 0 : weights.noise * noise(name)),
    wish: wishes[options.format],
    options,
    stems: new Map(sentences.map((one) => [one, new Set(contentWords(one.text).map(stemOf))])),
    follows: new Map(sentences.map((one) => [idOf(one), one])),
  };
}

function idOf({ assetId, index }: Pick<SaidSentence, 'assetId' | 'index'>): string {
  return `${assetId}:${index}`;
}

function findHooks(pool: Pool): State[] {
  return pool.sentences
    .filter(({ dependence, isWhole }) => dependence < 0.3 && isWhole)
    .filter((sentence) => pool.wish.mayBegin(sentence, relative(sentence.ownNearness, pool)))
    .map((sentence): State => {
      const value =
        weights.hook * pool.wish.hookShare * scoreHook(sentence.openingText) +
        weights.hook * pool.wish.hook(sentence.openingText) -
        (isQuestionElsewhere(sentence, pool) ? weights.elsewhere : 0) +
        weights.hookNearness * relative(sentence.ownNearness, pool) -
        weights.stranger * 2 * sentence.strangers.length +
        pool.noise(`hook ${idOf(sentence)}`);
      return { line: [{ sentence, goesOn: false }], spokenMs: sentence.spokenMs, value };
    })
    .toSorted((a, b) => b.value - a.value)
    .slice(0, triedHooks);
}

/** Whether a sentence asks, and shares no word with the topic nor means nearly that: its answer would be another's. */
function isQuestionElsewhere(sentence: SaidSentence, pool: Pool): boolean {
  if (!sentence.asks) return false;
  const own = pool.stems.get(sentence)!;
  const isNamed = contentWords(pool.options.topic).some(
    (word) => own.has(stemOf(word)) && !commonWords.has(word),
  );
  return !isNamed && relative(sentence.ownNearness, pool) < 0.9;
}

/** What is asked about everything: sharing it shows nothing. */
const commonWords: ReadonlySet<string> = new Set([
  'people',
  'person',
  'thing',
  'things',
  'way',
  'world',
  'life',
  'time',
]);

function extend(state: State, pool: Pool, mostMs: number): State[] {
  const last = state.line.at(-1)!.sentence;
  const next = pool.follows.get(idOf({ assetId: last.assetId, index: last.index + 1 }));
  const chosen = new Set(state.line.map(({ sentence }) => sentence));
  const longer: State[] = [];
  for (const sentence of pool.sentences) {
    const goesOn = sentence === next;
    if (chosen.has(sentence) || state.spokenMs + sentence.spokenMs > mostMs) continue;
    if (!goesOn) {
      if (sentence.dependence >= mayStandAlone || !sentence.isWhole) continue;
      if (!pool.wish.mayBegin(sentence, relative(sentence.ownNearness, pool))) continue;
    }
    if (goesOn && pool.wish.runLength !== undefined && runLength(state) >= pool.wish.runLength) continue;
    if (repeats(sentence, state, pool, goesOn)) continue;
    longer.push({
      line: [...state.line, { sentence, goesOn }],
      spokenMs: state.spokenMs + sentence.spokenMs,
      value: state.value + stepValue(sentence, goesOn, state, pool),
    });
  }
  return longer;
}

function stepValue(sentence: SaidSentence, goesOn: boolean, state: State, pool: Pool): number {
  const { wish, options } = pool;
  const share = sentence.spokenMs / options.lengthMs;
  const own =
    share *
    (weights.nearness * relative(sentence.nearness, pool) +
      weights.interest * sentence.interest +
      wish.body(sentence.text)) *
    2;
  const noise = pool.noise(`line ${idOf(sentence)}`) * share;
  if (goesOn) return own + noise;
  const before = state.line.at(-1)!;
  const last = before.sentence;
  const isSame = last.assetId === sentence.assetId;
  const isLone = !before.goesOn && state.line.length > 1;
  const step = sentence.index - last.index;
  const isNear = isSame && step > 0 && step <= weights.nearJumpSentences;
  return (
    own +
    noise -
    wish.jump * weights.jump * (isNear ? weights.nearJump : 1) +
    weights.jumpLikeness * (likeness(last, sentence) - 0.3) -
    (isSame ? (sentence.index < last.index ? weights.backwards : 0) : wish.jump * weights.otherSource) -
    (last.leadsOn || (last.asks && (state.line.length > 1 || likeness(last, sentence) < 0.4))
      ? weights.unanswered
      : 0) -
    (relative(sentence.ownNearness, pool) < weights.strayBelow ? weights.stray : 0) -
    (last.isGoneOnFrom ? weights.unfinished : 0) -
    (isLone ? wish.jump * weights.lone : 0) -
    weights.stranger * sentence.strangers.length -
    weights.dependence * sentence.dependence
  );
}

/** The value with its ending and its length. What is too short by far comes after all that is not. */
function finish({ line, spokenMs, value }: State, pool: Pool): number {
  const { options } = pool;
  const { sentence, goesOn } = line.at(-1)!;
  const text = goesOn ? sentence.text : sentence.openingText;
  const miss = Math.abs(spokenMs / options.lengthMs - 1) / lengthTolerance;
  const ending =
    line.length === 1
      ? -1
      : weights.ending * scoreEnding(text) + weights.endingNearness * relative(sentence.nearness, pool);
  const flaws =
    (sentence.leadsOn || sentence.asks ? 1 : 0) +
    (sentence.isGoneOnFrom ? weights.unfinishedEnd : 0) +
    (sentence.isWhole ? 0 : weights.fragmentEnd);
  return value + ending - flaws - weights.length * miss;
}

function repeats(sentence: SaidSentence, { line }: State, { stems }: Pool, goesOn: boolean): boolean {
  const own = stems.get(sentence)!;
  return line.some(({ sentence: other }, index) => {
    const others = stems.get(other)!;
    const shared = [...own].filter((stem) => others.has(stem)).length;
    const smaller = Math.min(own.size, others.size);
    if (smaller >= 3 && shared / smaller > sameWords && !(goesOn && index === line.length - 1)) return true;
    return !(goesOn && index === line.length - 1) && likeness(sentence, other) > sameMeaning;
  });
}

/** Nearness as a share of what is fully about the topic, 0 to 1. */
function relative(nearness: number, { fullNearness }: Pool): number {
  return Math.min(1, nearness / fullNearness);
}

/** How many sentences of one train of thought a state ends with. */
function runLength({ line }: State): number {
  return line.length - line.findLastIndex(({ goesOn }) => !goesOn);
}

function likeness(one: SaidSentence, other: SaidSentence): number {
  let sum = 0;
  for (let d = 0; d < one.vector.length; d++) sum += one.vector[d]! * other.vector[d]!;
  return sum;
}
