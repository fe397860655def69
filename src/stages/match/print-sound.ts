import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { mainAudio } from '../../domain/media.ts';
import type { Source } from '../../domain/source.ts';
import { runRender } from '../../media/run-render.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { StageCache, StageContext } from '../stage.ts';

/**
 * The fingerprint of a sound: Chromaprint's, as the FFmpeg at hand makes it (its `chromaprint` muxer). A number of 32 bits says how the
 * harmonies move within 2.6 s; the next one is 124 ms later.
 */
export type SoundPrint = Uint32Array;

/** From one number of a print to the next: 1365 samples of 11,025 a second, as Chromaprint steps (https://acoustid.org/chromaprint). In ms. */
export const printStepMs = (1365 / 11_025) * 1000;

/** Counted up when the same sound would give another print. */
const version = 1;

/** What Chromaprint hears, in hertz. */
const sampleRateHz = 11_025;

/** As many numbers as 24 hours have: a longer file is heard so far. */
const maxSeconds = 86_400;

const printSchema = z.strictObject({ base64: z.base64() });

/**
 * Makes the fingerprint of a source's sound, all of it, in a child process; 115 KB an hour. Cached by content. Undefined where there is no sound.
 * @throws input.unreadable, tool.render_failed, tool.child_died
 */
export async function printSound(
  source: Source,
  ports: { readonly cache: StageCache },
  context: StageContext,
): Promise<SoundPrint | undefined> {
  const stream = mainAudio(source.info);
  if (stream === undefined) return undefined;
  const kept = await ports.cache.remember({
    name: 'sound-print',
    version,
    inputs: { contentHash: source.contentHash, streamIndex: stream.index },
    schema: printSchema,
    run: () =>
      withTemporaryFolder('print', async (folder) => {
        const path = join(folder, 'print.raw');
        await runChromaprint(source, stream.index, path, context);
        return { base64: (await readFile(path)).toString('base64') };
      }),
  });
  const bytes = Buffer.from(kept.base64, 'base64');
  const print = new Uint32Array(Math.floor(bytes.length / 4));
  for (let index = 0; index < print.length; index++) print[index] = bytes.readUInt32LE(index * 4);
  return print;
}

async function runChromaprint(
  { path, info }: Source,
  streamIndex: number,
  outputPath: string,
  { signal, report }: StageContext,
): Promise<void> {
  const total = info.durationMs / 1000;
  await runRender(
    {
      inputs: [
        {
          path,
          fromSeconds: 0,
          toSeconds: maxSeconds,
          neededAtSeconds: 0,
          speed: 1,
          streams: [{ index: streamIndex, label: 'in' }],
        },
      ],
      // Gaps become silence, so that places in the print are times of the file.
      filters: `[in]aresample=${sampleRateHz}:async=1:min_hard_comp=0.1:first_pts=0,aformat=sample_fmts=s16:channel_layouts=mono[out]`,
      outputs: [
        {
          kind: 'file',
          path: outputPath,
          format: 'chromaprint',
          formatOptions: { fp_format: 'raw' },
          streams: [{ kind: 'audio', label: 'out', encoder: 'pcm_s16le', options: {} }],
        },
      ],
      durationSeconds: total,
      files: [],
    },
    { signal, onProgress: (done) => report({ done: Math.min(done, total), total, unit: 's' }) },
  );
}
