import type { Decision } from '../domain/decision.ts';
import type { Sound } from '../domain/sound.ts';
import { frameToMs, type TimeRange } from '../domain/time.ts';
import type { Transcript, Word } from '../domain/transcript.ts';
import type { FolderView, ReviewedClip, Verdict } from './decide-fold.ts';
import type { ReviewedPlan } from './decide-plan.ts';

/** A word as the page of a review shows it. Times are ms of the source. */
export type ReviewWord = {
  readonly text: string;
  readonly startMs: number;
  /** `inside` the clip, around it, or cut out of its middle. */
  readonly place: 'before' | 'inside' | 'after' | 'removed';
  /** When it is said in the clip, in ms; left out where it is not. */
  readonly atMs?: number;
  readonly isUncertain: boolean;
  /** How often it stands in the source, written like this. */
  readonly count: number;
};

/** Where a clip's film stands. `ready` means that it shows what was decided. */
export type ReviewFilm =
  | { readonly status: 'ready'; readonly kind: 'final' | 'preview'; readonly url: string }
  | { readonly status: 'waiting' }
  | { readonly status: 'failed'; readonly problem: string };

/** A clip as the page shows it. */
export type ReviewShownClip = {
  readonly name: string;
  readonly number: number;
  readonly title: string;
  readonly verdict: Verdict;
  readonly isPinned: boolean;
  readonly isEdited: boolean;
  /** Of the moment, in ms of the source. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of the clip, with what was cut out of it taken off. */
  readonly durationMs: number;
  readonly score: number;
  readonly reasons: readonly { readonly text: string; readonly contribution: number }[];
  readonly film: ReviewFilm;
  readonly coverUrl?: string;
  /** Whether the finished film in the folder shows what was decided. */
  readonly isRendered: boolean;
  /** What its check found wrong; left out where it was not checked. */
  readonly failedChecks?: readonly string[];
  readonly words: readonly ReviewWord[];
  readonly removed: readonly (TimeRange & { readonly kind: string; readonly text: string })[];
  /** The sound around the clip: a level of 0 to 1 each `stepMs` from `startMs` on. */
  readonly wave: { readonly startMs: number; readonly stepMs: number; readonly levels: readonly number[] };
};

/** How the rendering of the kept clips goes. */
export type ReviewRendering = {
  readonly isRunning: boolean;
  readonly done: number;
  readonly total: number;
  readonly problems: readonly string[];
};

/** Everything that the page shows, sent whole after each change. */
export type ReviewSnapshot = {
  readonly source: { readonly name: string; readonly durationMs: number };
  readonly folder: string;
  readonly clips: readonly ReviewShownClip[];
  /** What undo would take back, in a few words, and the clip that it is about then. */
  readonly undo?: { readonly text: string; readonly clip?: string };
  readonly rendering: ReviewRendering;
  /** Files that were edited by hand and left alone, and the like; the latest last. */
  readonly notes: readonly string[];
};

/** What the page is told while something is done: that all changed, or how far a film is, 0 to 1. */
export type ReviewMessage =
  | { readonly kind: 'changed' }
  | { readonly kind: 'ended' }
  | {
      readonly kind: 'progress';
      readonly clip: string;
      readonly step: 'preview' | 'render' | 'check' | 'cover';
      readonly share: number;
    };

/** How many words are shown on either side of a clip. */
const aroundWords = 16;

/** How much sound is shown on either side of a clip, in ms, and in how many steps at most. */
const aroundMs = 4000;
const maxLevels = 360;

/** The level drawn as nothing, in dBFS: a quiet room. */
const floorDbfs = -55;

