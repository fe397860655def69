import type { Timeline } from '../../domain/timeline.ts';
import type { RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import type { AssScript } from './ass-script.ts';
import type { Box } from './safe-box.ts';

/** Moments of a script, drawn over a plain background one below the other. */
export type StillColumn = {
  readonly canvas: Pick<Timeline, 'width' | 'height'>;
  readonly script: AssScript | undefined;
  /** Times of the timeline in ms, rising. */
  readonly atMs: readonly number[];
  /** A colour `#RRGGBB`, or two: from top to bottom. */
  readonly background: readonly [string, ...string[]];
  /** A thin frame, in px of the canvas: to show the safe box. */
  readonly frame?: Box;
};

/** As what stills are written. */
export type StillRequest = {
  /** Absolute path; it is written directly. */
  readonly path: string;
  /** `png`, `jpeg`, or `gray`: a byte a pixel, row by row, nothing else. */
  readonly format: 'png' | 'jpeg' | 'gray';
  /** Width of each column in px; the canvas's own when left out. */
  readonly widthPx?: number;
};

/** Draws columns of stills side by side as one picture. They must be equally high. */
export async function drawStills(
  columns: readonly StillColumn[],
  request: StillRequest,
  options: { readonly signal: AbortSignal },
): Promise<void> {
  await runRender(stillGraph(columns, request), options);
}

/** How each format is written: FFmpeg's muxer, encoder, pixel format and options. */
const formats = {
  png: { format: 'image2pipe', encoder: 'png', pixels: 'rgb24', options: {} },
  jpeg: { format: 'mjpeg', encoder: 'mjpeg', pixels: 'yuvj444p', options: { qmin: '2', qmax: '3' } },
  gray: { format: 'rawvideo', encoder: 'rawvideo', pixels: 'gray', options: {} },
} as const;

/** The same as plain data. */
export function stillGraph(columns: readonly StillColumn[], request: StillRequest): RenderGraph {
  const { format, encoder, pixels, options } = formats[request.format];
  const chains = columns.map((column, index) => `${columnChain(column, index, request)}[c${index}]`);
  const inputs = columns.map((_, index) => `[c${index}]`).join('');
  const join = columns.length === 1 ? 'null' : `hstack=inputs=${columns.length}`;
  const fonts = new Map(
    columns.flatMap(({ script }) => (script?.fontFiles ?? []).map((file) => [file.name, file.path])),
  );
  return {
    inputs: [],
    filters: [...chains, `${inputs}${join},format=${pixels}[still]`].join(';\n'),
    outputs: [
      {
        kind: 'file',
        path: request.path,
        format,
        formatOptions: {},
        streams: [{ kind: 'video', label: 'still', encoder, options }],
      },
    ],
    durationSeconds: 0,
    files: [
      ...columns.flatMap(({ script }, index) =>
        script === undefined ? [] : [{ name: scriptName(index), text: script.text }],
      ),
      ...[...fonts].map(([name, path]) => ({ name, copyOf: path })),
    ],
  };
}

function scriptName(index: number): string {
  return `captions-${index}.ass`;
}

function columnChain(column: StillColumn, index: number, request: StillRequest): string {
  const { canvas, atMs, background, frame, script } = column;
  const size = `${canvas.width}x${canvas.height}`;
  const [top, bottom = top] = background.map((color) => color.replace('#', '0x'));
  const paint =
    top === bottom
      ? `color=c=${top}:s=${size}`
      : `gradients=s=${size}:c0=${top}:c1=${bottom}:x0=0:y0=0:x1=0:y1=${canvas.height - 1}:nb_colors=2:seed=1:speed=0.00001`;
  const thick = Math.max(1, Math.round(canvas.width / 400));
  return [
    `${paint}:r=25:d=${(atMs.length / 25).toFixed(3)}`,
    'format=rgb24',
    ...(frame === undefined
      ? []
      : [
          `drawbox=x=${Math.round(frame.left)}:y=${Math.round(frame.top)}:w=${Math.round(frame.right - frame.left)}:h=${Math.round(frame.bottom - frame.top)}:t=${thick}:c=white@0.35`,
        ]),
    // Frame n shows the n-th moment.
    `setpts=${sumTimes(atMs)}`,
    ...(script === undefined ? [] : [`ass=filename=${scriptName(index)}:fontsdir=.`]),
    'setpts=N/25/TB',
    ...(request.widthPx === undefined ? [] : [`scale=${request.widthPx}:-2:flags=area`]),
    `tile=1x${atMs.length}`,
  ].join(',');
}

/** The times as a sum of steps, each from its frame on: an expression for `setpts`, quoted for its commas. */
function sumTimes(atMs: readonly number[]): string {
  const steps = atMs.map((ms, index) => {
    const seconds = ((ms - (atMs[index - 1] ?? 0)) / 1000).toFixed(3);
    return index === 0 ? seconds : `gte(N,${index})*${seconds}`;
  });
  return `'(${steps.join('+')})/TB'`;
}
