import type { CaptionLook } from '../../domain/caption-look.ts';
import { lookOf } from '../../domain/caption-style.ts';
import type { Rational } from '../../domain/time.ts';
import type { Cue, Timeline } from '../../domain/timeline.ts';
import { escapeAssText } from './ass-text.ts';
import type { FontMetrics } from './fonts.ts';
import { layOutCue, type CueLayout, type PlacedWord } from './layout.ts';

/**
 * Captions as an ASS script (Advanced SubStation Alpha v4.00+), the language that libass draws.
 *
 * Every word is an event of its own at a place that we computed, so that a word can jump without pushing its
 * neighbours. Each is drawn twice: a dark body with outline and shadow below, the letters above; otherwise the
 * outline of one word would cover the edge of the one before it.
 */
export type AssScript = {
  readonly text: string;
  /** The fonts that it names: to be put under `name` into the folder that libass is given. */
  readonly fontFiles: readonly { readonly name: string; readonly path: string }[];
};

const bodyLayer = 0;
const letterLayer = 1;
const bodyColor = '#000000';

/** Writes a timeline's captions, or nothing when its style burns nothing in or no cue has a word to show. */
export function writeAss(timeline: Timeline): AssScript | undefined {
  const style = lookOf(timeline.captions);
  if (style === undefined) return undefined;
  const fonts = new Map<string, FontMetrics>();
  const events: string[] = [];
  for (const cue of timeline.captions.cues) {
    const layout = layOutCue(cue, style, timeline);
    const span = toSpan(cue.startMs, cue.endMs, timeline.frameRate);
    if (layout === undefined || span === undefined) continue;
    for (const word of layout.words) fonts.set(word.font.font.family, word.font);
    events.push(...writeCue(cue, layout, style, span));
  }
  if (events.length === 0) return undefined;
  return {
    text: [...writeHeader(timeline, [...fonts.keys()]), ...events, ''].join('\n'),
    fontFiles: [...fonts.values()].map(({ font }) => ({ name: font.fileName, path: font.path })),
  };
}

function writeHeader(timeline: Timeline, families: readonly string[]): string[] {
  const fields = [
    'Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut',
    'ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding',
  ].join(', ');
  return [
    '[Script Info]',
    'ScriptType: v4.00+',
    `PlayResX: ${timeline.width}`,
    `PlayResY: ${timeline.height}`,
    `LayoutResX: ${timeline.width}`,
    `LayoutResY: ${timeline.height}`,
    'WrapStyle: 2',
    'ScaledBorderAndShadow: yes',
    'Kerning: yes',
    'YCbCr Matrix: None',
    '',
    '[V4+ Styles]',
    `Format: ${fields}`,
    // Alignment 5: \pos names the middle of the line box. Encoding 1: any.
    ...families.map(
      (family) =>
        `Style: ${styleName(family)},${family},40,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,5,0,0,0,1`,
    ),
    '',
    '[Events]',
    'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
  ];
}

function styleName(family: string): string {
  return family.replaceAll(' ', '');
}

function writeCue(cue: Cue, layout: CueLayout, style: CaptionLook, span: Span): string[] {
  const firstIndex = layout.words[0]?.wordIndex;
  return layout.words.flatMap((word, at) => {
    const own = cue.words[word.wordIndex];
    const next = layout.words[at + 1];
    const nextStartMs = next === undefined ? undefined : cue.words[next.wordIndex]?.startMs;
    // The first word is the spoken one from the start, the last one until the end: a cue always has one.
    const spokenFromMs = word.wordIndex === firstIndex ? 0 : Math.max(0, (own?.startMs ?? 0) - span.startMs);
    const spokenToMs = nextStartMs === undefined ? undefined : Math.max(0, nextStartMs - span.startMs);
    const spoken = { fromMs: spokenFromMs, toMs: spokenToMs };
    return [
      writeEvent(bodyLayer, span, word, bodyTags(layout, style, word, spoken)),
      writeEvent(letterLayer, span, word, letterTags(style, word, spoken)),
    ];
  });
}

/** When, from the start of its event, a word is the spoken one; `toMs` is undefined for the last. */
type Spoken = { readonly fromMs: number; readonly toMs: number | undefined };

