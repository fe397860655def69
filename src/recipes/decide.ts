import type { Decision } from '../domain/decision.ts';
import { PatternPivotError } from '../domain/errors.ts';
import { cleanPhrase, findHeard, type HeardPlace } from '../domain/fix.ts';
import type { RemovedStretch } from '../domain/tightening.ts';
import type { TimeRange } from '../domain/time.ts';
import type { Transcript } from '../domain/transcript.ts';
import { momentAt } from '../stages/choose/choose.ts';
import { overlapsTooMuch, pickVaried } from '../stages/choose/variety.ts';
import { createCutFinder } from '../stages/shortlist/cuts.ts';
import { clipNumber, moveEnds, type FolderView, type ReviewedClip } from './decide-fold.ts';
import type { FolderState } from './folder-state.ts';
import { clipNameFor } from './output-names.ts';

/** How far an end is moved, later when positive: by whole words, or by ms. */
export type Shift = { readonly words: number } | { readonly ms: number };

/** What somebody wants to decide. */
export type Wish =
  | { readonly kind: 'keep' | 'reject' | 'pin' | 'replace'; readonly clip: string }
  /** Exactly this stretch becomes a clip that stays. */
  | { readonly kind: 'add'; readonly range: TimeRange }
  | { readonly kind: 'trim'; readonly clip: string; readonly start?: Shift; readonly end?: Shift }
  /** `index` counts the stretches that tightening cut out of the clip, from 0. */
  | { readonly kind: 'restore'; readonly clip: string; readonly index: number }
  /** `atMs`: only where the word is said at that time of the source; else wherever it was heard. */
  | { readonly kind: 'fix'; readonly heard: string; readonly right: string; readonly atMs?: number }
  | { readonly kind: 'undo' };

/** A clip is at least this long, in ms: shorter ones are slips of a key. */
const minClipMs = 1000;

/** The stamp of a decision: who it is, and when it was taken. */
export type Stamp = { readonly id: string; readonly at: string };

/**
 * Turns a wish into a decision. Pure. `removed` are the stretches that tightening cuts out of the clip as it is now.
 * @throws not_found.clip, not_found.word, conflict.* and input.* where it cannot be
 */
export function decide(
  state: FolderState,
  view: FolderView,
  wish: Wish,
  stamp: Stamp,
  removed: readonly RemovedStretch[] = [],
): Decision {
  const common = { version: 1 as const, ...stamp };
  switch (wish.kind) {
    case 'undo': {
      const last = view.effective.at(-1);
      if (last === undefined) {
        throw new PatternPivotError('conflict.nothing_to_undo', 'Nothing was decided since the last make.', {
          hint: 'What was decided before that is part of the clips: change it as you would anything else.',
        });
      }
      return { ...common, kind: 'undo', detail: { id: last.id } };
    }
    case 'fix':
      return { ...common, kind: 'fix', detail: decideFix(view.transcript, wish) };
    case 'add': {
      const moment = momentAt(wish.range, state.transcript);
      const same = view.clips.find(
        (clip) =>
          clip.foundMoment.startMs === moment.startMs &&
          clip.foundMoment.endMs === moment.endMs &&
          clip.verdict !== 'rejected',
      );
      if (same !== undefined) return { ...common, kind: 'pin', ...about(same) };
      const number = Math.max(0, ...view.clips.map((clip) => clipNumber(clip.name))) + 1;
      return { ...common, kind: 'pin', clip: freeName(number, moment.title, view), moment };
    }
    default:
      return { ...common, ...decideClip(state, view, wish, removed) };
  }
}

type ClipWish = Extract<Wish, { clip: string }>;
type WithoutStamp<T> = T extends unknown ? Omit<T, 'version' | 'id' | 'at'> : never;

function decideClip(
  state: FolderState,
  view: FolderView,
  wish: ClipWish,
  removed: readonly RemovedStretch[],
): WithoutStamp<Decision> {
  const clip = findClip(view, wish.clip);
  switch (wish.kind) {
    case 'keep':
    case 'reject':
    case 'pin':
      return { kind: wish.kind, ...about(clip) };
    case 'replace': {
      const moment = findOther(state, view, clip);
      const name = freeName(clipNumber(clip.name), moment.title, view);
      return { kind: 'replace', ...about(clip), detail: { clip: name, moment } };
    }
    case 'trim': {
      const range = moveRange(clip.foundMoment, wish, view.transcript, state.source.info.durationMs);
      const moment = moveEnds(clip.foundMoment, range, state.transcript);
      return { kind: 'trim', ...about(clip), detail: { moment } };
    }
    case 'restore': {
      const stretch = removed[wish.index];
      if (stretch === undefined) {
        const count = removed.length === 1 ? '1 stretch' : `${removed.length} stretches`;
        throw new PatternPivotError(
          'not_found.stretch',
          `${clip.name} has no cut ${wish.index + 1}: tightening took ${count} out of it.`,
          { hint: 'Its timeline lists them under metadata.pivot.tightening.', context: { clip: clip.name } },
        );
      }
      return { kind: 'restore', ...about(clip), detail: stretch };
    }
  }
}

