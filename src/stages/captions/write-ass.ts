import type { CaptionLook } from '../../domain/caption-look.ts';
import { lookOf } from '../../domain/caption-style.ts';
import type { Cue, Timeline } from '../../domain/timeline.ts';
import {
  assembleScript,
  boxEvent,
  formatNumber,
  placeTags,
  textEvent,
  toAssColor,
  toSpan,
  type AssScript,
  type Span,
} from './ass-script.ts';
import type { FontMetrics } from './font-metrics.ts';
import { fontSetOf, type FontSetOptions } from './fonts.ts';
import { layOutCue, type CueLayout, type PlacedWord } from './layout.ts';
import { wordBoxEm } from './measure.ts';
import { revealTags } from './reveal.ts';
import { writeTitles } from './titles.ts';

export type { AssScript } from './ass-script.ts';

/**
 * Captions and titles as an ASS script, the language that libass draws.
 *
 * Every word is an event of its own at a place that we computed, so that a word can jump without pushing its
 * neighbours. Each is drawn twice: a body with outline and shadow below, the letters above; otherwise the outline of
 * one word would cover the edge of the one before it.
 */

/** What lies above what; titles lie below all of it. */
const layers = { lineBox: 10, wordBox: 11, body: 12, letters: 13 };

/**
 * Writes a timeline's titles and captions, or nothing where neither has anything to show.
 * @throws input.font_invalid when a font of the timeline cannot be used
 */
export function writeAss(timeline: Timeline, options: FontSetOptions = {}): AssScript | undefined {
  const titles = writeTitles(timeline, options);
  const captions = writeCaptions(timeline, options);
  return assembleScript(
    timeline,
    [...titles.events, ...captions.events],
    [...titles.fonts, ...captions.fonts],
    timeline.fonts,
  );
}

function writeCaptions(
  timeline: Timeline,
  options: FontSetOptions,
): { readonly events: readonly string[]; readonly fonts: readonly FontMetrics[] } {
  const style = lookOf(timeline.captions);
  if (style === undefined) return { events: [], fonts: [] };
  const available = fontSetOf(timeline.fonts, options);
  const fonts: FontMetrics[] = [];
  const events: string[] = [];
  for (const cue of timeline.captions.cues) {
    const layout = layOutCue(cue, style, timeline, available);
    const span = toSpan(cue.startMs, cue.endMs, timeline.frameRate);
    if (layout === undefined || span === undefined) continue;
    fonts.push(...layout.words.map((word) => word.font));
    events.push(...writeCue({ cue, layout, style, span, timeline }));
  }
  return { events, fonts };
}

type Scene = {
  readonly cue: Cue;
  readonly layout: CueLayout;
  readonly style: CaptionLook;
  readonly span: Span;
  readonly timeline: Timeline;
};

/** When, from the start of its cue's event, a word is the spoken one; `toMs` is undefined for the last. */
type Spoken = { readonly fromMs: number; readonly toMs: number | undefined };

function writeCue(scene: Scene): string[] {
  const { cue, layout, style, span } = scene;
  const box = style.box;
  const events =
    box === undefined
      ? []
      : layout.lineBoxes.map((lineBox) =>
          boxEvent(layers.lineBox, span, lineBox, {
            color: box.color,
            opacity: box.opacity,
            radius: (box.radiusPx ?? 0) * layout.scale,
          }),
        );
  const firstIndex = layout.words[0]?.wordIndex;
  for (const word of layout.words) {
    const own = cue.words[word.wordIndex];
    const next = layout.words.find((other) => other.wordIndex > word.wordIndex);
    const nextStartMs = next === undefined ? undefined : cue.words[next.wordIndex]?.startMs;
    // The first word is the spoken one from the start, the last one until the end: a cue always has one.
    const fromMs = word.wordIndex === firstIndex ? 0 : Math.max(0, (own?.startMs ?? 0) - span.startMs);
    const toMs = nextStartMs === undefined ? undefined : Math.max(0, nextStartMs - span.startMs);
    events.push(...writeWord(scene, word, { fromMs, toMs }));
  }
  return events;
}

