import type { MouthSample, SpeakingTurn } from '../../domain/face.ts';
import { frameToMs, rationalToNumber, type Rational, type TimeRange } from '../../domain/time.ts';
import { quantile } from './geometry.ts';
import type { Appearance, FrameSpan } from './tracks.ts';

/** Who speaks when: whose mouth moves while speech is heard, made steady over time. Pure. */

/** Time is looked at in steps of this length, in ms. */
const stepMs = 100;

/** A mouth's movement is taken over this much time on either side of a step: about a word. In ms. */
const aroundMs = 450;

/**
 * A still mouth's opening trembles by 0.01 to 0.05 of its width a second with the mesh that measures it, one that speaks by 0.2
 * to 2; halfway, in ratios. Measured on recordings of one speaker at a time.
 */
const speakingMotion = 0.11;

/** Faces smaller than this part of the picture's width tremble more, in inverse proportion: a mouth of few pixels is measured badly. */
const steadyWidth = 0.09;

/** Beside a much larger face a small one is on a poster, a screen or in the background: from a third less on it needs more evidence. */
const backgroundPenalty = 2;

/** A person who was not seen within this much time may be anywhere, in ms. */
const goneMs = 700;

/** How much a step's evidence counts at most, either way, in nats. */
const mostEvidence = 2.5;

/** What speech by nobody in the picture is worth, and a face whose mouth cannot be seen, beside a mouth that does speak. */
const offScreenEvidence = -1;
const unseenMouthEvidence = -0.7;

/**
 * Where no speech is heard a moving mouth is worth this much less: detectors miss short and noisy speech, so a mouth that
 * clearly speaks still counts. In a source without any, nobody speaks.
 */
const unheardPenalty = 0.3;
const silentPenalty = 2 * mostEvidence;

/** What a change of speaker costs: shorter turns than about 0.6 s need strong evidence. */
const changeCost = 6;

/** Turns that are parted by less are one, and shorter ones are none, in ms. */
const joinedGapMs = 500;
const minTurnMs = 400;

/** A mouth's openings and how fast they change, from a person's sightings in one shot. */
export function measureMouth(sightings: Appearance['sightings'], frameRate: Rational): MouthSample[] {
  const fps = rationalToNumber(frameRate);
  const samples: MouthSample[] = [];
  let before: MouthSample | undefined;
  for (const { frame, face } of sightings) {
    if (face.mouthOpen === undefined) continue;
    const seconds = before === undefined ? Infinity : (frame - before.frame) / fps;
    const motion =
      before === undefined || seconds > 0.5 ? 0 : Math.abs(face.mouthOpen - before.open) / seconds;
    before = { frame, open: face.mouthOpen, motion };
    samples.push(before);
  }
  return samples;
}

/**
 * The turns of the people of one shot. `speech` says where speech is heard, in ms of the source; without it, where it is not
 * known, mouths alone decide.
 */
export function findTurns(
  people: readonly Appearance[],
  shot: FrameSpan,
  {
    speech,
    frameRate,
    pictureWidth,
  }: {
    readonly speech: readonly TimeRange[] | undefined;
    readonly frameRate: Rational;
    readonly pictureWidth: number;
  },
): SpeakingTurn[] {
  if (people.length === 0) return [];
  const startMs = frameToMs(shot.startFrame, frameRate);
  const endMs = frameToMs(shot.endFrame, frameRate);
  const steps = Math.max(1, Math.ceil((endMs - startMs) / stepMs));
  const widths = people.map(({ sightings }) =>
    quantile(
      sightings.map(({ face }) => face.width),
      0.5,
    ),
  );
  const largest = Math.max(...widths);
  const evidence = people.map((person, index) => {
    const width = widths[index] ?? largest;
    const still = speakingMotion * Math.max(1, (steadyWidth * pictureWidth) / Math.max(1, width));
    const smaller = Math.max(0, Math.log(largest / Math.max(1, width)) - Math.log(1.5));
    return weighMouth(person, { startMs, steps, frameRate, still, penalty: backgroundPenalty * smaller });
  });
  const isHeard = (step: number) => {
    const atMs = startMs + step * stepMs;
    return speech?.some((range) => range.startMs < atMs + 2 * stepMs && range.endMs > atMs - stepMs);
  };
  const heard = Array.from({ length: steps }, (_, step) => isHeard(step));
  const states = decide(evidence, heard, speech?.length === 0 ? silentPenalty : unheardPenalty);
  return gatherTurns(states, people, { startMs, endMs });
}

