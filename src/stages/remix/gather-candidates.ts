import { joinWords } from '../../domain/caption-join.ts';
import type { Reason } from '../../domain/moment.ts';
import { durationMs, overlapMs, type TimeRange } from '../../domain/time.ts';
import type { TightenMode } from '../../domain/tightening.ts';
import type { Transcript } from '../../domain/transcript.ts';
import type { Embedder } from '../../ports/embedder.ts';
import { embedTexts } from '../shortlist/embeddings.ts';
import { quote, type Stretch } from '../shortlist/feature.ts';
import { conclusion } from '../shortlist/lexicon.ts';
import { gatherMaterial, type Material } from '../shortlist/material.ts';
import { createScorer } from '../shortlist/score.ts';
import { measureSemantics } from '../shortlist/semantics.ts';
import { straighten } from '../shortlist/signals.ts';
import { embedTopic, measureTopic, type Topic, type TopicVectors } from '../shortlist/topic.ts';
import { divideIntoUnits, type Unit } from '../shortlist/units.ts';
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

/** So many stretches around each passage are kept for each role, none of them nearly the same as a better one. */
const keptPerRole = 5;
const sameStretchShare = 0.6;

/** What is liked best for each role, in ms: a hook is short, a payoff not long. */
const likedMs: Readonly<Record<PartRole, number>> = { hook: 6000, build: 11_000, payoff: 9000 };

/** How much being far from the liked length costs at most. */
const lengthShare = 0.15;

/**
 * What features count in each role beside their own weight: by their name, else by their group. The scorer weighs openings and
 * endings lightly, as whole clips want it; what opens or closes a film of many is judged by little else. An ending need not
 * stand alone: "That is why" joins it to what came before.
 */
const roleWeights: Readonly<Record<PartRole, Readonly<Record<string, number>>>> = {
  hook: { opening: 8, alone: 3, topic: 0.4, ending: 1, substance: 0.5, delivery: 0.5, 'shape.cut-out': 3 },
  build: {
    opening: 1,
    alone: 2,
    topic: 0.5,
    ending: 2,
    'ending.conclusion': 0,
    substance: 1,
    delivery: 1,
    'shape.cut-out': 4,
  },
  payoff: {
    opening: 0,
    alone: 0.3,
    topic: 0.4,
    ending: 4,
    'ending.conclusion': 14,
    'shape.cut-out': 8,
    substance: 0.7,
    delivery: 0.5,
  },
};

/** What a conclusion that is drawn within an ending counts, where the scorer, which looks at last sentences, saw none. */
const innerConclusion = 0.45;

/** What it counts that an ending comes from the last part of its source: speakers conclude there. */
const lateBonus = 0.12;
const lateFrom = 0.75;

/** What it costs if all sentences of a part had nothing to do with the topic. */
const strayCost = 0.35;
/** An ending speaks of what is learned more than of the topic by name: so much of the cost is its. */
const strayInPayoff = 0.3;
/** Less near the topic than this, a sentence has nothing to do with it. */
const strayBelow = 0.05;

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
      const members = units.slice(stretch.from, stretch.to);
      const allReasons = addConclusion(scorer.explain(stretch), members);
      const stray = strayShare(stretch, members, topic) * strayCost;
      const late = stretch.startMs >= lateFrom * material.durationMs ? lateBonus : 0;
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
          hook: roleScore('hook', allReasons, playMs) - stray,
          build: roleScore('build', allReasons, playMs) - stray,
          payoff: roleScore('payoff', allReasons, playMs) - strayInPayoff * stray + late,
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
      for (const candidate of keepDifferent(best)) kept.set(candidate.id, candidate);
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

/** The first of a list, best first, that are not nearly the same as one before them. */
function keepDifferent(sorted: readonly RemixCandidate[]): RemixCandidate[] {
  const kept: RemixCandidate[] = [];
  for (const candidate of sorted) {
    const isLike = kept.some((other) => {
      const longerMs = Math.max(durationMs(candidate), durationMs(other));
      return overlapMs(candidate, other) > sameStretchShare * longerMs;
    });
    if (!isLike) kept.push(candidate);
    if (kept.length === keptPerRole) break;
  }
  return kept;
}

function playLength(range: TimeRange, transcript: Transcript, mode: TightenMode): number {
  if (mode === 'off') return durationMs(range);
  const { removed } = tighten({ transcript, range, mode });
  return durationMs(range) - removed.reduce((sum, stretch) => sum + durationMs(stretch), 0);
}

/** The name of the reason that says so. */
const innerConclusionName = 'ending.inner-conclusion';

/** "So here is what I learned" may stand at the beginning of an ending: the scorer looks for it at the very end. */
function addConclusion(all: readonly Reason[], members: readonly Unit[]): Reason[] {
  // Of a single sentence the scorer also looks at the one before, which is not in it.
  const isOutside = ({ feature, value }: Reason) =>
    feature === 'ending.conclusion' && value < 1 && members.length === 1;
  const reasons = all.filter((reason) => !isOutside(reason));
  if (reasons.some(({ feature }) => feature === 'ending.conclusion')) return reasons;
  const said = members.find(({ text }) => conclusion.test(straighten(text)));
  if (said === undefined) return reasons;
  const text = `Draws a conclusion: ${quote(said.text)}`;
  return [...reasons, { feature: innerConclusionName, value: 1, contribution: 0, text }];
}

/** How much of a stretch, by length, has nothing to do with the topic. */
function strayShare({ from }: Stretch, members: readonly Unit[], topic: Topic | undefined): number {
  if (topic === undefined) return 0;
  const lengthOf = (some: readonly Unit[]) => some.reduce((sum, unit) => sum + unit.text.length, 0);
  const stray = members.filter((_, index) => topic.nearness(from + index, from + index + 1) < strayBelow);
  return lengthOf(stray) / Math.max(1, lengthOf(members));
}

function strengthOf(role: PartRole, { feature, contribution }: Reason): number {
  if (feature === innerConclusionName) return role === 'payoff' ? innerConclusion : 0;
  const weights = roleWeights[role];
  const group = feature.slice(0, feature.indexOf('.'));
  return (weights[feature] ?? weights[group] ?? 0) * contribution;
}

function roleScore(role: PartRole, reasons: readonly Reason[], playMs: number): number {
  const sum = reasons.reduce((all, reason) => all + strengthOf(role, reason), 0);
  // Twice as long or half as long as liked costs the same.
  const off = Math.min(1, Math.abs(Math.log2(Math.max(1, playMs) / likedMs[role])) / 1.5);
  // A logistic curve: however much speaks for something, it stays below 1.
  return 1 / (1 + Math.exp(-steepness * sum)) - lengthShare * off;
}

/** What counts in a role and speaks for it, strongest first. */
function roleReasons(role: PartRole, reasons: readonly Reason[]): Reason[] {
  return reasons
    .filter((reason) => strengthOf(role, reason) > 0)
    .toSorted((one, other) => strengthOf(role, other) - strengthOf(role, one));
}

function meanVector(vectors: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let d = 0; d < mean.length; d++) mean[d]! += vector[d]!;
  const length = Math.hypot(...mean);
  return length === 0 ? mean : mean.map((value) => value / length);
}