function writeWord(scene: Scene, word: PlacedWord, spoken: Spoken): string[] {
  const { layout, style, span } = scene;
  const shown = shownSpan(scene, spoken);
  if (shown === undefined) return [];
  // Times in tags count from the start of the event that they stand in.
  const delayMs = shown.startMs - span.startMs;
  const inEvent: Spoken = {
    fromMs: Math.max(0, spoken.fromMs - delayMs),
    toMs: spoken.toMs === undefined ? undefined : Math.max(0, spoken.toMs - delayMs),
  };
  const reveal = revealTags(scene, word, inEvent);
  const events = writeWordBoxes(scene, word, spoken, shown);
  const place = placeTags(word);
  const jump = jumpTags(style, inEvent);
  if (layout.outlinePx > 0 || layout.shadowPx > 0) {
    const color = toAssColor(style.outlineColor);
    const paint = `\\1c${color}\\3c${color}\\4c${color}\\4a&H40&`;
    const edges = `\\bord${formatNumber(layout.outlinePx)}\\shad${formatNumber(layout.shadowPx)}`;
    events.push(
      textEvent(layers.body, shown, word.font, place + paint + edges + jump + reveal, word.text, word.mark),
    );
  }
  const letters = `${place}\\bord0\\shad0${colorTags(style, word, inEvent)}${jump}${reveal}`;
  events.push(textEvent(layers.letters, shown, word.font, letters, word.text, word.mark));
  return events;
}

/** When a word is on screen: with its cue, or from when it is spoken. */
function shownSpan({ style, span, cue, timeline }: Scene, spoken: Spoken): Span | undefined {
  if (style.reveal !== 'word' || spoken.fromMs === 0) return span;
  return toSpan(span.startMs + spoken.fromMs, cue.endMs, timeline.frameRate);
}

function writeWordBoxes(scene: Scene, word: PlacedWord, spoken: Spoken, shown: Span): string[] {
  const { style, layout, span, cue, timeline } = scene;
  const radius = wordBoxEm.radius * style.fontSizePx * layout.scale;
  const events: string[] = [];
  const emphasised = word.isEmphasised ? style.emphasis?.boxColor : undefined;
  if (emphasised !== undefined) {
    events.push(boxEvent(layers.wordBox, shown, word.backBox, { color: emphasised, opacity: 1, radius }));
  }
  const color = style.spoken?.boxColor;
  if (color === undefined) return events;
  const endMs = spoken.toMs === undefined ? cue.endMs : Math.min(cue.endMs, span.startMs + spoken.toMs);
  const lit = toSpan(span.startMs + spoken.fromMs, endMs, timeline.frameRate);
  if (lit !== undefined) {
    events.push(boxEvent(layers.wordBox, lit, word.backBox, { color, opacity: 1, radius }));
  }
  return events;
}

function colorTags(style: CaptionLook, word: PlacedWord, { fromMs, toMs }: Spoken): string {
  // A key word keeps its own colour while it is spoken.
  const keyColor = word.isEmphasised ? style.emphasis?.color : undefined;
  const plain = toAssColor(keyColor ?? style.color);
  const lit = toAssColor(keyColor ?? style.spoken?.color ?? style.color);
  if (lit === plain) return `\\1c${plain}`;
  const isLitAtStart = fromMs === 0 && (toMs === undefined || toMs > 0);
  let tags = `\\1c${isLitAtStart ? lit : plain}`;
  if (!isLitAtStart && (toMs === undefined || toMs > fromMs)) tags += switchTags(fromMs, `\\1c${lit}`);
  if (toMs !== undefined && toMs > fromMs) tags += switchTags(toMs, `\\1c${plain}`);
  return tags;
}

/** A change within a millisecond. An end of 0 would mean "the whole event". */
function switchTags(atMs: number, tags: string): string {
  return `\\t(${atMs},${Math.max(1, atMs)},${tags})`;
}

/** How long a word takes to grow or to shrink back where a style does not say so, in ms. */
const growMs = 80;

/** The jump of a spoken word, and its size while it is spoken. */
function jumpTags(style: CaptionLook, { fromMs, toMs }: Spoken): string {
  const rest = style.spoken?.scale ?? 1;
  if (style.pop === undefined && rest === 1) return '';
  const scale = (share: number) => {
    const percent = formatNumber(share * 100);
    return `\\fscx${percent}\\fscy${percent}`;
  };
  let tags: string;
  if (style.pop === undefined) {
    tags = `\\t(${fromMs},${fromMs + growMs},${scale(rest)})`;
  } else {
    const { from, peak, durationMs } = style.pop;
    const peakMs = fromMs + Math.round(durationMs * 0.6);
    const endMs = fromMs + durationMs;
    const drop = fromMs === 0 ? scale(from) : `\\t(${fromMs},${fromMs},${scale(from)})`;
    tags = `${drop}\\t(${fromMs},${peakMs},${scale(peak * rest)})\\t(${peakMs},${endMs},${scale(rest)})`;
  }
  if (rest !== 1 && toMs !== undefined && toMs > fromMs) tags += `\\t(${toMs},${toMs + growMs},${scale(1)})`;
  return tags;
}
