import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { withFileErrors } from '../../domain/file-error.ts';
import type { MusicBrief } from '../../domain/music.ts';
import { temporaryFileName } from '../../domain/temporary-name.ts';
import { masterSound } from '../../media/master-sound.ts';

/** How loud finished music is, and its highest peak: louder than it is needed anywhere, softer than what clips. */
export const musicLevels = { integratedLufs: -16, truePeakDbtp: -1.5 } as const;

/** What a model plays is stopped rather than ended: it goes softly, over this long at most. In ms. */
const mostFadeMs = 2500;

/** Beats of a bar. */
const barBeats = 4;

/** A maker's recording on its way to the finished file. */
type Recording = {
  readonly path: string;
  /** How long it is, in ms. Left out, it is as long as was asked and ends by itself. */
  readonly lengthMs?: number;
};

/**
 * Writes the finished file: as long as the brief says, levelled, whole or not at all. A model's recording that is shorter begins again on a
 * bar, faded over; and it fades at the end.
 */
export async function finishMusic(
  recording: Recording,
  brief: MusicBrief,
  path: string,
  options: { readonly signal: AbortSignal; readonly report: (doneShare: number) => void },
): Promise<void> {
  const whole = join(dirname(path), temporaryFileName('.wav'));
  const { durationMs } = brief;
  const { lengthMs } = recording;
  try {
    await masterSound(
      {
        from: recording.path,
        to: whole,
        durationMs,
        ...musicLevels,
        ...(lengthMs === undefined ? {} : { fadeInMs: 10, fadeOutMs: Math.min(mostFadeMs, durationMs / 4) }),
        ...(lengthMs === undefined || lengthMs >= durationMs ? {} : { loop: planLoop(lengthMs, brief) }),
      },
      { signal: options.signal, onProgress: options.report },
    );
    await withFileErrors(path, () => rename(whole, path));
  } finally {
    await rm(whole, { force: true });
  }
  options.report(1);
}

/** After how long a recording begins again: whole bars where it has some, else nearly all of it. */
export function planLoop(
  lengthMs: number,
  { tempoBpm }: Pick<MusicBrief, 'tempoBpm'>,
): { readonly everyMs: number; readonly crossFadeMs: number } {
  const beatMs = 60_000 / tempoBpm;
  const crossFadeMs = Math.min(beatMs, lengthMs / 4);
  const barMs = beatMs * barBeats;
  const bars = Math.floor((lengthMs - crossFadeMs) / barMs);
  return { everyMs: bars > 0 ? bars * barMs : lengthMs - crossFadeMs, crossFadeMs };
}

/** What moods are in words that a model knows. */
const words: Readonly<Record<MusicBrief['mood'], string>> = {
  calm: 'calm, warm, gentle background music with soft piano and pads',
  bright: 'bright, cheerful, uplifting acoustic pop with guitar and light drums',
  tense: 'tense, suspenseful cinematic underscore with low strings and percussion',
  driving: 'driving, energetic electronic music with bass and a steady beat',
  sad: 'sad, tender, slow piano and strings',
  playful: 'playful, light, quirky music with pizzicato strings and woodwinds',
};

/** A brief in words: what was written for models, else its mood, and always tempo and key. */
export function describeBrief({ prompt, mood, tempoBpm, key }: MusicBrief): string {
  const wanted = prompt?.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  const about = wanted === undefined || wanted === '' ? words[mood] : wanted;
  return `${about}, ${Math.round(tempoBpm)} bpm, in ${key.tonic} ${key.mode}, instrumental`.toWellFormed();
}
