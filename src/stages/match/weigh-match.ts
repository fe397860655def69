import {
  compareTitle,
  isTakeoutName,
  type ReadName,
  type ReadTitle,
  type WordWeights,
} from './file-names.ts';
import type { SharedSound } from './compare-prints.ts';

/** A video that an original is looked for. */
export type WantedVideo = {
  readonly id: string;
  readonly title: string;
  /** As the platform says it: of the Data API in whole seconds. */
  readonly durationMs?: number | undefined;
  /** ISO 8601. */
  readonly publishedAt?: string | undefined;
};

/** A file that may be the original of a video. */
export type CandidateFile = {
  /** Its name, with folders or without. */
  readonly name: string;
  /** Left out while nobody has looked into it. */
  readonly durationMs?: number | undefined;
  /** When it was recorded or encoded, as it says itself. ISO 8601. */
  readonly recordedAt?: string | undefined;
  /** Whether it lies in an archive of Takeout, which names files by the titles of videos. */
  readonly isTakeout: boolean;
};

/** What speaks for or against a match. `odds`: how many times likelier it is for the video than for any other file. */
export type Evidence = {
  readonly kind: 'id' | 'name' | 'title' | 'duration' | 'date' | 'sound';
  readonly odds: number;
  /** In words, for a person. */
  readonly text: string;
};

/** What is known of all videos in question, since what most of them have in common says nothing. */
export type VideoField = {
  readonly weigh: WordWeights;
  /** Of all videos, sorted, in ms. */
  readonly durationsMs: readonly number[];
  /** How many videos Takeout would give this file's name. */
  countNamed(name: ReadName): number;
};

/**
 * How far the length of an original is from that of its video, and how often: Takeout counts in ms, the API in whole seconds, an encoder adds
 * some frames, and somebody cuts the ends. By judgement.
 */
const nearness = [
  { withinMs: 300, share: 0.5 },
  { withinMs: 1500, share: 0.35 },
  { withinMs: 10_000, share: 0.08 },
] as const;

/** Nobody notices less. In ms. */
const sameDurationMs = 1500;

/** Videos of unknown channels last from 10 s to 3 h, every order of magnitude as often as the next. */
const durationSpread = Math.log(10_800 / 10);

/** What a file and a video say of each other, without listening. */
export function weighFacts(
  file: CandidateFile & { readonly read: ReadName },
  video: WantedVideo & { readonly read: ReadTitle },
  field: VideoField,
): Evidence[] {
  return [
    weighId(video, file.read.ids),
    weighName(file, video.read, field),
    weighDuration(file, video, field),
    weighDate(file, video),
  ].filter((evidence) => evidence !== undefined);
}

function weighId({ id }: WantedVideo, ids: readonly string[]): Evidence | undefined {
  return ids.includes(id) ? { kind: 'id', odds: 1e7, text: `its name holds the id ${id}` } : undefined;
}

function weighName(
  { isTakeout, read }: { readonly isTakeout: boolean; readonly read: ReadName },
  title: ReadTitle,
  field: VideoField,
): Evidence | undefined {
  if (isTakeout && isTakeoutName(read, title)) {
    const count = field.countNamed(read);
    return count === 1
      ? { kind: 'name', odds: 1e5, text: 'Takeout names it by this title' }
      : { kind: 'title', odds: 1e4, text: `Takeout names it by this title, which ${count} videos share` };
  }
  const likeness = compareTitle(read, title, field.weigh);
  if (likeness === undefined) return undefined;
  const text = `its name says ${Math.round(likeness * 100)} % of the title`;
  if (likeness >= 0.9) return { kind: 'title', odds: 3000, text: 'its name is the title' };
  if (likeness >= 0.6) return { kind: 'title', odds: 200, text };
  if (likeness >= 0.35) return { kind: 'title', odds: 15, text };
  return likeness >= 0.15
    ? { kind: 'title', odds: 1, text }
    : { kind: 'title', odds: 0.3, text: 'its name says something else' };
}

function weighDuration(
  { durationMs: own }: CandidateFile,
  { durationMs: wanted }: WantedVideo,
  field: VideoField,
): Evidence | undefined {
  if (own === undefined || wanted === undefined) return undefined;
  const differenceMs = Math.abs(own - wanted);
  const text = describeDifference(own - wanted);
  const at = nearness.findIndex(({ withinMs }) => differenceMs <= withinMs);
  const near = nearness[at];
  if (near === undefined) return { kind: 'duration', odds: differenceMs > wanted * 0.1 ? 0.01 : 0.1, text };
  // How often a file that is something else would lie as near, by the channel's own habits and by those of all.
  const { withinMs, share } = near;
  const overMs = nearness[at - 1]?.withinMs ?? 0;
  const alike =
    countBelow(field.durationsMs, own + withinMs + 1) - countBelow(field.durationsMs, own - withinMs) - 1;
  const byChance = (2 * (withinMs - overMs)) / (durationSpread * Math.max(1000, wanted));
  const byHabit = Math.max(0, alike) / field.durationsMs.length;
  return { kind: 'duration', odds: share / Math.max(byChance, byHabit, 1e-4), text };
}

/** How many of sorted numbers lie below a limit. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle]! < limit) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** By how much a file is longer (or, negative, shorter) than a video, in words. */
function describeDifference(byMs: number): string {
  const differenceMs = Math.abs(byMs);
  if (differenceMs <= sameDurationMs) return 'as long';
  const amount =
    differenceMs < 60_000
      ? `${(differenceMs / 1000).toFixed(1)} s`
      : `${Math.floor(differenceMs / 60_000)} min ${Math.round((differenceMs % 60_000) / 1000)} s`;
  return `${amount} ${byMs < 0 ? 'shorter' : 'longer'}`;
}

const dayMs = 86_400_000;

function weighDate({ recordedAt }: CandidateFile, { publishedAt }: WantedVideo): Evidence | undefined {
  if (recordedAt === undefined || publishedAt === undefined) return undefined;
  const days = (Date.parse(publishedAt) - Date.parse(recordedAt)) / dayMs;
  if (days < -2) return { kind: 'date', odds: 0.3, text: 'made after the video came out' };
  if (days <= 14) return { kind: 'date', odds: 5, text: 'made in the two weeks before it came out' };
  return days <= 90 ? { kind: 'date', odds: 2, text: 'made in the three months before' } : undefined;
}

/** Less sound than this is compared with nothing, in ms. */
export const minComparedMs = 15_000;

/** This share of a sound, heard again, is all of it but its ends. */
const wholeShare = 0.8;

/** What listening to a file (the first) beside the sound of a video tells; undefined where they have nothing in common. */
export function weighSound(shared: SharedSound | undefined): Evidence {
  // Music that was laid over a voice makes another sound of it, too.
  if (shared === undefined) return { kind: 'sound', odds: 0.01, text: "not the video's sound" };
  const { firstShare: ofFile, secondShare: ofVideo } = shared;
  const percent = (share: number) => `${Math.max(1, Math.round(share * 100))} %`;
  if (ofVideo >= wholeShare && ofFile >= wholeShare) {
    const text = `the same sound (${percent(ofVideo)} of it, ${shared.errorPercent} % of bits differ)`;
    return { kind: 'sound', odds: 1e7, text };
  }
  if (ofVideo >= wholeShare) {
    return {
      kind: 'sound',
      odds: 300,
      text: `holds all of the video's sound, and more: that is ${percent(ofFile)} of it`,
    };
  }
  return { kind: 'sound', odds: 0.5, text: `holds ${percent(ofVideo)} of the video's sound` };
}
