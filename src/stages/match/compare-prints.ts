import { printStepMs, type SoundPrint } from './print-sound.ts';

/** What two sounds have in common. */
export type SharedSound = {
  /** How much of each is heard in the other, 0 to 1; silence and tones do not count. Edges are found to a few seconds. */
  readonly firstShare: number;
  readonly secondShare: number;
  /** How much that is, in ms. */
  readonly sharedMs: number;
  /** What is shared lies so much later in the second, in ms: of the longest stretch that lies in one piece. */
  readonly shiftMs: number;
  /** How many of a hundred bits differ in what is shared. Of the same sound a few, of others half. */
  readonly errorPercent: number;
};

/** A print that is ready to be compared. */
export type IndexedPrint = {
  readonly print: SoundPrint;
  /** Where the places of each key begin in `places`. */
  readonly starts: Uint32Array;
  readonly places: Uint32Array;
  /** 1 where a window begins that tells one sound from another: no silence, no tone. */
  readonly lively: Uint8Array;
  /** How much of it lies in such windows, in ms. */
  readonly livelyMs: number;
};

/** By so many of its first bits a number is looked up: they are of the classifiers that Chromaprint found steadiest, and it aligns by as many. */
const keyBits = 12;

/** Stretches are judged over so many numbers, 12 s: a shorter one may be alike by chance. */
const windowSize = 96;

/**
 * Fewer errors than this in every window of a stretch, and fewer than `maxMeanPercent` over all of it, and both hear the same; of a hundred bits.
 * Measured (docs/decisions/0022): the same sound, re-encoded and levelled, stays below 21 in every window and 17 on the whole. Other recordings
 * of the same person are above 36 at the place where they are most alike; of the same synthetic voice above 21, for a few seconds.
 */
const [maxErrorPercent, maxMeanPercent] = [24, 19];

/** A stretch is this long, in ms, or most of the shorter of both sounds. */
const [minStretchMs, minStretchShare] = [20_000, 0.7];

/** So many of the places where most numbers agree are looked at: a film may hold a recording in several pieces. */
const maxShifts = 24;

/** A window with fewer different numbers is silence or a tone: everybody's are alike. */
const minDistinct = 12;

/** Prepares a print to be compared with others. */
export function indexPrint(print: SoundPrint): IndexedPrint {
  const starts = new Uint32Array((1 << keyBits) + 1);
  for (const number of print) starts[keyOf(number) + 1]! += 1;
  for (let key = 0; key < 1 << keyBits; key++) starts[key + 1]! += starts[key]!;
  const places = new Uint32Array(print.length);
  const next = starts.slice();
  for (const [place, number] of print.entries()) places[next[keyOf(number)]!++] = place;
  const lively = findLively(print);
  const covered = new Uint8Array(print.length);
  for (const [start, isLively] of lively.entries())
    if (isLively === 1) covered.fill(1, start, start + windowSize);
  return { print, starts, places, lively, livelyMs: Math.round(count(covered) * printStepMs) };
}

/** Which windows have enough different numbers, by their start: numbers are counted as the window moves on. */
function findLively(print: SoundPrint): Uint8Array {
  const lively = new Uint8Array(print.length);
  const counts = new Map<number, number>();
  for (const [at, number] of print.entries()) {
    counts.set(number, (counts.get(number) ?? 0) + 1);
    const start = at - windowSize + 1;
    if (start < 0) continue;
    if (counts.size >= minDistinct) lively[start] = 1;
    const leaving = print[start]!;
    const left = counts.get(leaving)! - 1;
    if (left === 0) counts.delete(leaving);
    else counts.set(leaving, left);
  }
  return lively;
}

