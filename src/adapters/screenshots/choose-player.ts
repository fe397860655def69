import type { SeenVideo } from './page-survey.ts';

/** A video of a page and where it is: the places of the frames that lead to it, from the outermost on. */
export type PlacedVideo = {
  readonly frames: readonly number[];
  readonly video: SeenVideo;
};

/** Which video of a page is the one that is meant, or why it is not there yet. */
export type PlayerChoice =
  | { readonly status: 'ready'; readonly player: PlacedVideo }
  /** `for`: it is worth waiting so long for, in seconds; undefined: as long as anybody waits. */
  | {
      readonly status: 'waiting';
      readonly why: 'none' | 'loading' | 'broken' | 'advertisement' | 'other' | 'short';
      readonly player: PlacedVideo | undefined;
      readonly forSeconds: number | undefined;
    }
  | {
      readonly status: 'failed';
      readonly why: 'live' | 'protected' | 'short';
      readonly player: PlacedVideo;
    };

/** Smaller videos are ornaments, in square px. */
const smallestArea = 64 * 36;

/** Videos whose sizes are this near each other count as equally large. */
const sameAreaShare = 0.8;

/** A video that is longer than this is no advertisement before another, in seconds. */
const longestAdvertisementSeconds = 90;

/** How far the length of a video may be from what its page says, in seconds and as a share of it. */
const lengthSlackSeconds = 2;
const lengthSlackShare = 0.05;

/** How long a video that its browser cannot play is given to find another source, in seconds. */
const brokenForSeconds = 3;

/** After a short video ended, the next one comes within this, in seconds. */
const nextWithinSeconds = 5;

/**
 * Chooses the video that a page is about: as long as the page says that it is, else the largest one that has all the times asked for. A
 * player's own word that an advertisement runs is believed; a short video may be one. Pure.
 */
export function choosePlayer(
  videos: readonly PlacedVideo[],
  asked: { readonly lastSeconds: number; readonly declaredSeconds: number | undefined },
): PlayerChoice {
  const { lastSeconds, declaredSeconds } = asked;
  const visible = videos.filter(({ video }) => video.area >= smallestArea).toSorted(byArea);
  const waiting = (
    why: Extract<PlayerChoice, { status: 'waiting' }>['why'],
    player?: PlacedVideo,
    forSeconds?: number,
  ): PlayerChoice => ({ status: 'waiting', why, player, forSeconds });
  const [largest] = visible;
  if (largest === undefined) return waiting('none');
  const advertisement = visible.find(({ video }) => video.isAdvertisement);
  if (advertisement !== undefined) return waiting('advertisement', advertisement);

  const loaded = visible.filter(
    ({ video }) => video.durationSeconds !== undefined && video.naturalWidth > 0 && video.naturalHeight > 0,
  );
  const isDeclared = ({ video }: PlacedVideo) => fits(video.durationSeconds, declaredSeconds);
  const enough = loaded.filter(({ video }) => (video.durationSeconds ?? 0) >= lastSeconds);
  const chosen = enough.find(isDeclared) ?? enough[0];
  if (chosen !== undefined) {
    if (chosen.video.isProtected) return { status: 'failed', why: 'protected', player: chosen };
    if (declaredSeconds !== undefined && !isDeclared(chosen)) return waiting('other', chosen);
    return { status: 'ready', player: chosen };
  }
  if (largest.video.isLive) return { status: 'failed', why: 'live', player: largest };
  const short = loaded.find(isDeclared) ?? loaded[0];
  if (short === undefined) {
    const isBroken = largest.video.errorCode !== undefined;
    return isBroken ? waiting('broken', largest, brokenForSeconds) : waiting('loading', largest);
  }
  // Another one, larger, is still on its way.
  if (short !== largest && largest.video.hasSource && largest.video.errorCode === undefined) {
    return waiting('loading', largest);
  }
  const seconds = short.video.durationSeconds ?? 0;
  return isDeclared(short) || seconds > longestAdvertisementSeconds
    ? { status: 'failed', why: 'short', player: short }
    : waiting('short', short, seconds + nextWithinSeconds);
}

/** The larger first; of those about as large the longer. */
function byArea(a: PlacedVideo, b: PlacedVideo): number {
  const [small, large] = [Math.min(a.video.area, b.video.area), Math.max(a.video.area, b.video.area)];
  if (small < large * sameAreaShare) return b.video.area - a.video.area;
  return (b.video.durationSeconds ?? 0) - (a.video.durationSeconds ?? 0) || b.video.area - a.video.area;
}

function fits(seconds: number | undefined, declaredSeconds: number | undefined): boolean {
  if (seconds === undefined || declaredSeconds === undefined) return false;
  return (
    Math.abs(seconds - declaredSeconds) <= Math.max(lengthSlackSeconds, declaredSeconds * lengthSlackShare)
  );
}
