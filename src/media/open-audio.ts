import { resolve } from 'node:path';
import { PatternPivotError } from '../domain/errors.ts';
import type { Loudness } from '../domain/sound.ts';
import { childModulePath, startChild, type Child } from '../process/child.ts';

/** One of several files that are heard together. */
export type AudioInput = {
  path: string;
  /** Index of the audio stream in the file. Default: the one a listener would hear. */
  streamIndex?: number | undefined;
  /** Where the file begins in the time of them all, in ms, and how much faster its clock runs, in parts per million. */
  offsetMs: number;
  driftPpm: number;
  /** What its sound is raised by before all are added up. */
  gainDb: number;
};

/** What to read of a file's sound. */
export type AudioOptions = {
  /** Index of the audio stream in the file. Default: the one a listener would hear. Goes with one file only. */
  streamIndex?: number;
  /** Of the samples handed out, in hertz. */
  sampleRateHz: number;
  /** Where to begin and end, in ms from the start of the file. Default: all of it. */
  fromMs?: number;
  toMs?: number;
  /** False spares measuring the loudness, which takes as long as decoding. Default: true. */
  isMeasured?: boolean;
  signal?: AbortSignal;
};

/**
 * Sound on its way out of a file: an async iterable of mono blocks (−1 to 1; 10 s each but the last). It is read as fast
 * as it is asked for and no faster, so memory stays flat. It can be iterated once.
 */
export interface AudioReader extends AsyncIterable<Float32Array> {
  /**
   * Loudness (EBU R128) of what was read, of the stream as it is in the file and not of the mono mix; whole once the
   * last block was read (of several files: of their mix). Silence: −70 LUFS, peak −120 dBTP. @throws tool.audio_not_read before that, or unmeasured
   */
  loudness(): Loudness;
}

/** A block of samples, whether it is the last and, with that one, the loudness: what the child sends. */
export type AudioReply = { samples: Float32Array; isLast: boolean; loudness?: Loudness };

/** What the child is asked to open. */
export type OpenAudioRequest = Omit<AudioOptions, 'signal' | 'streamIndex'> & {
  inputs: readonly AudioInput[];
};

/**
 * Opens the sound of a file for reading in a child process; no video is decoded. Sample 0 is the start of the file (or
 * `fromMs`): a late stream, gaps and damaged packets become silence, so time stays true over hours. Surround is mixed
 * down by FFmpeg's rules. Several files are put where their offsets say, and added up.
 * @throws (while iterating) input.no_audio, input.unreadable, tool.child_died
 */
export function openAudio(from: string | readonly AudioInput[], options: AudioOptions): AudioReader {
  let loudness: Loudness | undefined;
  let isTaken = false;
  return {
    loudness() {
      if (loudness === undefined) {
        throw new PatternPivotError('tool.audio_not_read', 'The loudness is known once all sound was read.');
      }
      return loudness;
    },
    async *[Symbol.asyncIterator]() {
      if (isTaken)
        throw new PatternPivotError('tool.audio_read_twice', 'This sound was read already: open it again.');
      isTaken = true;
      options.signal?.throwIfAborted();
      const { signal, streamIndex, ...request } = options;
      const whole = {
        offsetMs: 0,
        driftPpm: 0,
        gainDb: 0,
        ...(streamIndex === undefined ? {} : { streamIndex }),
      };
      const named: readonly AudioInput[] = typeof from === 'string' ? [{ path: from, ...whole }] : from;
      const inputs = named.map((input) => Object.assign({}, input, { path: resolve(input.path) }));
      const child = startChild(childModulePath(import.meta.url, './open-audio.child'), {
        title: 'The audio reader',
      });
      const onAbort = () => void child.close();
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        await child.call('open', { ...request, inputs } satisfies OpenAudioRequest);
        // The next block is decoded while the caller works on this one.
        let next = readBlock(child);
        for (;;) {
          const reply = await next;
          if (!reply.isLast) next = readBlock(child);
          if (reply.samples.length > 0) yield reply.samples;
          if (reply.isLast) {
            loudness = reply.loudness;
            return;
          }
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

function readBlock(child: Child): Promise<AudioReply> {
  const reply = child.call<AudioReply>('read', {});
  // When the caller stops early nobody waits for this block any more, and the closed child refuses it.
  reply.catch(() => {});
  return reply;
}
