import type { Framing, FramingWish, RangedWish } from '../domain/framing.ts';
import { PatternPivotError } from '../domain/errors.ts';
import type { Source } from '../domain/source.ts';
import type { TimeRange } from '../domain/time.ts';
import { frameSource, needPicture } from '../stages/frame/frame-source.ts';
import { hearSpeech } from '../stages/frame/find-speech.ts';
import { drawSheet } from '../stages/frame/sheet.ts';
import { look } from '../stages/look/look.ts';
import { runStep, type RecipeContext } from './events.ts';
import type { MakePorts } from './make-request.ts';

/** How a video is to be framed. */
export type FrameOptions = {
  /** In ms; what is left out reaches to the source's start, or its end. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly wish: FramingWish;
  readonly rangedWishes?: readonly RangedWish[];
  /** Where a picture that shows faces, crops and paths goes; none when left out. */
  readonly sheetPath?: string | undefined;
};

/**
 * Frames one video, or a range of it: who is in it, who speaks, and where a camera of the canvas's shape would be. Only the
 * range is decoded. @throws input.no_video, input.range_outside, input.focus_unknown, and what reading throws
 */
export async function frameVideo(
  path: string,
  options: FrameOptions,
  ports: Pick<MakePorts, 'openSource' | 'openSpeechDetector' | 'cache'>,
  context: RecipeContext,
): Promise<Framing> {
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  needPicture(source);
  const range = boundRange(source, options);
  const speech = await runStep(context, 'hear', (step) => hearSpeech(source, range, ports, step));
  const seen = await runStep(
    context,
    'look',
    (step) => look(source, [range], { cache: ports.cache, faces: true }, step),
    { detail: (found) => countOf(found.flatMap(({ shots }) => shots).length, 'shot') },
  );
  const [first] = seen;
  const { canvas, wish, rangedWishes } = options;
  const framing = await runStep(
    context,
    'plan',
    () =>
      Promise.resolve(
        first === undefined
          ? emptyFraming(source, canvas)
          : frameSource(source, first, range, { canvas, wish, rangedWishes, speech }),
      ),
    { detail: ({ tracks }) => countOf(tracks.length, 'person', 'people') },
  );
  assertFocus(wish, framing);
  const { sheetPath } = options;
  if (sheetPath !== undefined) {
    await runStep(context, 'render', (step) => drawSheet(source, framing, sheetPath, step));
  }
  return framing;
}

function emptyFraming(source: Source, canvas: FrameOptions['canvas']): Framing {
  const { video } = needPicture(source);
  const { displayWidth: width, displayHeight: height, frameRate } = video;
  return { version: 1, frameRate, width, height, canvas, shots: [], tracks: [] };
}

/** A person who is asked for by name must be there: else everything would be framed as if nothing had been asked. */
function assertFocus({ focus }: FramingWish, { tracks }: Framing): void {
  if (focus === undefined || ['left', 'center', 'right'].includes(focus)) return;
  if (tracks.some(({ id }) => id === focus)) return;
  const known = tracks.map(({ id }) => id).join(', ');
  throw new PatternPivotError('input.focus_unknown', `Nobody in this picture is called "${focus}".`, {
    hint: known === '' ? 'No face was found in it.' : `There are ${known}; or use left, center or right.`,
    context: { focus },
  });
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function boundRange({ info }: Source, { fromMs = 0, toMs }: FrameOptions): TimeRange {
  const { durationMs } = info;
  const endMs = toMs ?? durationMs;
  if (fromMs < durationMs && fromMs < endMs) return { startMs: fromMs, endMs: Math.min(endMs, durationMs) };
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  throw new PatternPivotError(
    'input.range_outside',
    `--from and --to ask for ${seconds(fromMs)} to ${seconds(endMs)} of a source that lasts ${seconds(durationMs)}.`,
    {
      hint: 'Choose a range inside the source, its end behind its start.',
      context: { startMs: fromMs, endMs, durationMs },
    },
  );
}
