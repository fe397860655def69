import type { GateFinding } from '../../domain/gate.ts';
import type { CheckReport, Finding } from '../../domain/rendition.ts';

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
    words: { mend: 'Render it again; where it stays, correct the captions: pivot fix.', fix: 'render' },
  };

/** How long the opening is, in ms: who scrolls decides in it. */
const openingMs = 1000;

/** Stretches that begin so early count as the opening, in ms. */
const atOnceMs = 200;

/** Failed measurements stop; what is black, frozen or silent in the opening says that it is the opening. */
export function judgeMeasured({ findings }: Pick<CheckReport, 'findings'>): GateFinding[] {
  return findings.filter(({ status }) => status === 'failed').map(toGate);
}

function toGate({ rule, text, startMs, endMs }: Finding): GateFinding {
  const isOpening =
    ['black', 'frozen', 'silent'].includes(rule) &&
    startMs !== undefined &&
    startMs <= atOnceMs &&
    (endMs ?? openingMs) - startMs >= 300;
  const { mend, fix } = meanings[rule] ?? { mend: 'Render it again.', fix: 'render' as const };
  return {
    rule: isOpening ? `${rule}_opening` : rule,
    severity: 'stops',
    text: isOpening ? `It opens so, and who scrolls decides in its first second. ${text}` : text,
    mend,
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...(fix === undefined ? {} : { fix }),
  };
}
