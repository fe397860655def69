import type { Embedder } from '../../ports/embedder.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { embedTexts } from './embeddings.ts';
import { contentWords } from './signals.ts';
import type { Unit } from './units.ts';

/** How near the stretches of a source are to what the user wants the clips to be about. */

/** A user's topic against one source. */
export type Topic = {
  /** As the user wrote it. */
  readonly text: string;
  /** How near the units `from` to `to` (half-open) are to it, 0 to 1: what stretches are compared by. */
  nearness(from: number, to: number): number;
  /** Whether they are about it: what a user is told. */
  isAbout(from: number, to: number): boolean;
};

/** What a topic's embeddings are: a vector for each wish in it, and vectors of things that it is not. */
export type TopicVectors = {
  readonly wishes: readonly Float32Array[];
  readonly others: readonly Float32Array[];
};

/**
 * Subjects from all over, against which likeness is measured: how alike a sentence and a phrase are that have nothing to
 * do with each other differs from encoder to encoder and from source to source.
 */
const otherSubjects = [
  'gardening',
  'tax law',
  'a football match',
  'space travel',
  'jazz music',
  'medieval castles',
  'swimming lessons',
  'computer networks',
  'the weather forecast',
  'oil painting',
  'train timetables',
  'deep sea fish',
];

/** Likeness that lies so many standard deviations above that of other subjects is nothing yet, and so many is all. */
const nothingDeviations = 2;
const allDeviations = 7;

/** What the topic's own words count beside its meaning. Both numbers were chosen with `npm run bench -- topic`. */
const wordShare = 0.5;

/** So many mentions of a word count fully. */
const fullMentions = 2;

/**
 * Meaning alone says so from so many deviations on: seldom reached by subjects that have nothing to do with a talk. With the
 * topic's words in it, less will do.
 */
const aboutDeviations = 3.25;
const aboutWithWordsDeviations = 2.6;

/** Words alone say so when at least this share of them is said twice, or all of them are said once. */
const aboutWords = 0.5;

/** The single wishes of a topic: what stands between commas, semicolons and lines. */
export function splitTopic(topic: string): string[] {
  const wishes = topic
    .split(/[,;\n]+/u)
    .map((wish) => wish.replaceAll(/\s+/gu, ' ').trim())
    .filter((wish) => /[\p{L}\p{N}]/u.test(wish));
  return wishes.slice(0, 20);
}

/** Embeds what {@link measureTopic} compares; cached like the sentences of the source. */
export async function embedTopic(
  topic: string,
  ports: { embedder: Embedder; cache: StageCache },
  context: StageContext,
): Promise<TopicVectors> {
  const wishes = splitTopic(topic);
  const quiet = { ...context, report: () => {} };
  const vectors = await embedTexts([...wishes, ...otherSubjects], ports, quiet);
  return { wishes: vectors.slice(0, wishes.length), others: vectors.slice(wishes.length) };
}

/**
 * Measures a source against a topic, by meaning (where there are vectors) and by its words. Undefined when the topic has no
 * word in it. Asking for a stretch costs as much as it has units.
 */
export function measureTopic(
  text: string,
  units: readonly Unit[],
  vectors: readonly Float32Array[] | undefined,
  topicVectors: TopicVectors | undefined,
): Topic | undefined {
  const wishes = splitTopic(text);
  if (wishes.length === 0) return undefined;
  const stems = units.map((unit) => countStems(unit.text));
  const measures = wishes.map((wish, index): Omit<Topic, 'text'> => {
    const words = measureWords(wish, stems, units);
    const wanted = topicVectors?.wishes[index];
    if (vectors === undefined || topicVectors === undefined || wanted === undefined) {
      return { nearness: words, isAbout: (from, to) => words(from, to) >= aboutWords };
    }
    const deviations = measureMeaning(wanted, topicVectors.others, vectors);
    // Words that nobody says tell nothing apart: then the meaning has their share.
    const share = wordShare * words.saidShare;
    return {
      nearness(from, to) {
        const above = deviations(from, to) - nothingDeviations;
        const meaning = Math.max(0, Math.min(1, above / (allDeviations - nothingDeviations)));
        return share * words(from, to) + (1 - share) * meaning;
      },
      isAbout(from, to) {
        const isNamed = words(from, to) >= aboutWords;
        return deviations(from, to) >= (isNamed ? aboutWithWordsDeviations : aboutDeviations);
      },
    };
  });
  return {
    text: text.trim(),
    nearness: (from, to) => Math.max(...measures.map((measure) => measure.nearness(from, to))),
    isAbout: (from, to) => measures.some((measure) => measure.isAbout(from, to)),
  };
}

type Measure = (from: number, to: number) => number;

/** Half the likeness of the stretch as a whole, half that of its likest sentence, in deviations from other subjects. */
function measureMeaning(
  wanted: Float32Array,
  others: readonly Float32Array[],
  vectors: readonly Float32Array[],
): Measure {
  const floor = spreadOf(others.flatMap((other) => vectors.map((vector) => dot(vector, other))));
  const cosines = vectors.map((vector) => dot(vector, wanted));
  return (from, to) => {
    const mean = new Float64Array(wanted.length);
    let along = 0;
    let likest = -1;
    for (let index = from; index < to; index++) {
      const vector = vectors[index]!;
      for (let d = 0; d < mean.length; d++) mean[d]! += vector[d]!;
      along += cosines[index]!;
      likest = Math.max(likest, cosines[index]!);
    }
    const whole = along / Math.max(1e-9, Math.hypot(...mean));
    return ((whole + likest) / 2 - floor.mean) / Math.max(1e-6, floor.deviation);
  };
}

/** Also how many of the words are said anywhere, as a share. */
type WordMeasure = Measure & { readonly saidShare: number };

/** The share of a wish's words that are said, each fully once it was said twice. */
function measureWords(
  wish: string,
  stems: readonly ReadonlyMap<string, number>[],
  units: readonly Unit[],
): WordMeasure {
  // Scripts without spaces have no words to count: the wish itself is looked for.
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(wish)) {
    const isSaid = (some: readonly Unit[]) => (some.some((unit) => unit.text.includes(wish)) ? 1 : 0);
    return Object.assign((from: number, to: number) => isSaid(units.slice(from, to)), {
      saidShare: isSaid(units),
    });
  }
  const content = contentWords(wish);
  const wanted = [...countStems((content.length > 0 ? content : [wish]).join(' ')).keys()];
  const said = wanted.filter((stem) => stems.some((counts) => counts.has(stem)));
  const measure = (from: number, to: number) => {
    let sum = 0;
    for (const stem of said) {
      let mentions = 0;
      for (let index = from; index < to; index++) mentions += stems[index]!.get(stem) ?? 0;
      sum += Math.min(1, mentions / fullMentions);
    }
    return sum / Math.max(1, wanted.length);
  };
  return Object.assign(measure, { saidShare: said.length / Math.max(1, wanted.length) });
}

function countStems(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu) ?? []) {
    const stem = stemOf(word);
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
  }
  return counts;
}

/** Brings the forms of a word together, roughly: "hire", "hired" and "hiring" are one. Short words stay as they are. */
export function stemOf(word: string): string {
  const stem = word.replace(/(?:ingly|edly|ing|ies|ied|ers|er|ed|es|ly|s|e|y)$/u, '');
  if (stem.length < 3) return word;
  return stem.replace(/([bdfglmnprt])\1$/u, '$1');
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < one.length; d++) sum += one[d]! * other[d]!;
  return sum;
}

function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length)) };
}
