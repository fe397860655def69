import type { Finding } from '../../domain/rendition.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { Mark, RenderGraph } from '../../media/render-graph.ts';
import { runRender } from '../../media/run-render.ts';
import { captionBoxes, safeBox, type Box } from '../captions/layout.ts';
import { writeAss, type AssScript } from '../captions/write-ass.ts';

/** Captions inside the box that no app covers, measured: they are drawn over black, and what lights up is boxed in. */

/** How often the picture is looked at, a second, and how much smaller it is. */
const looksPerSecond = 10;
const shrink = 2;

/** Edges are smoothed, and small pictures round: this many px of the canvas are forgiven. */
const forgivenPx = 4;

/** Draws a timeline's captions over black and compares what they cover with the safe box. */
export async function checkCaptions(timeline: Timeline, options: { signal: AbortSignal }): Promise<Finding> {
  const script = writeAss(timeline);
  if (script === undefined) {
    return { rule: 'safe_box', status: 'skipped', text: 'No captions are burnt in.' };
  }
  const { marks } = await runRender(captionGraph(timeline, script), { signal: options.signal });
  const drawn = litBoxes(marks);
  return judgeBoxes(timeline, drawn);
}

/** The finding for what was seen drawn; the computed boxes join in, since they know each word at its largest. */
export function judgeBoxes(timeline: Timeline, drawn: readonly { atMs: number; box: Box }[]): Finding {
  const safe = safeBox(timeline.width, timeline.height);

  const captions = captionBoxes(timeline).map(({ startMs, box }) => ({ atMs: startMs, box }));
  // Titles are drawn, too: captions must be seen where captions belong.
  const isAnyDrawn =
    captions.length === 0 || drawn.some(({ box }) => captions.some((other) => meet(box, other.box)));
  if (drawn.length === 0 || !isAnyDrawn) {
    return {
      rule: 'safe_box',
      status: 'failed',
      text: 'The captions are not drawn at all. Check their fonts.',
    };
  }
  const all = [...drawn, ...captions];
  const excess = ({ box }: { box: Box }) =>
    Math.max(safe.left - box.left, safe.top - box.top, box.right - safe.right, box.bottom - safe.bottom);
  const worst = all.reduce((a, b) => (excess(b) > excess(a) ? b : a));
  const excessPx = Math.round(excess(worst));
  const isRight = excess(worst) <= forgivenPx;
  return {
    rule: 'safe_box',
    status: isRight ? 'passed' : 'failed',
    text: isRight
      ? 'All captions stay inside the part that no app covers.'
      : `Captions reach ${excessPx} px out of the part that no app covers. Use fewer or shorter words a cue.`,
    value: Math.max(0, excessPx),
    unit: 'px',
    startMs: worst.atMs,
  };
}

function meet(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Captions over black, boxed in: plain data. */
export function captionGraph(timeline: Timeline, script: AssScript): RenderGraph {
  const durationSeconds = (timeline.durationFrames * timeline.frameRate.den) / timeline.frameRate.num;
  const even = (value: number) => 2 * Math.round(value / shrink / 2);
  const size = `${even(timeline.width)}x${even(timeline.height)}`;
  return {
    inputs: [],
    filters: `color=c=black:s=${size}:r=${looksPerSecond}:d=${durationSeconds.toFixed(3)},format=yuv420p,ass=filename=captions.ass:fontsdir=.,scale=${timeline.width}:${timeline.height}:flags=neighbor,bbox=min_val=24[out]`,
    outputs: [{ kind: 'measure', media: 'video', label: 'out', keys: boxKeys }],
    durationSeconds,
    files: [
      { name: 'captions.ass', text: script.text },
      ...script.fontFiles.map(({ name, path }) => ({ name, copyOf: path })),
    ],
  };
}

const boxKeys = ['lavfi.bbox.x1', 'lavfi.bbox.y1', 'lavfi.bbox.x2', 'lavfi.bbox.y2'];

/** Marks tell only changes: the box at each of them. */
export function litBoxes(marks: readonly Mark[]): { atMs: number; box: Box }[] {
  const now = new Map<string, number>();
  const boxes = new Map<number, Box>();
  for (const { key, value, seconds } of marks) {
    now.set(key, Number(value));
    const [left, top, right, bottom] = boxKeys.map((name) => now.get(name));
    if (left === undefined || top === undefined || right === undefined || bottom === undefined) continue;
    boxes.set(Math.round(seconds * 1000), { left, top, right: right + 1, bottom: bottom + 1 });
  }
  return [...boxes].map(([atMs, box]) => ({ atMs, box }));
}
