import type { Timeline } from '../../domain/timeline.ts';
import type { RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import type { AssScript } from './ass-script.ts';

/** What a still of captions is drawn over, and as what it is written. */
export type StillRequest = {
  /** Times of the timeline in ms, rising: a picture each, one below the other. */
  readonly atMs: readonly number[];
  /** Absolute path; it is written directly. */
  readonly path: string;
  /** `png`, or `gray`: a byte a pixel, row by row, nothing else. */
  readonly format: 'png' | 'gray';
  /** A colour `#RRGGBB`, or two from top to bottom. */
  readonly background: readonly [string, ...string[]];
  /** Width of a picture in px; the canvas's own when left out. */
  readonly widthPx?: number;
};

/** Draws a script over a plain background at some moments, as one picture with the moments one below the other. */
export async function drawStill(
  timeline: Pick<Timeline, 'width' | 'height'>,
  script: AssScript | undefined,
  request: StillRequest,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  await runRender(stillGraph(timeline, script, request), options);
}

/** The same as plain data. */
export function stillGraph(
  timeline: Pick<Timeline, 'width' | 'height'>,
  script: AssScript | undefined,
  request: StillRequest,
): RenderGraph {
  const { atMs, background, format } = request;
  const size = `${timeline.width}x${timeline.height}`;
  const [top, bottom = top] = background.map((color) => color.replace('#', '0x'));
  const paint =
    top === bottom
      ? `color=c=${top}:s=${size}`
      : `gradients=s=${size}:c0=${top}:c1=${bottom}:x0=0:y0=0:x1=0:y1=${timeline.height}:nb_colors=2:seed=1:speed=0.00001`;
  // One frame for each moment: frame n shows the captions of the n-th time.
  const times = atMs
    .map((ms, index) =>
      index === 0 ? seconds(ms) : `+gte(N,${index})*${seconds(ms - (atMs[index - 1] ?? 0))}`,
    )
    .join('');
  const captions = script === undefined ? [] : ['ass=filename=captions.ass:fontsdir=.'];
  const chain = [
    `${paint}:r=25:d=${(atMs.length / 25).toFixed(3)}`,
    'format=rgb24',
    `setpts=(${times})/TB`,
    ...captions,
    'setpts=N/25/TB',
    ...(request.widthPx === undefined ? [] : [`scale=${request.widthPx}:-2:flags=area`]),
    `tile=1x${atMs.length}`,
    `format=${format === 'png' ? 'rgb24' : 'gray'}`,
  ];
  return {
    inputs: [],
    filters: `${chain.join(',')}[still]`,
    outputs: [
      {
        kind: 'file',
        path: request.path,
        format: format === 'png' ? 'image2pipe' : 'rawvideo',
        formatOptions: {},
        streams: [
          {
            kind: 'video',
            label: 'still',
            encoder: format === 'png' ? 'png' : 'rawvideo',
            options: {},
          },
        ],
      },
    ],
    durationSeconds: 0,
    files: [
      ...(script === undefined ? [] : [{ name: 'captions.ass', text: script.text }]),
      ...(script?.fontFiles ?? []).map(({ name, path }) => ({ name, copyOf: path })),
    ],
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
