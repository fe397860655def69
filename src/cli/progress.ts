import type { Estimate, RecipeEvent, StepName } from '../recipes/events.ts';
import type { Progress } from '../stages/stage.ts';
import {
  formatBytes,
  formatDuration,
  formatPosition,
  measureColumns,
  padColumns,
  shorten,
  toPrintable,
  type Output,
  type Paint,
} from './terminal.ts';

const labels: Readonly<Record<StepName, string>> = {
  read: 'Read',
  index: 'Index',
  sync: 'Sync',
  refresh: 'Refresh',
  embed: 'Embed',
  ask: 'Ask',
  refine: 'Refine',
  hear: 'Hear',
  shortlist: 'Find',
  look: 'Look',
  choose: 'Choose',
  plan: 'Plan',
  render: 'Render',
  check: 'Check',
  compare: 'Compare',
  cover: 'Cover',
  transcribe: 'Transcribe',
  shoot: 'Shoot',
  moments: 'Moments',
  copy: 'Copy',
  verify: 'Verify',
  count: 'Count',
  match: 'Match',
  listen: 'Listen',
  extract: 'Extract',
  mix: 'Mix',
  compose: 'Compose',
  speak: 'Speak',
  picture: 'Picture',
  draw: 'Draw',
  publish: 'Publish',
  fetch: 'Fetch',
};

/** A line is redrawn at most this often, in ms: more would only flicker. */
const redrawEveryMs = 100;

const barColumns = 20;
const labelColumns = 8;

/** Shows what a recipe says: a line a step, redrawn with a bar on a terminal, and one plain line a finished step elsewhere. */
export interface ProgressView {
  show(event: RecipeEvent): void;
  /** Removes the line that is being redrawn, so that something else can be written. */
  clear(): void;
}

/** What a running step looks like: `Render 02-why  ████░░░░  52 %  1.2×  0:42 left`. */
export function formatProgressLine(
  label: string,
  progress: Progress | undefined,
  elapsedMs: number,
  columns: number,
): string {
  const head = padColumns(label, labelColumns);
  if (progress === undefined) return shorten(`${head}  …`, columns);
  const { done, total } = progress;
  const parts: string[] = [];
  if (total !== undefined && total > 0) {
    const share = Math.min(1, Math.max(0, done / total));
    const filled = Math.round(share * barColumns);
    parts.push('█'.repeat(filled) + '░'.repeat(barColumns - filled));
    parts.push(`${String(Math.floor(share * 100)).padStart(3)} %`);
  }
  parts.push(formatRate(progress, elapsedMs));
  if (total !== undefined && done > 0 && elapsedMs >= 1000) {
    parts.push(`${formatDuration(Math.max(0, (elapsedMs * (total - done)) / done))} left`);
  }
  const tail = parts.filter((part) => part !== '').join('  ');
  const room = columns - measureColumns(tail) - 2;
  // On a narrow terminal the numbers matter more than the bar.
  if (room < labelColumns && parts.length > 1 && total !== undefined) {
    return shorten(`${label} ${parts.slice(1).join(' ')}`, columns);
  }
  return shorten(`${shorten(head, Math.max(labelColumns, room))}  ${tail}`, columns);
}

function formatRate({ done, unit }: Progress, elapsedMs: number): string {
  if (elapsedMs < 500 || done <= 0) return '';
  const perSecond = (done * 1000) / elapsedMs;
  // Media time over time.
  if (unit === 's') return `${perSecond.toFixed(1)}×`;
  if (unit === 'ms') return `${(perSecond / 1000).toFixed(1)}×`;
  if (unit === 'bytes') return `${formatBytes(perSecond)}/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} ${unit}/s`;
}

/** A duration and a size: `about 3:20, 120 MB`. */
export function formatEstimate({ timeMs, diskBytes }: Estimate): string {
  return `about ${formatDuration(timeMs)} and ${formatBytes(diskBytes)} of disk`;
}

/** Shows progress on a stream: redrawn lines on a terminal, plain ones elsewhere. */
export function createProgressView(output: Output, paint: Paint): ProgressView {
  const isLive = output.isTTY === true;
  let startedAt = 0;
  let drawnAt = 0;
  let isDrawn = false;
  let label = '';

  const clear = () => {
    if (isDrawn) output.write('\r\u001b[2K');
    isDrawn = false;
  };
  const line = (text: string) => {
    clear();
    output.write(`${text}\n`);
  };
  const draw = (progress: Progress | undefined) => {
    const now = performance.now();
    if (!isLive || (isDrawn && now - drawnAt < redrawEveryMs)) return;
    drawnAt = now;
    output.write(
      `\r\u001b[2K${formatProgressLine(label, progress, now - startedAt, (output.columns ?? 80) - 1)}`,
    );
    isDrawn = true;
  };

  const showStep = (event: Extract<RecipeEvent, { event: 'step' }>) => {
    label = labels[event.step] + (event.clip === undefined ? '' : ` ${toPrintable(event.clip)}`);
    if (event.status === 'started') {
      startedAt = performance.now();
      clear();
      draw(undefined);
    } else if (event.status === 'progress') draw(event.progress);
    else {
      const mark = event.status === 'done' ? paint('green', '✓') : paint('red', '✗');
      const detail = event.status === 'done' && event.detail ? `  ${toPrintable(event.detail)}` : '';
      const columns = isLive ? (output.columns ?? 80) - 3 : 1000;
      const tail = `${formatDuration(event.elapsedMs).padStart(7)}${detail}`;
      const head = shorten(label, Math.max(labelColumns, columns - measureColumns(tail) - 2));
      line(`${mark} ${padColumns(head, labelColumns)} ${paint('dim', tail)}`);
    }
  };

  return {
    clear,
    show(event) {
      switch (event.event) {
        case 'step':
          return showStep(event);
        case 'source':
          return line(
            paint(
              'bold',
              `${event.count > 1 ? `[${event.index + 1}/${event.count}] ` : ''}${toPrintable(event.path)}`,
            ),
          );
        case 'estimate':
          return line(paint('dim', `  ${formatEstimate(event.estimate)}, if nothing was done before`));
        case 'planned':
          for (const clip of event.clips) {
            const times = `${formatPosition(clip.startMs)}–${formatPosition(clip.endMs)}`;
            line(`  ${padColumns(times, 13)} ${clip.score.toFixed(2)}  ${toPrintable(clip.title)}`);
          }
          return line(paint('dim', `  ${formatEstimate(event.estimate)} to make them`));
        case 'kept':
          line(`${paint('yellow', '!')} You edited ${toPrintable(event.path)}: it stays as it is.`);
          return line(`  The new one is ${toPrintable(event.newPath)}`);
        case 'note':
          return line(`${paint('yellow', '!')} ${toPrintable(event.text)}`);
        case 'clip':
          if (event.clip.status === 'made') return;
          return line(
            `${paint('red', '✗')} ${toPrintable(event.clip.name)}: ${toPrintable(event.clip.problem ?? '')}`,
          );
        case 'cache':
        case 'sourceResult':
        case 'addResult':
        case 'addFinished':
        case 'remix':
        case 'occurrences':
        case 'finished':
          return clear();
        default:
          return event satisfies never;
      }
    },
  };
}
