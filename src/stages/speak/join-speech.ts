import { PatternPivotError } from '../../domain/errors.ts';
import type { TimeRange } from '../../domain/time.ts';
import type { Speech } from '../../ports/voice.ts';

/** Puts spoken lines one after another: evenly loud, with the pauses of somebody who tells something. Pure. */

/** What is softer than this beside the loudest of its line is the voice's own silence, as a share. */
const silenceShare = 0.01;

/** Pauses: before the first word, after a line, after a line that ends in a question, and at the end. In ms. */
const pauses = { lead: 120, line: 260, question: 420, tail: 350 } as const;

/** Lines are brought to one level, at most by so much, in dB: more would be shouted. */
const mostChangeDb = 9;

/** How loud all of it is made: the louder half of its 20 ms, in dB. Engines differ by 20 dB, and some whisper; more than so much is their noise. */
const [usualLevelDb, mostGainDb] = [-20, 24];

/** Ends of lines come and go over so long, so that nothing clicks. In ms. */
const edgeMs = 5;

/** A line's place in what was joined, ms; `offsetMs` is where the line's own 0 came to lie. */
export type JoinedLine = TimeRange & { readonly offsetMs: number };

/** Lines that were spoken, as one sound. */
export type JoinedSpeech = {
  readonly sampleRateHz: number;
  readonly samples: Float32Array;
  readonly lines: readonly JoinedLine[];
};

/**
 * Joins spoken lines. @throws provider.voice_silent where a line holds no sound, provider.voice_changed where the voice changed its sample
 * rate in the middle
 */
export function joinSpeech(
  spoken: readonly { readonly text: string; readonly speech: Speech }[],
): JoinedSpeech {
  const sampleRateHz = spoken[0]?.speech.sampleRateHz ?? 16_000;
  const toSamples = (ms: number) => Math.round((ms / 1000) * sampleRateHz);
  const parts = spoken.map(({ text, speech }) => {
    if (speech.sampleRateHz !== sampleRateHz) {
      throw new PatternPivotError(
        'provider.voice_changed',
        `The voice spoke at ${sampleRateHz} Hz and then at ${speech.sampleRateHz} Hz.`,
        { hint: 'Check voice.baseUrl: two servers seem to answer there.' },
      );
    }
    return { text, samples: speech.samples, ...findSound(speech.samples, text) };
  });
  const levels = parts.map(({ samples, first, last }) => levelDb(samples.subarray(first, last)));
  const middle = median(levels);
  const wholeDb = Math.max(-mostGainDb, Math.min(mostGainDb, usualLevelDb - middle));
  const length =
    toSamples(pauses.lead + pauses.tail) +
    parts.reduce((sum, { first, last }) => sum + last - first, 0) +
    parts.slice(0, -1).reduce((sum, { text }) => sum + toSamples(pauseAfter(text)), 0);
  const joined = new Float32Array(length);
  const lines: JoinedLine[] = [];
  let at = toSamples(pauses.lead);
  for (const [index, { text, samples, first, last }] of parts.entries()) {
    const changeDb = Math.max(-mostChangeDb, Math.min(mostChangeDb, middle - (levels[index] ?? middle)));
    const gain = 10 ** ((changeDb + wholeDb) / 20);
    const edge = Math.max(1, toSamples(edgeMs));
    const count = last - first;
    for (let sample = 0; sample < count; sample++) {
      const fade = Math.min(1, (sample + 1) / edge, (count - sample) / edge);
      joined[at + sample] = (samples[first + sample] ?? 0) * gain * fade;
    }
    const toMs = (sample: number) => Math.round((sample / sampleRateHz) * 1000);
    lines.push({ startMs: toMs(at), endMs: toMs(at + count), offsetMs: toMs(at - first) });
    at += count + toSamples(pauseAfter(text));
  }
  const peak = joined.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  if (peak > 0.98) for (let index = 0; index < joined.length; index++) joined[index]! *= 0.98 / peak;
  return { sampleRateHz, samples: joined, lines };
}

function pauseAfter(text: string): number {
  return /[?…]["'”’)\]]*$/u.test(text.trim()) ? pauses.question : pauses.line;
}

function findSound(samples: Float32Array, text: string): { readonly first: number; readonly last: number } {
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  if (!(peak > 0.001)) {
    throw new PatternPivotError(
      'provider.voice_silent',
      `The voice gave no sound for "${text.slice(0, 60)}".`,
      {
        hint: 'Check the voice with pivot speak "Hello", or choose another one: voice.kind.',
        retryable: true,
      },
    );
  }
  const isHeard = (sample: number) => Math.abs(sample) > peak * silenceShare;
  return { first: samples.findIndex(isHeard), last: samples.findLastIndex(isHeard) + 1 };
}

/** The level of the louder half of a line's 20 ms, in dB. */
function levelDb(samples: Float32Array): number {
  const size = 320;
  const powers: number[] = [];
  for (let from = 0; from + size <= samples.length; from += size) {
    let sum = 0;
    for (let at = from; at < from + size; at++) sum += (samples[at] ?? 0) ** 2;
    powers.push(sum / size);
  }
  const loud = powers.toSorted((a, b) => b - a).slice(0, Math.ceil(powers.length / 2));
  const mean = loud.reduce((sum, power) => sum + power, 0) / Math.max(1, loud.length);
  return 10 * Math.log10(Math.max(mean, 1e-9));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? -20;
}