/** The words of a clip and around it. Pure. */
export function showWords(
  { moment }: Pick<ReviewedClip, 'moment'>,
  plan: Pick<ReviewedPlan, 'timeline' | 'removed'>,
  transcript: Transcript,
  counts: ReadonlyMap<string, number>,
): ReviewWord[] {
  const { words } = transcript;
  const middle = (word: Word) => (word.startMs + word.endMs) / 2;
  const first = words.findIndex((word) => middle(word) >= moment.startMs);
  const end = words.findLastIndex((word) => middle(word) < moment.endMs) + 1;
  const from = first < 0 ? words.length : first;
  const spoken = plan.timeline.captions.cues.flatMap((cue) => cue.words);
  let next = 0;
  /** Where a word stands, and when it is said; both lists are in the same order, and what was cut out has no caption. */
  const placeOf = (word: Word): Pick<ReviewWord, 'place' | 'atMs'> => {
    if (middle(word) < moment.startMs) return { place: 'before' };
    if (middle(word) >= moment.endMs) return { place: 'after' };
    if (isCutOut(word, plan.removed)) return { place: 'removed' };
    const said = spoken[next];
    if (said === undefined || said.text !== word.text) return { place: 'inside' };
    next++;
    return { place: 'inside', atMs: said.startMs };
  };
  const show = (word: Word): ReviewWord => ({
    text: word.text,
    startMs: word.startMs,
    isUncertain: word.uncertain === true,
    count: counts.get(plainWord(word.text)) ?? 1,
    ...placeOf(word),
  });
  return words.slice(Math.max(0, from - aroundWords), Math.max(end, from) + aroundWords).map(show);
}

function isCutOut(word: Word, removed: readonly TimeRange[]): boolean {
  const middleMs = (word.startMs + word.endMs) / 2;
  return removed.some(({ startMs, endMs }) => middleMs >= startMs && middleMs < endMs);
}

/** A word without case and the punctuation around it. */
export function plainWord(text: string): string {
  return text.toLowerCase().replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}\p{M}]+$/gu, '');
}

/** How often each word stands in a transcript. */
export function countWords(transcript: Transcript): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of transcript.words) {
    const plain = plainWord(word.text);
    counts.set(plain, (counts.get(plain) ?? 0) + 1);
  }
  return counts;
}

/** The sound of a clip and around it. Pure. */
export function showWave(range: TimeRange, sound: Sound | undefined): ReviewShownClip['wave'] {
  if (sound === undefined) return { startMs: range.startMs, stepMs: 1, levels: [] };
  const { envelopeDbfs, envelopeWindowMs } = sound;
  const from = Math.max(0, Math.floor((range.startMs - aroundMs) / envelopeWindowMs));
  const to = Math.min(envelopeDbfs.length, Math.ceil((range.endMs + aroundMs) / envelopeWindowMs));
  const merge = Math.max(1, Math.ceil((to - from) / maxLevels));
  const levels: number[] = [];
  for (let at = from; at < to; at += merge) {
    const loudest = Math.max(...envelopeDbfs.slice(at, Math.min(to, at + merge)));
    const level = Math.min(1, Math.max(0, (loudest - floorDbfs) / -floorDbfs));
    levels.push(Math.round(level ** 2 * 100) / 100);
  }
  return { startMs: from * envelopeWindowMs, stepMs: merge * envelopeWindowMs, levels };
}

/** How long a planned clip plays, in ms. */
export function playingMs({ timeline }: Pick<ReviewedPlan, 'timeline'>): number {
  return frameToMs(timeline.durationFrames, timeline.frameRate);
}

/** A decision in a few words, for what undo takes back. */
export function describeDecision(decision: Decision, view: FolderView): string {
  const which = (name: string) => {
    const index = view.clips.findIndex((clip) => clip.name === name);
    return index < 0 ? name : `clip ${index + 1}`;
  };
  switch (decision.kind) {
    case 'keep':
      return `keep ${which(decision.clip)}`;
    case 'reject':
      return `reject ${which(decision.clip)}`;
    case 'pin':
      return `pin ${which(decision.clip)}`;
    case 'replace':
      return `another moment for ${which(decision.detail.clip)}`;
    case 'trim':
      return `trim ${which(decision.clip)}`;
    case 'restore':
      return `take back a cut in ${which(decision.clip)}`;
    case 'fix':
      return decision.detail.right === ''
        ? `remove “${decision.detail.heard}”`
        : `fix “${decision.detail.right}”`;
    case 'undo':
      return 'undo';
  }
}
