import { z } from 'zod';
import type { MusicMood } from '../../domain/music.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Script, ScriptFormat } from '../../domain/script.ts';
import type { Source } from '../../domain/source.ts';
import { frameToMs } from '../../domain/time.ts';
import type { Music } from '../../ports/music.ts';
import type { Voice } from '../../ports/voice.ts';
import { createdFrameRate, createdFrames, ducking, type MadeFile } from '../../stages/assemble/assemble.ts';
import { suggestBrief } from '../../stages/compose/suggest-brief.ts';
import { measureLoudness } from '../../stages/remix/measure-loudness.ts';
import { speakLines, type SpokenLine } from '../../stages/speak/speak-lines.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { LocatePorts } from '../library/locate.ts';
import type { MakePorts } from '../make-request.ts';
import type { OutputFolder } from '../output-folder.ts';
import { placeMedia } from './place-media.ts';

/** What making the sound of a short needs from the world. */
export type SoundPorts = Pick<MakePorts, 'openSource' | 'cache' | 'transcriber' | 'openSpeechDetector'> &
  Pick<LocatePorts, 'hashFile'>;

/** A script as it is heard. */
export type MadeVoice = {
  readonly file: MadeFile & { readonly durationMs: number };
  readonly lines: readonly SpokenLine[];
  readonly integratedLufs: number | undefined;
};

/** Counted up when the same lines would be spoken, or timed, otherwise. */
const speechVersion = 1;

/** Counted up when the same brief would be asked for again. */
const musicVersion = 1;

/** While the voice speaks the music is so much softer than it, in LU: the least that is promised is 12, and music comes and goes. */
const underVoiceLu = 18;

/** Speech is at about this loudness where it could not be measured, in LUFS. */
const usualSpeechLufs = -20;

const spokenSchema = z.array(
  z.strictObject({
    text: z.string(),
    startMs: z.int().nonnegative(),
    endMs: z.int().nonnegative(),
    words: z.array(
      z.strictObject({ text: z.string(), startMs: z.int().nonnegative(), endMs: z.int().nonnegative() }),
    ),
  }),
);

/** What formats feel like, where nobody says. */
const moods: Readonly<Record<ScriptFormat, MusicMood>> = {
  explainer: 'calm',
  list: 'bright',
  story: 'calm',
  myth: 'tense',
  question: 'playful',
};

/** Speaks a script; what was spoken before comes from the cache. @throws what the voice throws */
export async function makeVoice(
  script: Pick<Script, 'lines'>,
  voice: Voice,
  folder: OutputFolder,
  ports: SoundPorts,
  context: RecipeContext,
): Promise<MadeVoice> {
  const texts = script.lines.map(({ text }) => text);
  const path = folder.temporaryPath('.wav');
  const lines = await runStep(
    context,
    'speak',
    async (step) => {
      const inputs = { model: voice.model, texts };
      const speak = async (to: string) => (await speakLines(texts, to, { ...ports, voice }, step)).lines;
      let spoken: readonly SpokenLine[] | undefined;
      await ports.cache.rememberFile(
        {
          name: 'speech',
          version: speechVersion,
          inputs,
          run: async (temporary) => void (spoken = await speak(temporary)),
        },
        path,
      );
      // Killed between the two, the sound is there and its times are not: it is spoken again.
      return ports.cache.remember({
        name: 'spoken-lines',
        version: speechVersion,
        inputs,
        schema: spokenSchema,
        run: async () =>
          (spoken ?? (await speak(path))).map(({ text, startMs, endMs, words }) => ({
            text,
            startMs,
            endMs,
            words: [...words],
          })),
      });
    },
    { detail: (spoken) => `${((spoken.at(-1)?.endMs ?? 0) / 1000).toFixed(1)} s by ${voice.model}` },
  );
  const quiet = { signal: context.signal, report: () => {} };
  const source = await ports.openSource(path, quiet);
  const { durationMs } = source.info;
  const whole = { startMs: 0, endMs: durationMs };
  const integratedLufs = await measureLoudness(source, whole, ports, quiet);
  const provenance: Provenance = {
    kind: 'speech',
    madeBy: voice.model,
    ...voice.terms,
    isSynthetic: true,
    // Nobody takes the carried voice for a person's.
    isRealistic: !voice.model.startsWith('flite'),
  };
  const placed = await placeMedia(path, 'wav', folder, ports, quiet);
  return { file: { ...placed, provenance, durationMs }, lines, integratedLufs };
}

/** Makes music for what was spoken: as long as the short, and under the voice. @throws what the music port throws */
export async function makeBed(
  { lines, integratedLufs }: MadeVoice,
  music: Music,
  wish: {
    readonly format: ScriptFormat;
    readonly mood: MusicMood | undefined;
    readonly seed: number;
    readonly topic: string;
  },
  folder: OutputFolder,
  ports: SoundPorts,
  context: RecipeContext,
): Promise<MadeFile & { readonly durationMs: number; readonly gainDb: number }> {
  const durationMs = Math.max(1000, frameToMs(createdFrames(lines.at(-1)?.endMs ?? 0), createdFrameRate));
  const mood = wish.mood ?? moods[wish.format];
  const brief = suggestBrief({
    durationMs,
    seed: wish.seed,
    mood,
    prompt: `${mood} instrumental background music for a short video about ${wish.topic}, no vocals`.slice(
      0,
      1000,
    ),
  });
  const path = folder.temporaryPath('.wav');
  const source = await runStep(
    context,
    'compose',
    async (step): Promise<Source> => {
      const report = (share: number) => step.report({ done: Math.round(share * 100), total: 100, unit: '%' });
      await ports.cache.rememberFile(
        {
          name: 'music',
          version: musicVersion,
          inputs: { model: music.model, brief },
          run: (temporary) => music.make(brief, temporary, { signal: step.signal, report }),
        },
        path,
      );
      return ports.openSource(path, step);
    },
    { detail: () => `${mood}, ${Math.round(brief.tempoBpm)} beats a minute, by ${music.model}` },
  );
  const quiet = { signal: context.signal, report: () => {} };
  const whole = { startMs: 0, endMs: source.info.durationMs };
  const own = await measureLoudness(source, whole, ports, quiet);
  const wantedLufs = (integratedLufs ?? usualSpeechLufs) - underVoiceLu + ducking.depthDb;
  const gainDb = own === undefined ? 0 : Math.max(-60, Math.min(30, wantedLufs - own));
  const provenance: Provenance = { kind: 'music', madeBy: music.model, ...music.terms, isRealistic: false };
  const placed = await placeMedia(path, 'wav', folder, ports, quiet);
  return { ...placed, provenance, durationMs: source.info.durationMs, gainDb };
}
