import { PatternPivotError } from '../domain/errors.ts';
import type { ShotList } from '../domain/shot.ts';
import type { TimeRange } from '../domain/time.ts';
import { listShots } from '../stages/look/list-shots.ts';
import { runStep, type RecipeContext } from './events.ts';
import type { MakePorts } from './make-request.ts';

/** Which part of a source is asked for, in ms; what is left out reaches to its start, or its end. */
export type ShotsRange = { readonly fromMs?: number; readonly toMs?: number };

/** Finds the shots of one video. @throws input.no_video, input.range_outside, and what reading throws */
export async function findShots(
  path: string,
  { fromMs = 0, toMs }: ShotsRange,
  ports: Pick<MakePorts, 'openSource' | 'cache'>,
  context: RecipeContext,
): Promise<ShotList> {
  const source = await runStep(context, 'read', (step) => ports.openSource(path, step));
  const range = boundRange(
    { startMs: fromMs, endMs: toMs ?? source.info.durationMs },
    source.info.durationMs,
  );
  return runStep(context, 'look', (step) => listShots(source, range, { cache: ports.cache }, step), {
    detail: ({ shots }) => `${shots.length} ${shots.length === 1 ? 'shot' : 'shots'}`,
  });
}

function boundRange({ startMs, endMs }: TimeRange, durationMs: number): TimeRange {
  if (startMs < durationMs && startMs < endMs) return { startMs, endMs: Math.min(endMs, durationMs) };
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  throw new PatternPivotError(
    'input.range_outside',
    `--from and --to ask for ${seconds(startMs)} to ${seconds(endMs)} of a source that lasts ${seconds(durationMs)}.`,
    {
      hint: 'Choose a range inside the source, its end behind its start.',
      context: { startMs, endMs, durationMs },
    },
  );
}
