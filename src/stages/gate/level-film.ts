import { extname, join } from 'node:path';
import { PatternPivotError } from '../../domain/errors.ts';
import { mainAudio, mainVideo } from '../../domain/media.ts';
import type { Source } from '../../domain/source.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { replaceSound } from '../../media/replace-sound.ts';
import { soundSampleRateHz, type FileOutput, type RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import { encodedSound, mp4Options } from '../render/encoding.ts';
import { firstLevelling, nextLevelling } from '../render/level-sound.ts';
import { levellingFilters, type Levelling } from '../render/sound-graph.ts';
import type { StageContext } from '../stage.ts';

/** Containers that take H.264 and AAC as they are, by the file's ending. */
const muxers: Readonly<
  Record<string, { readonly format: string; readonly options: Record<string, string> }>
> = {
  '.mp4': { format: 'mp4', options: { ...mp4Options } },
  '.m4v': { format: 'mp4', options: { ...mp4Options } },
  '.mov': { format: 'mov', options: { ...mp4Options } },
  '.mkv': { format: 'matroska', options: {} },
};

/** Each attempt encodes the sound and measures it. */
const mostAttempts = 5;

const meter = 'ebur128@measured=peak=true:framelog=quiet';

/** Whether a file's sound can be levelled without touching its picture. */
export function canLevel({ path, info }: Pick<Source, 'path' | 'info'>): boolean {
  const isKnown = muxers[extname(path).toLowerCase()] !== undefined;
  return isKnown && mainVideo(info) !== undefined && mainAudio(info) !== undefined;
}

/**
 * Brings the sound of a finished film to its loudness; its picture is copied bit by bit. `outputPath` is written directly: give a
 * temporary name. @throws input.no_sound, input.container, and what rendering throws
 */
export async function levelFilm(
  source: Source,
  target: Timeline['loudness'],
  outputPath: string,
  { signal }: Pick<StageContext, 'signal'>,
): Promise<void> {
  const { path, info } = source;
  const [video, audio] = [mainVideo(info), mainAudio(info)];
  const muxer = muxers[extname(path).toLowerCase()];
  if (video === undefined || audio === undefined || muxer === undefined) {
    throw new PatternPivotError('input.not_levelled', `The sound of ${path} cannot be levelled.`, {
      hint: 'Level it in an MP4 file with picture and sound.',
      context: { path },
    });
  }
  await withTemporaryFolder('level', async (folder) => {
    const measured = await measure(soundOf(source, audio.index, undefined), { signal });
    let levelling = firstLevelling(measured, target);
    let sound = '';
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      sound = join(folder, `attempt-${attempt}.m4a`);
      await runRender(soundOf(source, audio.index, levelling, sound), { signal });
      if (levelling === undefined) break;
      const encoded = await measure(soundOf({ path: sound, info }, 0, undefined), { signal });
      const next = nextLevelling(levelling, encoded, target);
      if (next === undefined) break;
      levelling = next;
    }
    await replaceSound(
      {
        film: path,
        videoStreamIndex: video.index,
        sound,
        to: outputPath,
        format: muxer.format,
        formatOptions: muxer.options,
      },
      { signal },
    );
  });
}

/** A stream of sound in the file's own time, levelled and encoded, or only measured. */
function soundOf(
  { path, info }: Pick<Source, 'path' | 'info'>,
  streamIndex: number,
  levelling: Levelling | undefined,
  to?: string,
): RenderGraph {
  const samples = Math.round((info.durationMs * soundSampleRateHz) / 1000);
  const encoded = encodedSound('sound');
  const output: FileOutput | undefined =
    to === undefined
      ? undefined
      : { kind: 'file', path: to, format: 'ipod', formatOptions: {}, streams: [encoded.stream] };
  const filters = [
    '[in]aformat=sample_fmts=fltp:channel_layouts=stereo',
    ...levellingFilters(levelling),
    `apad=whole_len=${samples}`,
    `atrim=end_sample=${samples}`,
    `asettb=1/${soundSampleRateHz}`,
    'asetpts=N',
  ].join(',');
  return {
    inputs: [
      {
        kind: 'sound',
        label: 'in',
        samples,
        aheadSeconds: 0,
        neededAtSeconds: 0,
        pieces: [
          {
            path,
            streamIndex,
            fromSeconds: 0,
            speed: 1,
            startSample: 0,
            samples,
            fadeInSamples: 0,
            fadeOutSamples: 0,
            gainDb: 0,
          },
        ],
      },
    ],
    filters:
      output === undefined ? `${filters},${meter}[out]` : [`${filters}[sound]`, encoded.line].join(';\n'),
    outputs: [output ?? { kind: 'measure', media: 'audio', label: 'out', keys: [] }],
    durationSeconds: info.durationMs / 1000,
    files: [],
  };
}

async function measure(graph: RenderGraph, options: { readonly signal: AbortSignal }) {
  const { loudness } = await runRender(graph, options);
  return loudness['measured'] ?? { integratedLufs: -70, rangeLu: 0, truePeakDbtp: -120 };
}
