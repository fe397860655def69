import { canonicalJson } from '../stage.ts';
import type { Timeline } from '../../domain/timeline.ts';

/**
 * Variations in groups of at most `most` that read the same stretches of the same files, so that rendering them together decodes these
 * once. Framings and shapes may differ. In their order.
 */
export function shareCut<T extends { readonly timeline: Timeline }>(
  variations: readonly T[],
  most: number,
): T[][] {
  const byCut = Map.groupBy(variations, ({ timeline }) =>
    canonicalJson({
      frameRate: timeline.frameRate,
      // What a film is cut of: not how it is framed, and not its sound.
      clips: timeline.tracks
        .filter(({ kind }) => kind === 'video')
        .map(({ clips }) =>
          clips.map(({ assetId, startFrame, durationFrames, sourceStartFrame, speed }) => [
            assetId,
            startFrame,
            durationFrames,
            sourceStartFrame,
            speed,
          ]),
        ),
    }),
  );
  return [...byCut.values()].flatMap((same) => {
    // Those with the same pictures but for their captions side by side: they share the scaling too.
    const sorted = same.toSorted((a, b) => compareText(framingOf(a.timeline), framingOf(b.timeline)));
    return Array.from({ length: Math.ceil(sorted.length / most) }, (_, index) =>
      sorted.slice(index * most, (index + 1) * most),
    );
  });
}

function framingOf({ width, height, tracks }: Timeline): string {
  return canonicalJson({ width, height, tracks: tracks.filter(({ kind }) => kind === 'video') });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
