import { isAbsolute } from 'node:path';
import type { Finding } from '../../domain/rendition.ts';
import { frameToMs, overlapMs, rationalToNumber, type TimeRange } from '../../domain/time.ts';
import type { Cue, FileAsset, Timeline } from '../../domain/timeline.ts';
import { inSeconds } from './file-rules.ts';

/** Rules on stretches of a file: black, frozen, silent. What the source itself shows there is no fault of the clip. */

/** A part of a source that a stretch of the clip was taken from. */
export type SourceRange = { readonly path: string; readonly range: TimeRange };

/** How much of a stretch the source must share for it to be the source's own. */
const ownShare = 0.8;

/** Where a stretch of the timeline comes from; undefined: nothing with a picture of its own, or a place that is not known. */
export function traceRange(timeline: Timeline, range: TimeRange): SourceRange | undefined {
  const rate = timeline.frameRate;
  for (const track of timeline.tracks.toReversed()) {
    if (track.kind !== 'video') continue;
    for (const clip of track.clips) {
      const clipMs = {
        startMs: frameToMs(clip.startFrame, rate),
        endMs: frameToMs(clip.startFrame + clip.durationFrames, rate),
      };
      if (overlapMs(clipMs, range) < ownShare * (range.endMs - range.startMs)) continue;
      const asset = timeline.assets.find(({ id }) => id === clip.assetId) as FileAsset | undefined;
      if (asset?.kind !== 'file' || !asset.hasVideo || !isAbsolute(asset.path)) return undefined;
      const speed = rationalToNumber(clip.speed);
      const originMs = frameToMs(clip.sourceStartFrame, rate);
      const place = (ms: number) => Math.max(0, Math.round(originMs + (ms - clipMs.startMs) * speed));
      return { path: asset.path, range: { startMs: place(range.startMs), endMs: place(range.endMs) } };
    }
  }
  return undefined;
}

/** Whether nothing that moves was planned there: a gap, a colour, or sound alone. */
export function isPlannedStill(timeline: Timeline, range: TimeRange): boolean {
  const rate = timeline.frameRate;
  return !timeline.tracks.some(
    (track) =>
      track.kind === 'video' &&
      track.clips.some((clip) => {
        const asset = timeline.assets.find(({ id }) => id === clip.assetId);
        const startMs = frameToMs(clip.startFrame, rate);
        const endMs = frameToMs(clip.startFrame + clip.durationFrames, rate);
        return asset?.kind === 'file' && asset.hasVideo && overlapMs({ startMs, endMs }, range) > 0;
      }),
  );
}

/** Says of one black or frozen stretch whether it is a fault. `inSource`: the same measured in the source's own range. */
export function judgeStretch(
  rule: 'black' | 'frozen',
  range: TimeRange,
  origin: 'planned' | 'unknown' | { readonly inSource: readonly TimeRange[]; readonly lengthMs: number },
): Finding {
  const what = rule === 'black' ? 'black' : 'still';
  const where = `from ${inSeconds(range.startMs)} to ${inSeconds(range.endMs)}`;
  const place = { startMs: range.startMs, endMs: range.endMs };
  if (origin === 'planned') {
    return { rule, status: 'passed', text: `The picture is ${what} ${where}, as planned.`, ...place };
  }
  if (origin === 'unknown') {
    const text = `The picture is ${what} ${where}; whether the source is so too is not known.`;
    return { rule, status: 'skipped', text, ...place };
  }
  const sharedMs = origin.inSource.reduce((sum, own) => sum + own.endMs - own.startMs, 0);
  if (sharedMs >= ownShare * origin.lengthMs) {
    return {
      rule,
      status: 'passed',
      text: `The picture is ${what} ${where}: so is the source there.`,
      ...place,
    };
  }
  const text = `The picture is ${what} ${where}, and the source is not. Render it again.`;
  return { rule, status: 'failed', text, ...place };
}

/** A silent stretch that covers this much of a word has lost it, in ms. */
const lostWordMs = 200;

/** Without a timeline, silence this long is worth a warning, in ms. */
const longSilenceMs = 5000;

/** Silent stretches: a fault where words should be heard. */
export function checkSilences(silent: readonly TimeRange[], expected: Timeline | undefined): Finding[] {
  const faults = silent.flatMap((range) => {
    const lost = expected === undefined ? [] : wordsIn(range, expected.captions.cues);
    const isFault = expected === undefined ? range.endMs - range.startMs >= longSilenceMs : lost.length > 0;
    if (!isFault) return [];
    const where = `from ${inSeconds(range.startMs)} to ${inSeconds(range.endMs)}`;
    const text =
      lost.length > 0
        ? `It is silent ${where}, where "${lost.slice(0, 6).join(' ')}" should be heard. Render it again.`
        : `It is silent ${where}.`;
    return [{ rule: 'silent', status: 'failed' as const, text, startMs: range.startMs, endMs: range.endMs }];
  });
  if (faults.length > 0) return faults;
  const text =
    silent.length === 0
      ? 'No silent stretch.'
      : `${silent.length === 1 ? 'One pause' : `${silent.length} pauses`} of at most ${inSeconds(Math.max(...silent.map((range) => range.endMs - range.startMs)))}, where nobody speaks.`;
  return [{ rule: 'silent', status: 'passed', text }];
}

function wordsIn(range: TimeRange, cues: readonly Cue[]): string[] {
  return cues
    .flatMap((cue) => cue.words)
    .filter((word) => overlapMs(word, range) > Math.min(lostWordMs, (word.endMs - word.startMs) / 2))
    .map((word) => word.text);
}
