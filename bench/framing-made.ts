import { join } from 'node:path';
import { runRender } from '../src/media/run-render.ts';
import type { WhoIs } from './framing-measures.ts';

/** Two real faces that cross, are hidden and leave, put together so that it is known who is where, for `bench/framing.ts`. */

/** Where the middle of a face is, from a time on in seconds; in between it goes in a straight line. */
type Stop = readonly [seconds: number, x: number, y: number];

type MadeWalker = {
  readonly who: string;
  readonly file: string;
  /** What is shown of the recording: x, y, width, height in its px, the face in the middle. */
  readonly shown: readonly [number, number, number, number];
  readonly faceWidth: number;
  readonly stops: readonly Stop[];
};

const picture = { width: 1280, height: 720 };

/** Frames a second, and seconds. */
const rate = 25;
const length = 17;

/** What is farther than this from where a face should be is not it, and two faces this near are not told apart. In face widths. */
const near = 0.6;
const tooNear = 0.9;

/** The one in front comes first; the other passes behind, is hidden by a board, and both leave and return. */
const walkers: readonly MadeWalker[] = [
  {
    who: 'A',
    file: 'bbaf2n.mpg',
    shown: [75, 30, 160, 250],
    faceWidth: 100,
    stops: [
      [0, 300, 330],
      [2, 300, 330],
      [5, 980, 330],
      [11, 980, 330],
      // Out to the right, and back from below.
      [12, 1480, 330],
      [13.5, 640, 900],
      [14.5, 640, 330],
      [length, 640, 330],
    ],
  },
  {
    who: 'B',
    file: 'lrwp9a.mpg',
    shown: [105, 20, 165, 262],
    faceWidth: 121,
    stops: [
      [0, 980, 350],
      [2, 980, 350],
      [5, 300, 350],
      [length, 300, 350],
    ],
  },
];

/** A board that goes by in front of everyone: where its left edge is. */
const board = { width: 260, from: 6, to: 10, fromX: -260, toX: 760 };

/** Makes the film of recordings that are in a folder. */
export async function makeWalkers(folder: string, path: string): Promise<string> {
  const parts = walkers.map(({ shown, faceWidth }, index) => {
    const [x, y, width, height] = shown;
    // Everybody's face is as wide as everybody else's.
    const scale = 150 / faceWidth;
    const size = `${2 * Math.round((width * scale) / 2)}:${2 * Math.round((height * scale) / 2)}`;
    return [
      `movie=walker${index}.mpg`,
      `crop=${width}:${height}:${x}:${y}`,
      'setsar=1',
      `fps=${rate}`,
      'loop=loop=-1:size=75',
      'setpts=N/25/TB',
      `scale=${size}:flags=bicubic[w${index}]`,
    ].join(',');
  });
  // The last is laid down first: the first stands in front.
  const laid = walkers.toReversed().map(({ stops }, at) => {
    const index = walkers.length - 1 - at;
    const place = `x='${expression(stops, 1)}-w/2':y='${expression(stops, 2)}-h/2'`;
    return `[l${at}][w${index}]overlay=${place}:shortest=1[l${at + 1}]`;
  });
  const share = `(t-${board.from})/${board.to - board.from}`;
  const boardX = `${board.fromX}+(${share})*${board.toX - board.fromX}`;
  const filters = [
    `color=c=0x7A8288:s=${picture.width}x${picture.height}:r=${rate}:d=${length}[l0]`,
    ...parts,
    ...laid,
    `color=c=0x503820:s=${board.width}x${picture.height}:r=${rate}:d=${length}[board]`,
    `[l${walkers.length}][board]overlay=x='if(between(t,${board.from},${board.to}),${boardX},-2000)':y=0,format=yuv420p[v]`,
  ];
  await runRender({
    inputs: [],
    filters: filters.join(';'),
    outputs: [
      {
        kind: 'file',
        path,
        format: 'mp4',
        formatOptions: {},
        streams: [
          { kind: 'video', label: 'v', encoder: 'libx264', options: { preset: 'ultrafast', crf: '12' } },
        ],
      },
    ],
    durationSeconds: length,
    files: walkers.map(({ file }, index) => ({ name: `walker${index}.mpg`, copyOf: join(folder, file) })),
  });
  return path;
}

/** Who a face in that film is; undefined while the two are in each other's way. */
export const whoWalks: WhoIs = (frame, { x, y, width, height }) => {
  const at = walkers.map(({ who, stops }) => {
    const [middleX, middleY] = [placeAt(stops, 1, frame / rate), placeAt(stops, 2, frame / rate)];
    return { who, away: Math.hypot(x + width / 2 - middleX, y + height / 2 - middleY) / width };
  });
  const [first, second] = at.toSorted((a, b) => a.away - b.away);
  if (first === undefined || second === undefined) return undefined;
  return first.away < near && second.away > tooNear ? first.who : undefined;
};

function placeAt(stops: readonly Stop[], axis: 1 | 2, seconds: number): number {
  const after = stops.findIndex(([from]) => from > seconds);
  const [from, to] = [stops[after - 1], stops[after]];
  if (from === undefined || to === undefined) return (after === 0 ? stops[0] : stops.at(-1))?.[axis] ?? 0;
  return from[axis] + ((to[axis] - from[axis]) * (seconds - from[0])) / (to[0] - from[0]);
}

/** The same as an FFmpeg expression over `t`. */
function expression(stops: readonly Stop[], axis: 1 | 2): string {
  let text = String(stops.at(-1)?.[axis] ?? 0);
  for (let index = stops.length - 2; index >= 0; index -= 1) {
    const [from, to] = [stops[index]!, stops[index + 1]!];
    const line = `${from[axis]}+(t-${from[0]})*${(to[axis] - from[axis]) / (to[0] - from[0])}`;
    text = `if(lt(t,${to[0]}),${line},${text})`;
  }
  return text;
}
