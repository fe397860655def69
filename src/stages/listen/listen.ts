import { PatternPivotError } from '../../domain/errors.ts';
import { energyRangeDb, type MusicMeasures } from '../../domain/music.ts';
import { openAudio } from '../../media/open-audio.ts';
import { listenForTones } from './key.ts';
import { listenForOnsets } from './onsets.ts';
import { listenRateHz } from './spectra.ts';
import { findTempo, sharpenOnsets, tempoOfBeats, trackBeats } from './tempo.ts';

/** How a recording is listened to. */
export type ListenOptions = {
  readonly signal: AbortSignal;
  /** Hears how much was listened to, in ms. */
  readonly onProgress?: (doneMs: number) => void;
  /** Which part counts, in ms from the start. Default: all of it. */
  readonly fromMs?: number;
  readonly toMs?: number;
};

/**
 * Hears tempo, key, energy and beats of a recording. It is read once, as a stream: of hours of sound only some numbers a second are kept.
 * @throws input.no_audio, input.unreadable, tool.child_died, cancelled.*
 */
export async function listen(path: string, options: ListenOptions): Promise<MusicMeasures> {
  const { signal, onProgress, fromMs, toMs } = options;
  const ear = createEar();
  let samples = 0;
  const sound = openAudio(path, {
    sampleRateHz: listenRateHz,
    isMeasured: false,
    signal,
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  });
  try {
    for await (const block of sound) {
      ear.push(block);
      samples += block.length;
      onProgress?.((samples * 1000) / listenRateHz);
    }
  } catch (error) {
    if (!(error instanceof PatternPivotError) || error.code !== 'input.unreadable') throw error;
    throw new PatternPivotError('input.unreadable', `The sound of ${path} cannot be read: ${error.message}`, {
      cause: error,
      hint: 'Give a video or sound that plays elsewhere, such as .wav, .mp3, .m4a or .mp4.',
      context: { path },
    });
  }
  return ear.end();
}

/** Hears samples of {@link listenRateHz}, mono, as they come. */
export function createEar(): { push(samples: Float32Array): void; end(): MusicMeasures } {
  const onsets = listenForOnsets();
  const tones = listenForTones();
  return {
    push(samples) {
      onsets.push(samples);
      tones.push(samples);
    },
    end() {
      const { onsets: begun, powers } = onsets.end();
      const { key, confidence: keyConfidence, changes } = tones.end();
      const sharp = sharpenOnsets(begun);
      const { bpm, confidence } = findTempo(sharp, changes);
      const beatsMs = trackBeats(sharp, bpm);
      return {
        tempoBpm: tempoOfBeats(beatsMs) ?? bpm,
        tempoConfidence: confidence,
        key,
        keyConfidence,
        energy: toEnergy(powers),
        beatsMs,
      };
    },
  };
}

/** Loudness against the loudest, 0 to 1. */
function toEnergy(powers: Float32Array): number[] {
  const loudest = powers.reduce((most, power) => Math.max(most, power), 0);
  if (loudest < 1e-10) return Array.from(powers, () => 0);
  return Array.from(powers, (power) =>
    Math.max(0, 1 + (10 * Math.log10(Math.max(power, 1e-12) / loudest)) / energyRangeDb),
  );
}
