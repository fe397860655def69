import { joinWords } from '../../domain/caption-join.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import type { InterestPoint, Moment } from '../../domain/moment.ts';
import type { Sound } from '../../domain/sound.ts';
import type { Transcript } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { embedTexts } from './embeddings.ts';
import { quote } from './feature.ts';
import { layOutInterest } from './interest.ts';
import { gatherMaterial, type Material, type ShortlistOptions } from './material.ts';
import { createScorer } from './score.ts';
import { measureSemantics } from './semantics.ts';
import { bestStretches, whyNone, type ScoredStretch } from './stretches.ts';
import { writeTitle } from './title.ts';
import { embedTopic, measureTopic, type TopicVectors } from './topic.ts';
import { divideIntoUnits, type Unit } from './units.ts';

export type { ShortlistOptions } from './material.ts';

/** What was found: candidates best first, the interest of the whole source, and what a reader should know. */
export type Shortlist = {
  readonly candidates: Moment[];
  readonly interest: InterestPoint[];
  /** What could not be judged and why; why there are no candidates. */
  readonly notes: string[];
};

/** A sentence is divided when it runs longer than this, or than the longest clip if that is shorter. In ms. */
const longestSentenceMs = 30_000;

/**
 * Finds the stretches of a source that are worth cutting out: on sentence bounds, between `minMs` and `maxMs`, scored by
 * documented features (docs/finding-moments.md), at most one of nearly the same stretch. Sentence embeddings are cached.
 * @throws input.length_invalid when `minMs`, `maxMs` and `targetMs` contradict each other
 */
export async function shortlist(
  heard: { transcript: Transcript; sound?: Sound },
  options: ShortlistOptions,
  ports: { embedder: Embedder; cache: StageCache },
  context: StageContext,
): Promise<Shortlist> {
  assertLengths(options);
  const units = divideIntoUnits(heard.transcript, Math.min(longestSentenceMs, options.maxMs));
  const vectors = await embedTexts(
    units.map((unit) => unit.text),
    ports,
    context,
  );
  const { topic } = options;
  const topicVectors = topic === undefined ? undefined : await embedTopic(topic, ports, context);
  return shortlistUnits(heard, units, vectors, options, topicVectors);
}

/** The pure part of {@link shortlist}: what follows once the sentences are embedded. No vectors: no semantic features. */
export function shortlistUnits(
  heard: { transcript: Transcript; sound?: Sound },
  units: readonly Unit[],
  vectors: readonly Float32Array[] | undefined,
  options: ShortlistOptions,
  topicVectors?: TopicVectors,
): Shortlist {
  const topic =
    options.topic === undefined ? undefined : measureTopic(options.topic, units, vectors, topicVectors);
  const semantics = vectors === undefined ? undefined : measureSemantics(vectors);
  const material = gatherMaterial(heard, units, semantics, options, topic);
  const scorer = createScorer(material);
  const stretches = bestStretches(material, options, scorer);
  const candidates = stretches.map((stretch) => toMoment(stretch, material, scorer.explain(stretch)));
  return {
    candidates,
    interest: layOutInterest(units, material.ratings, material.durationMs),
    notes: [
      ...(candidates.length === 0 ? [whyNone(material, options)] : []),
      ...aboutTopic(options.topic, material, stretches, vectors !== undefined),
      ...whatIsMissing(heard, material),
    ],
  };
}

function toMoment(stretch: ScoredStretch, material: Material, reasons: Moment['reasons']): Moment {
  const members = material.units.slice(stretch.from, stretch.to);
  return {
    startMs: stretch.startMs,
    endMs: stretch.endMs,
    score: Math.round(stretch.score * 10_000) / 10_000,
    reasons,
    sentenceStart: members[0]!.sentence,
    sentenceEnd: members.at(-1)!.sentence + 1,
    text: joinWords(members.map((unit) => unit.text)),
    title: writeTitle(members.map((unit) => unit.text)),
    chosenBy: 'the words alone',
  };
}

/** What a reader should know of the topic: that nothing is about it, or that it was looked for by its words alone. */
function aboutTopic(
  wanted: string | undefined,
  { topic }: Material,
  stretches: readonly ScoredStretch[],
  isByMeaning: boolean,
): string[] {
  if (wanted === undefined || stretches.length === 0) return [];
  if (topic === undefined) return [`The topic ${quote(wanted)} has no word in it: it was left aside.`];
  const isAny = stretches.some(({ from, to }) => topic.isAbout(from, to));
  return [
    ...(isAny ? [] : [`Nothing in it is about ${quote(wanted)}: the moments are the best of what there is.`]),
    ...(isByMeaning
      ? []
      : [`The topic was looked for by its words alone: there was nothing to compare meanings with.`]),
  ];
}

/** Which features dropped out, and why. */
function whatIsMissing(
  { transcript, sound }: { transcript: Transcript; sound?: Sound },
  material: Material,
): string[] {
  if (material.units.length === 0) return [];
  const notes: string[] = [];
  if (sound === undefined) {
    notes.push('There was no sound to listen to: pace, energy and liveliness of the voice were not judged.');
  }
  if (sound === undefined && transcript.speech.length === 0) {
    notes.push(
      'Cuts lie between the times of the captions: nothing was heard that could place them in real pauses.',
    );
  }
  if (!material.isEnglish) {
    notes.push(
      `The talk is in "${transcript.language}": features made of English words (hooks, references, conclusions) were not judged.`,
    );
  }
  if (material.units.some((unit) => !unit.closesSentence)) {
    notes.push('Some sentences run on without punctuation: they were divided at pauses and clauses.');
  }
  return notes;
}

function assertLengths({ minMs, maxMs, targetMs, range }: ShortlistOptions): void {
  const fits =
    minMs >= 0 &&
    maxMs > 0 &&
    minMs <= maxMs &&
    (targetMs === undefined || targetMs > 0) &&
    (range === undefined || range.endMs >= range.startMs);
  if (fits) return;
  throw new PatternPivotError(
    'input.length_invalid',
    `Clips of at least ${minMs} ms and at most ${maxMs} ms cannot be.`,
    {
      hint: 'The shortest length must not be above the longest.',
      context: { minMs, maxMs, targetMs, range },
    },
  );
}
