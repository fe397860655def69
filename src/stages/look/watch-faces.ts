import type { FaceSample } from '../../domain/face.ts';
import type { PictureDetail } from '../../domain/shot.ts';
import { rationalToNumber, type Rational } from '../../domain/time.ts';
import { startFaceFinder, type FaceFinder } from '../../inference/face-finder.ts';
import type { SmallFrame } from '../../media/open-frames.ts';
import { followFaces, type FaceFollower } from './follow-faces.ts';
import { measureDetail } from './measure-detail.ts';

/** The name of the size in which frames are looked at for faces. */
export const facesSizeName = 'faces';

/** Finds the faces in frames that pass by, while other things are done with the frames that it lets through. */
export interface FaceWatcher {
  /** Hands on all frames but those of the faces' size. Faces are found at the side, one frame behind at most. */
  through(frames: AsyncIterable<SmallFrame>): AsyncGenerator<SmallFrame>;
  /** The faces of a block, by its place in the list, once every frame of it has passed. */
  facesOf(block: number): Promise<readonly FaceSample[]>;
  /** Where in the same frames there is something to see, about once a second. */
  detailsOf(block: number): readonly PictureDetail[];
  close(): Promise<void>;
}

/**
 * Watches blocks (in frames, sorted, apart) for faces. Each block is looked at by itself, so that what is found in it does not
 * depend on what was watched with it. `scale` turns px of the looked-at size into px of the source.
 */
export function watchFaces(
  blocks: readonly { readonly from: number; readonly to: number }[],
  { frameRate, scale }: { frameRate: Rational; scale: number },
): FaceWatcher {
  const finder: FaceFinder = startFaceFinder();
  const samples: FaceSample[][] = blocks.map(() => []);
  const details: PictureDetail[][] = blocks.map(() => []);
  let follower: FaceFollower | undefined;
  let block = 0;
  let last: Promise<void> = Promise.resolve();
  const look = (frame: SmallFrame): void => {
    while (block < blocks.length && frame.frame >= blocks[block]!.to) {
      block += 1;
      follower = undefined;
    }
    const current = blocks[block];
    if (current === undefined || frame.frame < current.from) return;
    const list = samples[block]!;
    const lastDetail = details[block]!.at(-1);
    if (lastDetail === undefined || frame.frame - lastDetail.frame >= rationalToNumber(frameRate)) {
      details[block]!.push(measureDetail(frame));
    }
    const used = (follower ??= followFaces(finder, frameRate, scale));
    last = used.look(frame).then((sample) => void list.push(sample));
    // Whoever waits for it next is told.
    last.catch(() => {});
  };
  return {
    async *through(frames) {
      for await (const frame of frames) {
        if (frame.size !== facesSizeName) {
          yield frame;
          continue;
        }
        await last;
        look(frame);
      }
      await last;
    },
    async facesOf(index) {
      await last;
      return samples[index] ?? [];
    },
    detailsOf: (index) => details[index] ?? [],
    close: () => finder.close(),
  };
}
