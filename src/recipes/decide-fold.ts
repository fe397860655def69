import { joinWords } from '../domain/caption-join.ts';
import { listEffective, type Decision } from '../domain/decision.ts';
import { applyFixes, fixText, type Fix } from '../domain/fix.ts';
import type { Moment } from '../domain/moment.ts';
import type { TimeRange } from '../domain/time.ts';
import type { Transcript } from '../domain/transcript.ts';
import type { FolderState } from './folder-state.ts';

/** What somebody said of a clip. */
export type Verdict = 'open' | 'kept' | 'rejected';

/** A clip with everything that was decided about it. */
export type ReviewedClip = {
  readonly name: string;
  /** With the fixes of misheard words in its title and text. */
  readonly moment: Moment;
  /** As it was found: what decisions are written down with, since fixes are put in only once. */
  readonly foundMoment: Moment;
  readonly verdict: Verdict;
  readonly isPinned: boolean;
  /** Whether its ends or its cuts were changed by hand. */
  readonly isEdited: boolean;
  /** Stretches that tightening leaves alone. */
  readonly keepStretches: readonly TimeRange[];
};

/** The clips of a folder as decided. */
export type FolderView = {
  readonly clips: readonly ReviewedClip[];
  /** Moments that must not come back: rejected in earlier runs, or replaced. */
  readonly setAside: readonly Moment[];
  /** What the last undo has not taken back yet, the latest last. */
  readonly effective: readonly Exclude<Decision, { kind: 'undo' }>[];
  readonly fixes: readonly Fix[];
  readonly transcript: Transcript;
};

/** The first number of a clip's name: `03-why-it-works` is 3. */
export function clipNumber(name: string): number {
  return Number(/^\d+/u.exec(name)?.[0] ?? 0);
}

/** Applies what was decided since the last `make` to what that left. Pure. */
export function foldDecisions(state: FolderState, decisions: readonly Decision[]): FolderView {
  const effective = listEffective(decisions.slice(state.decisionCount));
  const setAside = [...state.rejected];
  const fixes: Fix[] = [];
  type Open = Omit<ReviewedClip, 'moment'>;
  const clips = state.clips.map((clip): Open => ({
    name: clip.name,
    foundMoment: clip.moment,
    verdict: clip.verdict ?? 'open',
    isPinned: clip.isPinned ?? false,
    isEdited: clip.isEdited ?? false,
    keepStretches: clip.keepStretches ?? [],
  }));
  for (const decision of effective) {
    if (decision.kind === 'fix') {
      fixes.push(decision.detail);
      continue;
    }
    const index = clips.findIndex((clip) => clip.name === decision.clip);
    const clip = clips[index];
    if (clip === undefined) {
      // Asked for by its times: it was no clip before.
      if (decision.kind === 'pin') clips.push(newClip(decision.clip, decision.moment, 'kept', true));
      continue;
    }
    switch (decision.kind) {
      case 'keep':
        clips[index] = { ...clip, verdict: 'kept' };
        break;
      case 'pin':
        clips[index] = { ...clip, verdict: 'kept', isPinned: true };
        break;
      case 'reject':
        clips[index] = { ...clip, verdict: 'rejected', isPinned: false };
        break;
      case 'replace':
        setAside.push(clip.foundMoment);
        clips[index] = newClip(decision.detail.clip, decision.detail.moment, 'open', false);
        break;
      case 'trim':
        clips[index] = { ...clip, foundMoment: decision.detail.moment, isEdited: true };
        break;
      case 'restore': {
        const { startMs, endMs } = decision.detail;
        const keepStretches = [...clip.keepStretches, { startMs, endMs }];
        clips[index] = { ...clip, keepStretches, isEdited: true };
        break;
      }
    }
  }
  const transcript = applyFixes(state.transcript, fixes);
  return {
    clips: clips.map((clip) => putFixesIn(clip, fixes, transcript)),
    setAside,
    effective,
    fixes,
    transcript,
  };
}

function newClip(
  name: string,
  foundMoment: Moment,
  verdict: Verdict,
  isPinned: boolean,
): Omit<ReviewedClip, 'moment'> {
  return { name, foundMoment, verdict, isPinned, isEdited: false, keepStretches: [] };
}

function putFixesIn(
  clip: Omit<ReviewedClip, 'moment'>,
  fixes: readonly Fix[],
  transcript: Transcript,
): ReviewedClip {
  return { ...clip, moment: putFixes(clip.foundMoment, fixes, transcript) };
}

function putFixes(moment: Moment, fixes: readonly Fix[], transcript: Transcript): Moment {
  if (fixes.length === 0) return moment;
  return { ...moment, title: fixText(moment.title, fixes, moment), text: spokenText(moment, transcript) };
}

/** The words whose middle lies in a range. */
export function spokenText(range: TimeRange, { words }: Pick<Transcript, 'words'>): string {
  return joinWords(
    words
      .filter((word) => {
        const middleMs = (word.startMs + word.endMs) / 2;
        return middleMs >= range.startMs && middleMs < range.endMs;
      })
      .map((word) => word.text),
  );
}

/** A moment with other ends: its sentences and its text follow them, its score and its title stay. */
export function moveEnds(moment: Moment, range: TimeRange, transcript: Transcript): Moment {
  const { sentences } = transcript;
  const first = sentences.findIndex((sentence) => sentence.endMs > range.startMs);
  const last = sentences.findLastIndex((sentence) => sentence.startMs < range.endMs);
  const hasSentences = first >= 0 && last >= first;
  return {
    ...moment,
    startMs: range.startMs,
    endMs: range.endMs,
    sentenceStart: hasSentences ? first : 0,
    sentenceEnd: hasSentences ? last + 1 : 0,
    text: spokenText(range, transcript),
  };
}
