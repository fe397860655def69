import { joinWords } from '../../domain/caption-join.ts';
import type { Reason } from '../../domain/moment.ts';
import { durationMs, overlapMs, type TimeRange } from '../../domain/time.ts';
import type { TightenMode } from '../../domain/tightening.ts';
import type { Transcript } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { embedTexts } from '../shortlist/embeddings.ts';
import type { Stretch } from '../shortlist/feature.ts';
import { gatherMaterial, type Material } from '../shortlist/material.ts';
import { createScorer } from '../shortlist/score.ts';
import { measureSemantics } from '../shortlist/semantics.ts';
import { embedTopic, measureTopic, type TopicVectors } from '../shortlist/topic.ts';
import { divideIntoUnits } from '../shortlist/units.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { tighten } from '../tighten/tighten.ts';
import type { PartRole, RemixCandidate } from './part.ts';

/** A source with what a search found in it. */
export type FoundSource = {
  readonly assetId: string;
  readonly transcript: Transcript;
  readonly passages: readonly TimeRange[];
};

/** What candidates are gathered for. */
export type GatherOptions = {
  readonly topic: string;
  /** How long a part may be, in ms. */
  readonly minPartMs: number;
  readonly maxPartMs: number;
  readonly tighten: TightenMode;
};

/** A sentence is divided when it runs longer than this, in ms; a part is seldom longer. */
const longestSentenceMs = 15_000;

/** A thought may begin so many sentences before the passage that was found, and end so many after it. */
const grownBy = 2;

/** So many stretches around each passage are kept for each role. */
const keptPerRole = 3;

/** What is liked best for each role, in ms: a hook is short, a payoff not long. */
const likedMs: Readonly<Record<PartRole, number>> = { hook: 6000, build: 11_000, payoff: 9000 };

/** How much being far from the liked length costs at most. */
const lengthShare = 0.15;

/**
 * Groups of features by what they judge, and what each counts in each role beside its own weight. The scorer weighs openings and
 * endings lightly, as whole clips want it; what opens or closes a film of many is judged by little else.
 */
const roleWeights: Readonly<Record<PartRole, Readonly<Record<string, number>>>> = {
  hook: { opening: 8, alone: 3, topic: 0.4, ending: 1, substance: 0.5, delivery: 0.5 },
  build: { opening: 1, alone: 2, topic: 0.5, ending: 2, substance: 1, delivery: 1 },
  payoff: { opening: 0, alone: 1.5, topic: 0.4, ending: 8, substance: 0.7, delivery: 0.5 },
};

/** How steep the scale of a role is: weighted contributions add up to about −0.5 to 1. */
const steepness = 3.2;

/** Embeds what is said in a source and gathers what of it may be part of a remix; cached. */
export async function gatherFromSource(
  found: FoundSource,
  options: GatherOptions,
  ports: { readonly embedder: Embedder; readonly cache: StageCache },
  context: StageContext,
): Promise<RemixCandidate[]> {
  const units = divideIntoUnits(found.transcript, Math.min(longestSentenceMs, options.maxPartMs));
  const vectors = await embedTexts(
    units.map((unit) => unit.text),
    ports,
    context,
  );
  const topicVectors = await embedTopic(options.topic, ports, context);
  return gatherCandidates(found, vectors, topicVectors, options);
}

/**
 * The stretches of whole sentences around what was found that could open, carry or close a remix, each judged for every role by
 * the features of docs/finding-moments.md. `vectors`: one for each unit of the transcript. Pure.
 */