type Weighing = {
  readonly startMs: number;
  readonly steps: number;
  readonly frameRate: Rational;
  /** A motion between a still mouth's and a speaking one's. */
  readonly still: number;
  /** What the evidence is worth less. */
  readonly penalty: number;
};

/** What a person's mouth says at each step: above 0 it speaks; undefined where the person is not seen. */
function weighMouth({ sightings }: Appearance, weighing: Weighing): (number | undefined)[] {
  const { startMs, steps, frameRate, still, penalty } = weighing;
  const seenMs = sightings.map(({ frame }) => frameToMs(frame, frameRate));
  const mouth = measureMouth(sightings, frameRate).map(({ frame, motion }) => ({
    atMs: frameToMs(frame, frameRate),
    motion,
  }));
  let next = 0;
  let from = 0;
  return Array.from({ length: steps }, (_, step) => {
    const atMs = startMs + (step + 0.5) * stepMs;
    while ((seenMs[next] ?? Infinity) < atMs) next += 1;
    const awayMs = Math.min(atMs - (seenMs[next - 1] ?? -Infinity), (seenMs[next] ?? Infinity) - atMs);
    if (awayMs > goneMs) return undefined;
    while ((mouth[from]?.atMs ?? Infinity) < atMs - aroundMs) from += 1;
    let sum = 0;
    let weight = 0;
    for (let index = from; index < mouth.length; index += 1) {
      const { atMs: mouthMs, motion } = mouth[index]!;
      if (mouthMs > atMs + aroundMs) break;
      const near = 1 - Math.abs(mouthMs - atMs) / (aroundMs * 1.2);
      sum += near * motion;
      weight += near;
    }
    if (weight === 0) return unseenMouthEvidence - penalty;
    const ratio = Math.log((sum / weight + 0.01) / still);
    return Math.max(-mostEvidence, Math.min(mostEvidence, 1.5 * ratio)) - penalty;
  });
}

/** The most likely speaker of each step (Viterbi): an index, or −1 for nobody that is seen. */
function decide(
  evidence: readonly (readonly (number | undefined)[])[],
  heard: readonly (boolean | undefined)[],
  penalty: number,
): number[] {
  const states = evidence.length + 1;
  let scores = Array.from({ length: states }, () => 0);
  const cameFrom: number[][] = [];
  for (const [step, isSpeech] of heard.entries()) {
    const best = scores.indexOf(Math.max(...scores));
    const next: number[] = [];
    const from: number[] = [];
    for (let state = 0; state < states; state += 1) {
      const stays = (scores[state] ?? 0) >= (scores[best] ?? 0) - changeCost;
      from.push(stays ? state : best);
      const before = stays ? (scores[state] ?? 0) : (scores[best] ?? 0) - changeCost;
      next.push(before + weigh(evidence, state - 1, step, { isSpeech, penalty }));
    }
    cameFrom.push(from);
    scores = next;
  }
  const path = heard.map(() => -1);
  let state = scores.indexOf(Math.max(...scores));
  for (let step = heard.length - 1; step >= 0; step -= 1) {
    path[step] = state - 1;
    state = cameFrom[step]?.[state] ?? 0;
  }
  return path;
}

function weigh(
  evidence: readonly (readonly (number | undefined)[])[],
  person: number,
  step: number,
  { isSpeech, penalty }: { readonly isSpeech: boolean | undefined; readonly penalty: number },
): number {
  if (person < 0) return isSpeech === true ? offScreenEvidence : isSpeech === false ? 0 : -0.2;
  const own = evidence[person]?.[step];
  if (own === undefined) return -mostEvidence;
  // Who laughs or chews while another speaks: the liveliest mouth has it.
  const others = Math.max(0, ...evidence.map((list, index) => (index === person ? 0 : (list[step] ?? 0))));
  return own - 0.5 * others - (isSpeech === false ? penalty : 0);
}

function gatherTurns(
  states: readonly number[],
  people: readonly Appearance[],
  { startMs, endMs }: TimeRange,
): SpeakingTurn[] {
  const turns: { startMs: number; endMs: number; trackId: string }[] = [];
  for (const [step, state] of states.entries()) {
    const trackId = people[state]?.id;
    if (trackId === undefined) continue;
    const fromMs = startMs + step * stepMs;
    const toMs = Math.min(endMs, fromMs + stepMs);
    const last = turns.at(-1);
    if (last !== undefined && last.trackId === trackId && fromMs - last.endMs <= joinedGapMs) {
      last.endMs = toMs;
    } else turns.push({ startMs: fromMs, endMs: toMs, trackId });
  }
  return turns.filter((turn) => turn.endMs - turn.startMs >= minTurnMs);
}
