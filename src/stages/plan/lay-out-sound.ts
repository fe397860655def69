import type { Clip, Track } from '../../domain/timeline.ts';
import type { ZoomedPiece } from './lay-out-picture.ts';
import type { SourceMaterial } from './material.ts';

/** What is heard: a track for each that the material names, in order of their names. */
export function layOutSound(pieces: readonly ZoomedPiece[], material: SourceMaterial): Track[] {
  const tracks = new Map<string, Clip[]>();
  for (const piece of pieces) {
    for (const stretch of material.hearPiece(piece, piece.words)) {
      const clips = tracks.get(stretch.trackId) ?? [];
      tracks.set(stretch.trackId, clips);
      clips.push({
        id: `${stretch.trackId}-${clips.length + 1}`,
        assetId: stretch.assetId,
        startFrame: piece.atFrame + stretch.startFrame - piece.startFrame,
        durationFrames: stretch.endFrame - stretch.startFrame,
        sourceStartFrame: stretch.sourceStartFrame,
        speed: { num: 1, den: 1 },
        effects:
          stretch.gainDb === undefined || stretch.gainDb === 0
            ? []
            : [{ kind: 'gain', gainDb: stretch.gainDb }],
      });
    }
  }
  return [...tracks]
    .toSorted(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
    .map(([id, clips]) => ({ id, kind: 'audio', clips }));
}
