import type { GateFinding } from '../../domain/gate.ts';
import { platformRules, type PlatformName } from '../../domain/platforms.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { alignWords, countWordErrors } from '../../domain/word-errors.ts';
import { normaliseWords } from '../../domain/word-normaliser.ts';
import { captionBoxes, type Box } from '../captions/layout.ts';

/** Captions against what lies over them on a platform, and those in a file against what is heard. Pure. */

/** The screen that platforms' controls are given for, in px. */
const screen = { width: 1080, height: 1920 };

/** Above and below a few px are forgiven; controls at the sides do not reach over the whole height, and more is. In px of the screen. */
const [forgivenHeightPx, forgivenWidthPx] = [8, 24];

/** Captions that a platform's own controls would cover, worst first of each side. A picture is shown as wide as the screen, in its middle. */
export function judgeCaptionPlace(timeline: Timeline, platform: PlatformName): GateFinding[] {
  const { covered, title } = platformRules[platform];
  if (covered === undefined || timeline.captions.style === 'none') return [];
  const scale = Math.min(screen.width / timeline.width, screen.height / timeline.height);
  const left = (screen.width - timeline.width * scale) / 2;
  const top = (screen.height - timeline.height * scale) / 2;
  const shown = captionBoxes(timeline).map(({ startMs, endMs, box }) => ({
    startMs,
    endMs,
    box,
    seen: {
      left: left + box.left * scale,
      right: left + box.right * scale,
      top: top + box.top * scale,
      bottom: top + box.bottom * scale,
    },
  }));
  const sides: readonly [name: string, forgiven: number, over: (box: Box) => number][] = [
    ['at the top', forgivenHeightPx, (box) => covered.top - box.top],
    ['at the bottom', forgivenHeightPx, (box) => box.bottom - (screen.height - covered.bottom)],
    ['at the left', forgivenWidthPx, (box) => covered.left - box.left],
    ['at the right', forgivenWidthPx, (box) => box.right - (screen.width - covered.right)],
  ];
  return sides.flatMap(([name, forgiven, over]): GateFinding[] => {
    const found = shown.filter(({ seen }) => over(seen) > forgiven);
    const worst = found.toSorted((a, b) => over(b.seen) - over(a.seen))[0];
    if (worst === undefined) return [];
    const isBand = forgiven === forgivenHeightPx;
    return [
      {
        rule: 'caption_covered',
        severity: isBand ? 'stops' : 'warns',
        text: `${title}: its own controls ${name} cover ${Math.round(over(worst.seen))} px of the captions, ${found.length === 1 ? 'once' : `${found.length} times`}.`,
        mend: 'Make it with --aspect 9:16 and another caption style, or move the captions (middleY).',
        platform,
        startMs: Math.round(worst.startMs),
        endMs: Math.round(worst.endMs),
        box: roundBox(worst.box),
      },
    ];
  });
}

function roundBox({ left, top, right, bottom }: Box) {
  const whole = (value: number) => Math.max(0, Math.round(value));
  return { left: whole(left), top: whole(top), right: whole(right), bottom: whole(bottom) };
}

/** A cue of a file of captions, in ms of the film. */
export type FileCue = { readonly startMs: number; readonly endMs: number; readonly text: string };

/** More errors a word than this, and the file is of another film, or of another cut. Recognition itself errs in one word of ten. */
const mostErrors = 0.3;

/** Fewer words say nothing. */
const leastWords = 5;

/** A file of captions beside a film against the film. */
export function judgeCaptionFile(
  name: string,
  cues: readonly FileCue[],
  film: { readonly durationMs: number; readonly heard: string },
): GateFinding[] {
  const mend = 'Make it anew from the film (pivot transcribe), or move it away.';
  if (cues.length === 0) {
    return [
      {
        rule: 'caption_file_empty',
        severity: 'stops',
        text: `There is nothing in ${name}.`,
        mend,
        fix: 'captions',
      },
    ];
  }
  const findings: GateFinding[] = [];
  const late = cues.find(({ endMs }) => endMs > film.durationMs + 1000);
  if (late !== undefined) {
    findings.push({
      rule: 'caption_file_long',
      severity: 'stops',
      text: `${name} goes on until ${(late.endMs / 1000).toFixed(1)} s, and the film ends at ${(film.durationMs / 1000).toFixed(1)} s: it belongs to another cut.`,
      mend,
      fix: 'captions',
      startMs: Math.min(late.startMs, film.durationMs),
    });
  }
  const reference = normaliseWords(cues.map(({ text }) => text).join(' '), 'spoken-english');
  const heard = normaliseWords(film.heard, 'spoken-english');
  if (reference.length < leastWords || heard.length < leastWords) return findings;
  const { rate } = countWordErrors(alignWords(reference, heard));
  if (rate <= mostErrors) return findings;
  findings.push({
    rule: 'caption_file_words',
    severity: 'stops',
    text: `${name} says something else than what is heard: ${Math.round(Math.min(1, rate) * 100)} errors in 100 words.`,
    mend,
    fix: 'captions',
  });
  return findings;
}
