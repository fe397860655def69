import type { GateFinding } from '../../domain/gate.ts';
import type { CheckReport, Finding } from '../../domain/rendition.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { isPlannedStill } from '../check/stretch-rules.ts';

/** What measuring a finished file says, as the gate takes it. Pure. */

/** What each failed measurement means for whoever publishes, and what the program can do. */
const meanings: Readonly<Record<string, Pick<GateFinding, 'mend'> & { readonly fix?: GateFinding['fix'] }>> =
  {
    duration: { mend: 'Render it again.', fix: 'render' },
    size: { mend: 'Render it again.', fix: 'render' },
    frame_rate: { mend: 'Render it again.', fix: 'render' },
    black: { mend: 'Trim it off (pivot trim), or choose another moment.' },
    frozen: { mend: 'Trim it off (pivot trim), or choose another moment.' },
    silent: { mend: 'Trim it off (pivot trim), or tighten the clip (--tighten).' },
    loudness: { mend: 'Level the sound again.', fix: 'loudness' },
    true_peak: { mend: 'Level the sound again.', fix: 'loudness' },
    safe_box: { mend: 'Make it with another caption style or shorter words a cue.' },
    av_offset: { mend: 'Render it again.', fix: 'render' },
    first_and_last_word: { mend: 'Move the cut by a word: pivot trim.' },
    words: { mend: 'Render it again; where it stays, correct the captions: pivot fix.', fix: 'render' },
  };

/** How long the opening is, in ms: who scrolls decides in it. */
const openingMs = 1000;

/** Stretches that begin so early count as the opening, in ms. */
const atOnceMs = 200;

/**
 * Failed measurements stop. Of what is black or still, and no fault of the cut, the opening counts all the same: nobody waits for it. `timeline`:
 * what was planned to stand still may.
 */
export function judgeMeasured(
  { findings, durationMs }: Pick<CheckReport, 'findings'> & { readonly durationMs?: number },
  timeline?: Timeline,
): GateFinding[] {
  return findings.flatMap((finding) =>
    finding.status === 'failed'
      ? [toGate(finding)]
      : judgeUnfailed(finding, durationMs ?? Infinity, timeline),
  );
}

function judgeUnfailed(
  { rule, status, text, startMs, endMs }: Finding,
  durationMs: number,
  timeline: Timeline | undefined,
): GateFinding[] {
  if ((rule !== 'black' && rule !== 'frozen') || startMs === undefined || endMs === undefined) return [];
  if (timeline !== undefined && isPlannedStill(timeline, { startMs, endMs })) return [];
  const isOpening = startMs <= atOnceMs;
  // What the source shows, too, is meant there; what nobody knows about may be a fault.
  if (!isOpening && status === 'passed') return [];
  const isWhole = isOpening && endMs >= durationMs - atOnceMs;
  const isStill = rule === 'frozen';
  const stops = rule === 'black' ? isOpening : isOpening && !isWhole && status === 'skipped';
  return [
    {
      rule: isOpening && !(isStill && isWhole) ? `${rule}_opening` : rule,
      severity: stops ? 'stops' : 'warns',
      text: isOpening ? `${openingText} ${text}` : text,
      mend: isWhole
        ? 'Choose another moment, or put pictures to it: pivot combine.'
        : 'Trim it off (pivot trim), or choose another moment.',
      startMs,
      endMs,
    },
  ];
}

const openingText = 'It opens so, and who scrolls decides in its first second.';

function toGate({ rule, text: measured, startMs, endMs }: Finding): GateFinding {
  // How to mend it is said apart.
  const text = measured.replace(/ Render it again\.$/u, '');
  const isOpening =
    ['black', 'frozen', 'silent'].includes(rule) &&
    startMs !== undefined &&
    startMs <= atOnceMs &&
    (endMs ?? openingMs) - startMs >= 300;
  const { mend, fix } = meanings[rule] ?? { mend: 'Render it again.', fix: 'render' as const };
  return {
    rule: isOpening ? `${rule}_opening` : rule,
    severity: 'stops',
    text: isOpening ? `${openingText} ${text}` : text,
    mend,
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...(fix === undefined ? {} : { fix }),
  };
}
