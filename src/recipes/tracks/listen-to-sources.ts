import type { LibraryAsset } from '../../domain/library.ts';
import { isAbortError, PatternPivotError } from '../../domain/errors.ts';
import { mainAudio, mainVideo } from '../../domain/media.ts';
import type { MusicMeasures } from '../../domain/music.ts';
import type { Source } from '../../domain/source.ts';
import { listen } from '../../stages/listen/listen.ts';
import { extractedBytesPerSecond, extractSound } from '../../stages/tracks/extract-sound.ts';
import { assertRoom } from '../disk-room.ts';
import { runStep, type RecipeContext } from '../events.ts';
import type { Library } from '../library/library.ts';
import { locateAsset, type LocatePorts } from '../library/locate.ts';
import type { MakePorts } from '../make-request.ts';
import type { OutputFolder } from '../output-folder.ts';

/** A source whose sound lies in a WAV of its own, and what was measured of it. */
export type HeardSource = {
  readonly asset: LibraryAsset;
  readonly source: Source;
  readonly wavPath: string;
  readonly measures: MusicMeasures;
};

/** Some of the recordings that were picked cannot be used: `ids` tells which. */
export class UnusableSources extends PatternPivotError {
  readonly ids: ReadonlySet<string>;

  constructor(unusable: readonly { readonly id: string; readonly why: string }[]) {
    super('not_found.media', unusable.map(({ why }) => why).join(' '), {
      hint: 'Put the media back, or add them from where they are: pivot add <files>',
    });
    this.ids = new Set(unusable.map(({ id }) => id));
  }
}

/** Finds the media of the sources. @throws UnusableSources when some are gone, or have no sound */
export async function openSources(
  library: Library,
  assets: readonly LibraryAsset[],
  ports: Pick<MakePorts, 'openSource'> & LocatePorts,
  context: RecipeContext,
): Promise<{ readonly asset: LibraryAsset; readonly source: Source }[]> {
  return runStep(context, 'read', async (step) => {
    const opened: { asset: LibraryAsset; source: Source }[] = [];
    const unusable: { id: string; why: string }[] = [];
    for (const asset of assets) {
      try {
        const { path } = await locateAsset(library, asset, ports, step);
        const source = await ports.openSource(path, step);
        if (mainAudio(source.info) === undefined)
          unusable.push({ id: asset.id, why: `"${asset.title}" has no sound.` });
        else opened.push({ asset, source });
      } catch (error) {
        if (isAbortError(error) || !(error instanceof PatternPivotError)) throw error;
        unusable.push({ id: asset.id, why: error.message });
      }
    }
    if (unusable.length > 0) throw new UnusableSources(unusable);
    return opened;
  });
}

/** Extracts the sound of each source into a WAV, as a stream, and hears tempo, key, energy and beats of it. */
export async function listenToSources(
  opened: readonly { readonly asset: LibraryAsset; readonly source: Source }[],
  folder: OutputFolder,
  context: RecipeContext,
): Promise<HeardSource[]> {
  const totalMs = opened.reduce((sum, { source }) => sum + source.info.durationMs, 0);
  await assertRoom([folder.path], (totalMs / 1000) * extractedBytesPerSecond);
  const wavPaths = await runStep(context, 'extract', async ({ signal, report }) => {
    const paths: string[] = [];
    let beforeMs = 0;
    for (const { source } of opened) {
      const to = folder.temporaryPath('.wav');
      const { path, info } = source;
      const streamIndex = mainAudio(info)!.index;
      await extractSound(
        { path, streamIndex, durationMs: info.durationMs, to },
        {
          signal,
          onProgress: (seconds) =>
            report({
              done: Math.round(beforeMs / 1000 + seconds),
              total: Math.round(totalMs / 1000),
              unit: 's',
            }),
        },
      );
      beforeMs += info.durationMs;
      paths.push(to);
    }
    return paths;
  });
  return runStep(
    context,
    'listen',
    async ({ signal, report }) => {
      const heard: HeardSource[] = [];
      let beforeMs = 0;
      for (const [index, { asset, source }] of opened.entries()) {
        const wavPath = wavPaths[index]!;
        const measures = await listen(wavPath, {
          signal,
          onProgress: (doneMs) =>
            report({
              done: Math.round((beforeMs + doneMs) / 1000),
              total: Math.round(totalMs / 1000),
              unit: 's',
            }),
        });
        beforeMs += source.info.durationMs;
        heard.push({ asset, source, wavPath, measures });
      }
      return heard;
    },
    { detail: (heard) => heard.map(({ measures }) => describeMeasures(measures)).join('; ') },
  );
}

/** What was heard, in a few words: `124 BPM, A minor`. */
export function describeMeasures({ tempoBpm, tempoConfidence, key }: MusicMeasures): string {
  const tempo = `${Math.round(tempoBpm)} BPM${tempoConfidence < 0.3 ? ' (hardly a beat)' : ''}`;
  return `${tempo}, ${key.tonic} ${key.mode}`;
}

/** Whether there is anything to see of a source. */
export function hasPicture({ info }: Source): boolean {
  return mainVideo(info) !== undefined;
}