function writeEvent(layer: number, span: Span, word: PlacedWord, tags: string): string {
  const start = formatTime(span.startCs);
  const end = formatTime(span.endCs);
  const text = escapeAssText(word.text);
  return `Dialogue: ${layer},${start},${end},${styleName(word.font.font.family)},,0,0,0,,{${tags}}${text}`;
}

function placeTags(word: PlacedWord): string {
  const y = word.baselineY - word.font.lineMiddleEm * word.fontSizePx;
  const size = word.fontSizePx * word.font.lineHeightEm;
  return `\\an5\\pos(${formatNumber(word.centerX)},${formatNumber(y)})\\fs${formatNumber(size)}`;
}

function bodyTags(layout: CueLayout, style: CaptionLook, word: PlacedWord, spoken: Spoken): string {
  const color = toAssColor(bodyColor);
  const paint = `\\1c${color}\\3c${color}\\4c${color}\\4a&H40&`;
  const edges = `\\bord${formatNumber(layout.outlinePx)}\\shad${formatNumber(layout.shadowPx)}`;
  return placeTags(word) + paint + edges + popTags(style, spoken);
}

function letterTags(style: CaptionLook, word: PlacedWord, spoken: Spoken): string {
  const plain = toAssColor(style.color);
  const lit = toAssColor(style.spoken?.color ?? style.color);
  const { fromMs, toMs } = spoken;
  const isLitAtStart = fromMs === 0 && (toMs === undefined || toMs > 0);
  let color = `\\1c${isLitAtStart ? lit : plain}`;
  if (!isLitAtStart && (toMs === undefined || toMs > fromMs)) color += switchColor(fromMs, lit);
  if (toMs !== undefined && toMs > fromMs) color += switchColor(toMs, plain);
  return `${placeTags(word)}\\bord0\\shad0${color}${popTags(style, spoken)}`;
}

/** A change within a millisecond. An end of 0 would mean "the whole event". */
function switchColor(atMs: number, color: string): string {
  return `\\t(${atMs},${Math.max(1, atMs)},\\1c${color})`;
}

function popTags(style: CaptionLook, { fromMs }: Spoken): string {
  if (style.pop === undefined) return '';
  const { from, peak, durationMs } = style.pop;
  const scale = (share: number) => {
    const percent = formatNumber(share * 100);
    return `\\fscx${percent}\\fscy${percent}`;
  };
  const peakMs = fromMs + Math.round(durationMs * 0.6);
  const endMs = fromMs + durationMs;
  const drop = fromMs === 0 ? scale(from) : `\\t(${fromMs},${fromMs},${scale(from)})`;
  return `${drop}\\t(${fromMs},${peakMs},${scale(peak)})\\t(${peakMs},${endMs},${scale(1)})`;
}

/** When an event is on: centiseconds for the script, and its exact start for what moves inside it. */
type Span = { readonly startCs: number; readonly endCs: number; readonly startMs: number };

/**
 * ASS counts centiseconds, so times are put just before the frame that they belong to: a cue appears with the first
 * frame that starts at or after it (to 0.5 ms) and leaves the same way, and cues that touch still do.
 */
function toSpan(startMs: number, endMs: number, rate: Rational): Span | undefined {
  const startCs = toCentiseconds(startMs, rate);
  const endCs = toCentiseconds(endMs, rate);
  return endCs > startCs ? { startCs, endCs, startMs: startCs * 10 } : undefined;
}

function toCentiseconds(ms: number, rate: Rational): number {
  const frame = Math.max(0, Math.ceil(((ms - 0.5) * rate.num) / (1000 * rate.den)));
  const exact = (frame * 100 * rate.den) / rate.num;
  // Frames shorter than a centisecond: rounding down could show it with the frame before.
  return rate.num > 100 * rate.den ? Math.ceil(exact) : Math.floor(exact);
}

function formatTime(centiseconds: number): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  const seconds = Math.floor(centiseconds / 100);
  const clock = [Math.floor(seconds / 3600), pad(Math.floor(seconds / 60) % 60), pad(seconds % 60)].join(':');
  return `${clock}.${pad(centiseconds % 100)}`;
}

/** At most three decimals, and never `1e-7` or `-0`, which libass would not read. */
function formatNumber(value: number): string {
  const text = value.toFixed(3).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** `#RRGGBB` as ASS has it: blue, green, red. */
function toAssColor(color: string): string {
  return `&H${color.slice(5, 7)}${color.slice(3, 5)}${color.slice(1, 3)}&`.toUpperCase();
}
