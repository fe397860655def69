import type { Clip, Track } from '../../domain/timeline.ts';

/** Clips in the order in which a track lists them. */
export function inOrder(clips: readonly Clip[]): Clip[] {
  return clips.toSorted((one, other) => one.startFrame - other.startFrame);
}

/** A video track above all others; tracks of sound stay behind those of pictures. */
export function addVideoTrack(tracks: readonly Track[], id: string, clips: readonly Clip[]): Track[] {
  const top = tracks.findLastIndex((track) => track.kind === 'video');
  return tracks.toSpliced(top + 1, 0, { id, kind: 'video', clips: inOrder(clips) });
}
