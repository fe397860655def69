import { z } from 'zod';
import { mainAudio } from '../../domain/media.ts';
import type { Source } from '../../domain/source.ts';
import { timeRangeSchema, type TimeRange } from '../../domain/time.ts';
import { openAudio } from '../../media/open-audio.ts';
import type { OpenSpeechDetector } from '../../ports/speech-detector.ts';
import { findSpeech } from '../hear/speech-segments.ts';
import type { StageCache, StageContext } from '../stage.ts';

/** Counted up when the same sound would give other speech. */
const speechVersion = 1;

const sampleRateHz = 16_000;

const speechSchema = z.array(timeRangeSchema);

/**
 * Where speech is heard in a range of a source, in ms of it: without recognising a word, so it takes seconds where hearing
 * takes minutes. Without sound: none. @throws what reading and the detector throw
 */
export async function hearSpeech(
  source: Source,
  range: TimeRange,
  ports: { readonly openSpeechDetector: OpenSpeechDetector; readonly cache: StageCache },
  context: StageContext,
): Promise<TimeRange[]> {
  const stream = mainAudio(source.info);
  if (stream === undefined) return [];
  const detector = await ports.openSpeechDetector();
  try {
    return await ports.cache.remember({
      name: 'frame-speech',
      version: speechVersion,
      inputs: {
        source: source.contentHash,
        stream: stream.index,
        startMs: range.startMs,
        endMs: range.endMs,
        detector: detector.model,
      },
      schema: speechSchema,
      run: async () => {
        const probabilities: number[] = [];
        const blocks = openAudio(source.path, {
          streamIndex: stream.index,
          sampleRateHz,
          fromMs: range.startMs,
          toMs: range.endMs,
          isMeasured: false,
          signal: context.signal,
        });
        for await (const samples of blocks) {
          context.signal.throwIfAborted();
          probabilities.push(...(await detector.push(samples)));
        }
        const windowMs = (detector.windowSamples * 1000) / sampleRateHz;
        return findSpeech(probabilities, windowMs, range.startMs);
      },
    });
  } finally {
    await detector.close();
  }
}
