import { resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import type { Rational, TimeRange } from '../domain/time.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';

/** One size in which frames are handed out. Whoever looks at them asks for the smallest that will do. */
export type FrameSize = {
  /** What the frames of this size are told apart by. */
  readonly name: string;
  /** In px; the height follows from the picture's shape as a viewer sees it. */
  readonly width: number;
  /** `gray`: a byte a pixel, luma. `rgb24`: three. */
  readonly pixelFormat: 'gray' | 'rgb24';
  /** Every so many frames, counted from frame 0 of the source: 1 is each. */
  readonly everyFrames: number;
};

/** What to read of a file's picture. */
export type FramesOptions = {
  /** Index of the video stream in the file. Default: the one a viewer would see. */
  readonly streamIndex?: number;
  /** Stretches of the source in ms, sorted and apart. Frames that begin in one are handed out, and no others. */
  readonly ranges: readonly TimeRange[];
  /** The constant rate that the source is conformed to. */
  readonly frameRate: Rational;
  readonly sizes: readonly FrameSize[];
  readonly signal?: AbortSignal;
};

/** A small picture: upright, square pixels, standard dynamic range, rows without padding. */
export type SmallFrame = {
  /** The name of its size. */
  readonly size: string;
  /** Counted from the start of the source conformed to the rate. */
  readonly frame: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
};

/**
 * Pictures on their way out of a file, in order of time and, at one time, in order of the sizes. They are decoded as fast as
 * they are asked for and no faster, so memory stays flat. It can be iterated once.
 */
export interface FrameReader extends AsyncIterable<SmallFrame> {
  /** What was decoded so far, in ms of the source: each range back to its key frame, and a frame or two past its end. */
  decodedRanges(): readonly TimeRange[];
}

/** Some frames, and what was decoded so far: what the child sends. */
export type FramesReply = { frames: SmallFrame[]; decoded: TimeRange[]; isEnd: boolean };

/**
 * Opens the picture of a file for looking at it in a child process. Each range is decoded once for all sizes, from the key
 * frame before it to its end; no sound is decoded. (A file that cannot be sought in is read through once instead.) Frame numbers are those of a timeline of the same rate: gaps and uneven
 * frames are filled and thinned as a render does it. Damaged frames are left out.
 * @throws (while iterating) input.no_video, input.unreadable, tool.child_died, tool.frames_read_twice
 */
export function openFrames(path: string, options: FramesOptions): FrameReader {
  let decoded: readonly TimeRange[] = [];
  let isTaken = false;
  return {
    decodedRanges: () => decoded,
    async *[Symbol.asyncIterator]() {
      if (isTaken)
        throw new PatternPivotError(
          'tool.frames_read_twice',
          'This picture was read already: open it again.',
        );
      isTaken = true;
      const { signal, ...request } = options;
      signal?.throwIfAborted();
      const child = startChild(childModulePath(import.meta.url, './open-frames.child'), {
        title: 'The picture reader',
      });
      const onAbort = () => void child.close();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        await child.call('open', { ...request, path: resolve(path) });
        // The next frames are decoded while the caller looks at these.
        let next = readFrames(child);
        for (;;) {
          const reply = await next;
          if (!reply.isEnd) next = readFrames(child);
          decoded = reply.decoded;
          yield* reply.frames;
          if (reply.isEnd) return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener('abort', onAbort);
        await child.close();
      }
    },
  };
}

function readFrames(child: Child): Promise<FramesReply> {
  const reply = child.call<FramesReply>('read', {});
  // When the caller stops early nobody waits for these any more, and the closed child refuses them.
  reply.catch(() => {});
  return reply;
}
