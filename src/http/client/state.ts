/// <reference lib="dom" />
import type { ReviewShownClip, ReviewSnapshot } from '../../recipes/review-snapshot.ts';

/** What the page knows: the server's word, and what is being looked at. */
export const state: {
  snapshot: ReviewSnapshot | undefined;
  /** The place of the clip that is shown, from 0: another moment in its place is shown too. */
  index: number;
  /** How far each film is, 0 to 1, by the clip's name. */
  progress: Map<string, { step: string; share: number }>;
  /** Whether a word is being written: then the words are not drawn again. */
  isWriting: boolean;
} = { snapshot: undefined, index: 0, progress: new Map(), isWriting: false };

/** The clip that is shown. */
export function currentClip(): ReviewShownClip | undefined {
  return state.snapshot?.clips[state.index];
}

const placeKey = 'pivot-review-place';

/** Remembers which clip was shown, for a reload. */
export function rememberPlace(): void {
  const { folder } = state.snapshot ?? {};
  const name = currentClip()?.name;
  if (folder !== undefined && name !== undefined)
    sessionStorage.setItem(placeKey, JSON.stringify([folder, name]));
}

/** Where to begin: the clip shown before a reload, else the first that nothing was said about. */
export function findPlace(snapshot: ReviewSnapshot): number {
  const [folder, name] = JSON.parse(sessionStorage.getItem(placeKey) ?? '[]') as string[];
  const before = folder === snapshot.folder ? snapshot.clips.findIndex((clip) => clip.name === name) : -1;
  if (before >= 0) return before;
  return Math.max(
    0,
    snapshot.clips.findIndex((clip) => clip.verdict === 'open'),
  );
}
