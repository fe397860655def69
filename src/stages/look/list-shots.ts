import { PatternPivotError } from '../../domain/errors.ts';
import { mainVideo } from '../../domain/media.ts';
import type { Shot, ShotList } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import { msToNearestFrame, type TimeRange } from '../../domain/time.ts';
import { chooseFrameRate } from '../plan/frame-rate.ts';
import type { StageContext } from '../stage.ts';
import { look, type LookPorts } from './look.ts';

/**
 * The shots of a source, or of a range of it (in ms): they follow each other without a gap, in frames of the source
 * conformed to its rate.
 * @throws input.no_video, and what {@link look} throws
 */
export async function listShots(
  source: Source,
  range: TimeRange | undefined,
  ports: LookPorts,
  context: StageContext,
): Promise<ShotList> {
  if (![source, ...(source.members ?? [])].some(({ info }) => mainVideo(info) !== undefined)) {
    throw new PatternPivotError('input.no_video', `${source.path} has no picture.`, {
      hint: 'Shots are looked for in videos.',
      context: { path: source.path },
    });
  }
  const wanted = range ?? { startMs: 0, endMs: source.info.durationMs };
  const [seen] = await look(source, [wanted], ports, context);
  if (seen === undefined) return { version: 1, frameRate: chooseFrameRate(undefined), shots: [] };
  const { frameRate } = seen;
  return {
    version: 1,
    frameRate,
    shots: clipShots(
      seen.shots,
      msToNearestFrame(wanted.startMs, frameRate),
      msToNearestFrame(wanted.endMs, frameRate),
    ),
  };
}

/** What lies of shots in `[from, to)`; one that began before has no beginning there. Pure. */
export function clipShots(shots: readonly Shot[], from: number, to: number): Shot[] {
  return shots.flatMap((shot): Shot[] => {
    const startFrame = Math.max(shot.startFrame, from);
    const endFrame = Math.min(shot.endFrame, to);
    if (startFrame >= endFrame) return [];
    return [{ startFrame, endFrame, startsWith: startFrame === shot.startFrame ? shot.startsWith : 'start' }];
  });
}