const about = (clip: ReviewedClip) => ({ clip: clip.name, moment: clip.foundMoment });

/** A clip by its name, or by its number. @throws not_found.clip */
export function findClip(view: FolderView, name: string): ReviewedClip {
  const found =
    view.clips.find((clip) => clip.name === name) ??
    (/^\d+$/u.test(name) ? view.clips.find((clip) => clipNumber(clip.name) === Number(name)) : undefined);
  if (found !== undefined) return found;
  throw new PatternPivotError('not_found.clip', `There is no clip ${name} here.`, {
    hint: `There are ${view.clips.map((clip) => clip.name).join(', ')}.`.slice(0, 400),
    context: { clip: name },
  });
}

function freeName(number: number, title: string, view: FolderView): string {
  const taken = new Set([
    ...view.clips.map((clip) => clip.name),
    ...view.effective.flatMap((decision) => ('clip' in decision ? [decision.clip] : [])),
  ]);
  const name = clipNameFor(number, title);
  if (!taken.has(name)) return name;
  for (let count = 2; ; count++) if (!taken.has(`${name}-${count}`)) return `${name}-${count}`;
}

/** The best candidate that shares nothing with any clip, nor with what was rejected. */
function findOther(state: FolderState, view: FolderView, clip: ReviewedClip) {
  const taken = [...view.clips.map((other) => other.foundMoment), ...view.setAside];
  const free = state.candidates.filter(
    (candidate) => !taken.some((moment) => overlapsTooMuch(candidate, moment)),
  );
  const best = pickVaried(free, 1)[0];
  if (best !== undefined) return best;
  throw new PatternPivotError(
    'conflict.no_other_moment',
    `There is no other moment to put in the place of ${clip.name}: every one that was found is a clip or was rejected.`,
    { hint: 'Cut one by its times: pivot pin <folder> --at 12:30-13:05.', context: { clip: clip.name } },
  );
}

function moveRange(
  moment: TimeRange,
  wish: { readonly start?: Shift; readonly end?: Shift },
  transcript: Transcript,
  sourceMs: number,
): TimeRange {
  const { words } = transcript;
  const isInside = ({ startMs, endMs }: TimeRange) =>
    (startMs + endMs) / 2 >= moment.startMs && (startMs + endMs) / 2 < moment.endMs;
  const first = words.findIndex(isInside);
  const last = words.findLastIndex(isInside);
  const cuts = createCutFinder({ words, durationMs: transcript.durationMs }, transcript.speech);
  const moved = { startMs: moment.startMs, endMs: moment.endMs };
  const move = (shift: Shift | undefined, end: 'start' | 'end') => {
    if (shift === undefined) return;
    if ('ms' in shift) {
      if (end === 'start') moved.startMs = Math.max(0, moment.startMs + shift.ms);
      else moved.endMs = Math.min(sourceMs, moment.endMs + shift.ms);
      return;
    }
    const from = end === 'start' ? first : last;
    const to = Math.min(words.length - 1, Math.max(0, from + shift.words));
    if (from < 0 || to === from) throw cannotTrim('there is no word further on');
    if (end === 'start') moved.startMs = cuts.before(to).atMs;
    else moved.endMs = Math.min(sourceMs, cuts.after(to).atMs);
  };
  move(wish.start, 'start');
  move(wish.end, 'end');
  if (moved.endMs - moved.startMs < minClipMs) throw cannotTrim('less than a second would be left');
  if (moved.startMs === moment.startMs && moved.endMs === moment.endMs) {
    throw cannotTrim('its ends would stay where they are');
  }
  return { startMs: Math.round(moved.startMs), endMs: Math.round(moved.endMs) };
}

function cannotTrim(why: string): PatternPivotError {
  return new PatternPivotError('input.trim_impossible', `The clip cannot be trimmed like that: ${why}.`, {
    hint: 'Shift an end by words (+1w, -2w) or by seconds (+0.3s).',
  });
}

function decideFix(transcript: Transcript, wish: Extract<Wish, { kind: 'fix' }>) {
  const heard = cleanPhrase(wish.heard);
  const right = cleanPhrase(wish.right).slice(0, 200);
  const places = heard === '' ? [] : findHeard(transcript, heard);
  const here =
    wish.atMs === undefined
      ? undefined
      : places.filter(
          ({ startMs, endMs }) => wish.atMs === startMs || (wish.atMs! > startMs && wish.atMs! < endMs),
        );
  if ((here ?? places).length === 0) {
    throw new PatternPivotError(
      'not_found.word',
      `“${heard}” was not heard ${here ? 'there' : 'in this source'}.`,
      {
        hint: 'Write it as it stands in transcript.json, where every word is.',
        context: { heard },
      },
    );
  }
  if (heard === right) {
    throw new PatternPivotError('input.nothing_to_fix', `“${heard}” is written like that already.`, {
      hint: 'Give the words as they should be.',
    });
  }
  const range = ({ startMs, endMs }: HeardPlace) => ({ startMs, endMs });
  return { heard, right, ...(here === undefined ? {} : { places: here.map(range) }) };
}
