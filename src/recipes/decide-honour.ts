import { listEffective, type Decision } from '../domain/decision.ts';
import { fixedTerms, type Fix } from '../domain/fix.ts';
import type { Moment } from '../domain/moment.ts';
import type { Source } from '../domain/source.ts';
import type { TimeRange } from '../domain/time.ts';
import { overlapsTooMuch } from '../stages/choose/variety.ts';
import { foldDecisions, type FolderView, type ReviewedClip } from './decide-fold.ts';
import { readDecisions } from './decide-log.ts';
import { findFolderState, type StateClip } from './folder-state.ts';

/** What was decided about a source in earlier runs, for one that begins. */
export type EarlierDecisions = {
  /** Left out where no clips of this very content were decided on. */
  readonly view?: FolderView;
  /** Misheard words that were put right in any run: they hold for the transcript that is heard now. */
  readonly fixes: readonly Fix[];
  /** Names among them, for the glossary. */
  readonly terms: readonly string[];
  /** How many decisions are in this: the new state says so. */
  readonly decisionCount: number;
};

/**
 * Reads what was decided about the clips of a source, given the folder that holds them. Of a file that has changed since, nothing
 * holds any more: its words and times are others.
 */
export async function readEarlierDecisions(
  folder: string | undefined,
  source: Pick<Source, 'contentHash'>,
): Promise<EarlierDecisions> {
  const decisions = folder === undefined ? [] : await readDecisions(folder);
  const state = folder === undefined ? undefined : await findFolderState(folder);
  const decisionCount = decisions.length;
  if (state !== undefined && state.source.contentHash !== source.contentHash) {
    return { fixes: [], terms: [], decisionCount };
  }
  const fixes = listFixes(decisions);
  return {
    ...(state === undefined ? {} : { view: foldDecisions(state, decisions) }),
    fixes,
    terms: fixedTerms(fixes),
    decisionCount,
  };
}

function listFixes(decisions: readonly Decision[]): Fix[] {
  return listEffective(decisions).flatMap((decision) => (decision.kind === 'fix' ? [decision.detail] : []));
}

/** The clips of a run that minds what was decided before, and what must not come back. */
export type HonouredClips = {
  /** In their order, without names for those that are new. */
  readonly clips: readonly (Omit<StateClip, 'name'> & { readonly name?: string })[];
  readonly rejected: readonly Moment[];
};

/**
 * Puts what was decided above what was found: clips that were kept or pinned stay as they were cut, and first; rejected
 * moments don't come back; a clip that was trimmed by hand keeps its ends where its moment is found again. Pure.
 * `isExact`: the moments were asked for by their times, so nothing takes them away.
 */
export function honourDecisions(
  found: { readonly moments: readonly Moment[]; readonly candidates: readonly Moment[] },
  view: FolderView,
  options: { readonly count: number; readonly isExact: boolean },
): HonouredClips {
  const rejected = [
    ...view.setAside,
    ...view.clips.filter((clip) => clip.verdict === 'rejected').map((clip) => clip.moment),
  ];
  const staying = view.clips.filter((clip) => clip.verdict === 'kept');
  const edited = view.clips.filter((clip) => clip.verdict === 'open' && clip.isEdited);
  const clips: (Omit<StateClip, 'name'> & { name?: string })[] = staying.map(toStateClip);
  const isTaken = (moment: TimeRange & Moment) => clips.some((clip) => overlapsTooMuch(clip.moment, moment));
  if (options.isExact) {
    const asked = found.moments.filter((moment) => !clips.some((clip) => isSame(clip.moment, moment)));
    return { clips: [...clips, ...asked.map((moment) => ({ moment }))], rejected };
  }
  const total = Math.max(options.count, staying.length);
  for (const moment of [...found.moments, ...found.candidates]) {
    if (clips.length >= total) break;
    const byHand = edited.find((clip) => overlapsTooMuch(clip.moment, moment));
    const wanted = byHand?.moment ?? moment;
    if (isTaken(wanted) || (byHand === undefined && rejected.some((other) => overlapsTooMuch(other, moment))))
      continue;
    clips.push(byHand === undefined ? { moment } : toStateClip(byHand));
  }
  return { clips, rejected };
}

const isSame = (a: TimeRange, b: TimeRange) => a.startMs === b.startMs && a.endMs === b.endMs;

function toStateClip({ name, moment, verdict, isPinned, isEdited, keepStretches }: ReviewedClip): StateClip {
  return {
    name,
    moment,
    ...(verdict === 'open' ? {} : { verdict }),
    ...(isPinned ? { isPinned } : {}),
    ...(isEdited ? { isEdited } : {}),
    ...(keepStretches.length === 0 ? {} : { keepStretches: [...keepStretches] }),
  };
}