/** What two sounds have in common; undefined where that is nothing that can be told from chance. */
export function comparePrints(first: IndexedPrint, second: IndexedPrint): SharedSound | undefined {
  const inFirst = new Uint8Array(first.print.length);
  const inSecond = new Uint8Array(second.print.length);
  const shorterMs = Math.min(first.livelyMs, second.livelyMs);
  const minLength = Math.min(minStretchMs, shorterMs * minStretchShare) / printStepMs;
  let longest = { shift: 0, count: 0 };
  let errors = 0;
  let compared = 0;
  for (const shift of findShifts(first.print, second)) {
    const found = markShared(first, second.print, shift, minLength, inFirst, inSecond);
    errors += found.errors;
    compared += found.count;
    if (found.count > longest.count) longest = { shift, count: found.count };
  }
  if (longest.count === 0) return undefined;
  const share = (marks: Uint8Array, { livelyMs }: IndexedPrint) =>
    livelyMs === 0 ? 0 : Math.min(1, (count(marks) * printStepMs) / livelyMs);
  return {
    firstShare: share(inFirst, first),
    secondShare: share(inSecond, second),
    sharedMs: Math.round(count(inSecond) * printStepMs),
    shiftMs: Math.round(longest.shift * printStepMs),
    errorPercent: Math.round((errors / compared / 32) * 1000) / 10,
  };
}

/** The shifts (place in the second less place in the first) at which most numbers agree by their key, the best first. */
function findShifts(first: SoundPrint, { print, starts, places }: IndexedPrint): number[] {
  const votes = new Uint32Array(first.length + print.length + 1);
  for (const [place, number] of first.entries()) {
    const key = keyOf(number);
    for (let at = starts[key]!; at < starts[key + 1]!; at++) votes[places[at]! - place + first.length]! += 1;
  }
  const best: { shift: number; votes: number }[] = [];
  for (let at = 1; at < votes.length - 1; at++) {
    // Sounds that lie half a step apart vote for both.
    const sum = votes[at - 1]! + votes[at]! + votes[at + 1]!;
    if (votes[at]! < 2 || votes[at]! < votes[at - 1]! || votes[at]! < votes[at + 1]!) continue;
    if (best.length === maxShifts && sum <= best.at(-1)!.votes) continue;
    best.push({ shift: at - first.length, votes: sum });
    best.sort((a, b) => b.votes - a.votes);
    if (best.length > maxShifts) best.pop();
  }
  return best.map(({ shift }) => shift);
}

/** Marks the stretches that are the same at a shift, and that no better shift has claimed. */
function markShared(
  { print: first, lively }: IndexedPrint,
  second: SoundPrint,
  shift: number,
  minLength: number,
  inFirst: Uint8Array,
  inSecond: Uint8Array,
): { count: number; errors: number } {
  const from = Math.max(0, -shift);
  const to = Math.min(first.length, second.length - shift);
  const differing = new Uint8Array(Math.max(0, to - from));
  for (let at = from; at < to; at++) differing[at - from] = countBits(first[at]! ^ second[at + shift]!);
  const total = { count: 0, errors: 0 };
  for (const { start, end, errors } of findStretches(differing, (start) => lively[from + start] === 1)) {
    if (end - start < minLength || errors > ((end - start) * 32 * maxMeanPercent) / 100) continue;
    for (let at = start; at < end; at++) {
      if (inFirst[from + at] === 1) continue;
      inFirst[from + at] = 1;
      inSecond[from + at + shift] = 1;
      total.count += 1;
      total.errors += differing[at]!;
    }
  }
  return total;
}

/** Where window after window has few errors: half-open, and how many bits differ there. */
function findStretches(
  differing: Uint8Array,
  isLively: (start: number) => boolean,
): { start: number; end: number; errors: number }[] {
  const stretches: { start: number; end: number; errors: number }[] = [];
  const allowed = (windowSize * 32 * maxErrorPercent) / 100;
  let sum = 0;
  for (let at = 0; at < differing.length; at++) {
    sum += differing[at]!;
    if (at >= windowSize) sum -= differing[at - windowSize]!;
    const start = at - windowSize + 1;
    if (start < 0 || sum > allowed || !isLively(start)) continue;
    const last = stretches.at(-1);
    if (last !== undefined && last.end >= start) {
      for (let more = last.end; more <= at; more++) last.errors += differing[more]!;
      last.end = at + 1;
    } else stretches.push({ start, end: at + 1, errors: sum });
  }
  return stretches;
}

function count(marks: Uint8Array): number {
  let sum = 0;
  for (const mark of marks) sum += mark;
  return sum;
}

function keyOf(number: number): number {
  return number >>> (32 - keyBits);
}

/** How many bits are set (Hacker's Delight, 5-1). */
function countBits(bits: number): number {
  let value = bits - ((bits >>> 1) & 0x55555555);
  value = (value & 0x33333333) + ((value >>> 2) & 0x33333333);
  return (((value + (value >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