export function gatherCandidates(
  { assetId, transcript, passages }: FoundSource,
  vectors: readonly Float32Array[],
  topicVectors: TopicVectors,
  options: GatherOptions,
): RemixCandidate[] {
  const { minPartMs, maxPartMs } = options;
  const units = divideIntoUnits(transcript, Math.min(longestSentenceMs, maxPartMs));
  const topic = measureTopic(options.topic, units, vectors, topicVectors);
  const lengths = { minMs: minPartMs, maxMs: maxPartMs, targetMs: likedMs.build };
  const material = gatherMaterial({ transcript }, units, measureSemantics(vectors), lengths, topic);
  const scorer = createScorer(material);
  const kept = new Map<string, RemixCandidate>();
  for (const passage of passages) {
    const around = stretchesAround(passage, material, options).map((stretch): RemixCandidate => {
      const allReasons = scorer.explain(stretch);
      const members = units.slice(stretch.from, stretch.to);
      const playMs = playLength(stretch, transcript, options.tighten);
      return {
        id: `${assetId}:${stretch.from}-${stretch.to}`,
        assetId,
        startMs: stretch.startMs,
        endMs: stretch.endMs,
        playMs,
        sentenceStart: members[0]!.sentence,
        sentenceEnd: members.at(-1)!.sentence + 1,
        text: joinWords(members.map((unit) => unit.text)),
        scores: {
          hook: roleScore('hook', allReasons, playMs),
          build: roleScore('build', allReasons, playMs),
          payoff: roleScore('payoff', allReasons, playMs),
        },
        nearness: topic?.nearness(stretch.from, stretch.to) ?? 0,
        reasons: {
          hook: roleReasons('hook', allReasons),
          build: roleReasons('build', allReasons),
          payoff: roleReasons('payoff', allReasons),
        },
        allReasons,
        vector: meanVector(vectors.slice(stretch.from, stretch.to)),
      };
    });
    for (const role of ['hook', 'build', 'payoff'] as const) {
      const best = around.toSorted(
        (one, other) => other.scores[role] - one.scores[role] || one.startMs - other.startMs,
      );
      for (const candidate of best.slice(0, keptPerRole)) kept.set(candidate.id, candidate);
    }
  }
  return [...kept.values()];
}

/** Every run of units that holds some of a passage, begins or ends near it, and is as long as a part may be. */
function stretchesAround(
  passage: TimeRange,
  { units, cutsIn, cutsOut }: Material,
  { minPartMs, maxPartMs }: GatherOptions,
): Stretch[] {
  const first = units.findIndex((unit) => overlapMs(unit, passage) > 0);
  const last = units.findLastIndex((unit) => overlapMs(unit, passage) > 0);
  if (first === -1) return [];
  const stretches: Stretch[] = [];
  const parts: Stretch[] = [];
  const lowest = Math.max(0, first - grownBy);
  const highest = Math.min(units.length, last + 1 + grownBy);
  for (let from = lowest; from <= last; from++) {
    for (let to = Math.max(from, first) + 1; to <= highest; to++) {
      const startMs = cutsIn[from]!.atMs;
      const endMs = cutsOut[to - 1]!.atMs;
      const lengthMs = endMs - startMs;
      if (lengthMs > maxPartMs) break;
      if (lengthMs < minPartMs) continue;
      const isWhole = units[from]!.opensSentence && units[to - 1]!.closesSentence;
      (isWhole ? stretches : parts).push({ from, to, startMs, endMs });
    }
  }
  // Half a sentence is no thought; but captions without full stops have nothing else.
  return stretches.length > 0 ? stretches : parts;
}

function playLength(range: TimeRange, transcript: Transcript, mode: TightenMode): number {
  if (mode === 'off') return durationMs(range);
  const { removed } = tighten({ transcript, range, mode });
  return durationMs(range) - removed.reduce((sum, stretch) => sum + durationMs(stretch), 0);
}

const groupOf = ({ feature }: Reason) => feature.slice(0, feature.indexOf('.'));

function roleScore(role: PartRole, reasons: readonly Reason[], playMs: number): number {
  const weights = roleWeights[role];
  let sum = 0;
  for (const reason of reasons) sum += (weights[groupOf(reason)] ?? 0) * reason.contribution;
  // Twice as long or half as long as liked costs the same.
  const off = Math.min(1, Math.abs(Math.log2(Math.max(1, playMs) / likedMs[role])) / 1.5);
  // A logistic curve: however much speaks for something, it stays below 1.
  return 1 / (1 + Math.exp(-steepness * sum)) - lengthShare * off;
}

/** What counts in a role and speaks for it, strongest first. */
function roleReasons(role: PartRole, reasons: readonly Reason[]): Reason[] {
  const weights = roleWeights[role];
  const strength = (reason: Reason) => (weights[groupOf(reason)] ?? 0) * reason.contribution;
  return reasons
    .filter((reason) => strength(reason) > 0)
    .toSorted((one, other) => strength(other) - strength(one));
}

function meanVector(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let d = 0; d < mean.length; d++) mean[d]! += vector[d]!;
  const length = Math.hypot(...mean);
  return length === 0 ? mean : mean.map((value) => value / length);
}
