import { joinsTightly, leansBack, splitUnspaced } from '../../domain/caption-join.ts';
import { isLeaning } from '../../domain/cue-making.ts';
import type { Clip, Timeline, TitleAsset } from '../../domain/timeline.ts';
import { boxEvent, formatNumber, placeTags, textEvent, toAssColor, toSpan } from './ass-script.ts';
import { displayText } from './display-text.ts';
import type { FontMetrics, ShapedText } from './font-metrics.ts';
import { fontSetOf, ownFont, pickFont, type FontSet, type FontSetOptions } from './fonts.ts';
import { captionBoxes } from './layout.ts';
import { directionMark, directionOf, hasRightToLeft, visualOrder } from './reading-order.ts';
import { safeBox, styleScale, uniteBoxes, type Box } from './safe-box.ts';

/** Titles: words set large over the picture, balanced over a few lines, clear of the captions. */

/** What lies above what; captions lie above all of it. */
const layers = { box: 0, body: 1, letters: 2 };

/** How titles are set. Lengths in em of their size. */
const setting = {
  lineStepEm: 1.16,
  spaceEm: 0.26,
  /** Around letters without a box. */
  outlineEm: 0.075,
  shadowEm: 0.04,
  /** How far soft edges may reach beyond the outline. */
  softEm: 0.025,
  boxPaddingXEm: 0.26,
  boxPaddingYEm: 0.12,
  boxRadiusEm: 0.16,
  /** Between a title and the captions, or its own boxes and the safe box. */
  gapEm: 0.4,
  descentEm: 0.2,
};

/** A title takes more lines than three only where it would else be smaller than this share of its size. */
const smallestShare = 0.5;
const usualLines = 3;
const mostLines = 6;

/** Captions that leave less than this share of the safe box above them do not push a title up. */
const leastRoom = 0.25;

type Word = {
  readonly text: string;
  readonly shaped: ShapedText;
  readonly font: FontMetrics;
  readonly emPx: number;
  readonly widthPx: number;
  readonly hasSpaceBefore: boolean;
};

type PlacedTitleWord = Word & { readonly centerX: number; readonly baselineY: number; readonly mark: string };

type TitleLayout = {
  readonly words: readonly PlacedTitleWord[];
  /** One for each line, for titles with a box. */
  readonly lineBoxes: readonly Box[];
  readonly emPx: number;
  readonly box: Box;
};

/** What a title covers, in px of the timeline's canvas, and when: frames of the timeline, half-open. */
export type TitleBox = {
  readonly clipId: string;
  readonly startFrame: number;
  readonly endFrame: number;
  /** Size of the letters' em in px. */
  readonly emPx: number;
  readonly lines: number;
  readonly box: Box;
};

/** Where each title of a timeline stands. A title without a letter that can be drawn has no box. */
export function titleBoxes(timeline: Timeline, options: FontSetOptions = {}): TitleBox[] {
  return layOutTitles(timeline, options).map(({ clip, layout }) => ({
    clipId: clip.id,
    startFrame: clip.startFrame,
    endFrame: clip.startFrame + clip.durationFrames,
    emPx: layout.emPx,
    lines: new Set(layout.words.map((word) => word.baselineY)).size,
    box: layout.box,
  }));
}

/** The events that draw a timeline's titles, and the fonts that they name. */
export function writeTitles(
  timeline: Timeline,
  options: FontSetOptions,
): { readonly events: readonly string[]; readonly fonts: readonly FontMetrics[] } {
  const events: string[] = [];
  const fonts: FontMetrics[] = [];
  for (const { clip, asset, layout } of layOutTitles(timeline, options)) {
    const toMs = (frame: number) => (frame * 1000 * timeline.frameRate.den) / timeline.frameRate.num;
    const span = toSpan(
      toMs(clip.startFrame),
      toMs(clip.startFrame + clip.durationFrames),
      timeline.frameRate,
    );
    if (span === undefined) continue;
    for (const box of layout.lineBoxes) {
      const radius = setting.boxRadiusEm * layout.emPx;
      events.push(
        boxEvent(layers.box, span, box, { color: asset.boxColor ?? '#000000', opacity: 1, radius }),
      );
    }
    for (const word of layout.words) {
      const place = placeTags(word);
      fonts.push(word.font);
      if (asset.boxColor === undefined) {
        const edge = toAssColor(isLight(asset.color) ? '#000000' : '#FFFFFF');
        const edges = `\\bord${formatNumber(setting.outlineEm * layout.emPx)}\\shad${formatNumber(setting.shadowEm * layout.emPx)}`;
        const paint = `\\1c${edge}\\3c${edge}\\4c${edge}\\4a&H40&`;
        events.push(textEvent(layers.body, span, word.font, place + paint + edges, word.text, word.mark));
      }
      const letters = `${place}\\bord0\\shad0\\1c${toAssColor(asset.color)}`;
      events.push(textEvent(layers.letters, span, word.font, letters, word.text, word.mark));
    }
  }
  return { events, fonts };
}

/** Whether a colour is nearer to white, by its relative luminance (WCAG 2.2). */
function isLight(color: string): boolean {
  const channel = (from: number) => {
    const value = Number.parseInt(color.slice(from, from + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) > 0.18;
}

function layOutTitles(
  timeline: Timeline,
  options: FontSetOptions,
): { readonly clip: Clip; readonly asset: TitleAsset; readonly layout: TitleLayout }[] {
  const assets = new Map(timeline.assets.map((asset) => [asset.id, asset]));
  const fonts = fontSetOf(timeline.fonts, options);
  const clips = timeline.tracks.filter((track) => track.kind === 'video').flatMap((track) => track.clips);
  return clips.flatMap((clip) => {
    const asset = assets.get(clip.assetId);
    if (asset?.kind !== 'title') return [];
    const layout = layOutTitle(asset, timeline, findRoom(clip, asset, timeline, options), fonts);
    return layout === undefined ? [] : [{ clip, asset, layout }];
  });
}

/** The part of the safe box that captions leave to a title while it is shown. */
function findRoom(clip: Clip, asset: TitleAsset, timeline: Timeline, options: FontSetOptions): Box {
  const safe = safeBox(timeline.width, timeline.height);
  const toMs = (frame: number) => (frame * 1000 * timeline.frameRate.den) / timeline.frameRate.num;
  const fromMs = toMs(clip.startFrame);
  const untilMs = toMs(clip.startFrame + clip.durationFrames);
  const boxes = captionBoxes(timeline, options).filter(
    ({ startMs, endMs }) => startMs < untilMs && endMs > fromMs,
  );
  if (boxes.length === 0) return safe;
  const captions = uniteBoxes(boxes.map(({ box }) => box));
  const gap = setting.gapEm * asset.fontSizePx * styleScale(timeline);
  const above = { ...safe, bottom: captions.top - gap };
  const below = { ...safe, top: captions.bottom + gap };
  const height = (box: Box) => box.bottom - box.top;
  const larger = height(above) >= height(below) ? above : below;
  return height(larger) >= leastRoom * height(safe) ? larger : safe;
}

function layOutTitle(
  asset: TitleAsset,
  canvas: Timeline,
  room: Box,
  fonts: FontSet,
): TitleLayout | undefined {
  const wanted = asset.fontSizePx * styleScale(canvas);
  const words = measureWords(asset, wanted, fonts);
  if (words.length === 0) return undefined;
  const own = ownFont(asset.font, fonts);
  const hasBox = asset.boxColor !== undefined;
  const shareOf = (lines: readonly (readonly Word[])[]) => {
    const size = blockSize(lines, own, wanted, hasBox);
    return Math.min(1, (room.right - room.left) / size.width, (room.bottom - room.top) / size.height);
  };
  let best: { lines: Word[][]; share: number } = { lines: [words], share: shareOf([words]) };
  for (let count = 2; count <= mostLines && best.share < 1; count++) {
    if (count > usualLines && best.share >= smallestShare) break;
    const lines = breakEvenly(words, count, wanted);
    const share = shareOf(lines);
    if (share > best.share) best = { lines, share };
  }
  const emPx = wanted * best.share;
  const small = measureWords(asset, emPx, fonts);
  let next = 0;
  const lines = best.lines.map((line) => small.slice(next, (next += line.length)));
  return placeTitle(lines, { asset, room, own, emPx });
}

function measureWords(asset: TitleAsset, emPx: number, fonts: FontSet): Word[] {
  const look = { font: asset.font, isCapitals: false, showsEmoji: false };
  const own = ownFont(asset.font, fonts);
  const words: Word[] = [];
  for (const written of asset.text.split(/\s+/u)) {
    for (const [part, text] of splitUnspaced(displayText(written, look, fonts)).entries()) {
      if (text === '') continue;
      const font = pickFont(text, asset.font, fonts);
      const ownEmPx = font === own ? emPx : (emPx * own.heightEm) / font.heightEm;
      const before = words.at(-1);
      const shaped = font.shapeText(text);
      words.push({
        text,
        shaped,
        font,
        emPx: ownEmPx,
        widthPx: shaped.widthEm * ownEmPx,
        hasSpaceBefore: before !== undefined && part === 0 && !joinsTightly(before.text, text),
      });
    }
  }
  return words;
}

function lineWidth(line: readonly Word[], emPx: number): number {
  const spaces = line.slice(1).filter((word) => word.hasSpaceBefore).length;
  return line.reduce((total, word) => total + word.widthPx, 0) + spaces * setting.spaceEm * emPx;
}

/** Lines of like length: the division whose widest line is narrowest, and which leaves no article at an end. */
function breakEvenly(words: readonly Word[], count: number, emPx: number): Word[][] {
  let best: { cost: number; lines: Word[][] } = { cost: Infinity, lines: [[...words]] };
  const total = lineWidth(words, emPx);
  const divide = (from: number, left: number, lines: Word[][], cost: number): void => {
    if (cost >= best.cost) return;
    if (left === 1) {
      const last = words.slice(from);
      const whole = Math.max(cost, lineWidth(last, emPx));
      if (whole < best.cost) best = { cost: whole, lines: [...lines, last] };
      return;
    }
    for (let to = from + 1; to <= words.length - left + 1; to++) {
      const line = words.slice(from, to);
      const leans = isLeaning(line.at(-1)?.text ?? '') || leansBack(words[to]?.text ?? '');
      const width = lineWidth(line, emPx) + (leans ? 0.12 * total : 0);
      if (width >= best.cost) break;
      divide(to, left - 1, [...lines, line], Math.max(cost, width));
    }
  };
  if (words.length >= count) divide(0, count, [], 0);
  return best.lines;
}

function edgesOf(emPx: number, hasBox: boolean): { x: number; top: number; bottom: number } {
  return hasBox
    ? {
        x: setting.boxPaddingXEm * emPx,
        top: setting.boxPaddingYEm * emPx,
        bottom: setting.boxPaddingYEm * emPx,
      }
    : {
        x: (setting.outlineEm + setting.shadowEm + setting.softEm) * emPx,
        top: (setting.outlineEm + setting.softEm) * emPx,
        bottom: (setting.outlineEm + setting.shadowEm + setting.softEm) * emPx,
      };
}

/** How far a line's letters reach from its baseline; below is negative. Boxes are of one height where letters allow it. */
function reachOf(line: readonly Word[], own: FontMetrics, emPx: number, hasBox: boolean) {
  const shaped = line.map((word) => ({ ...word.shaped, emPx: word.emPx }));
  return {
    top: Math.max(hasBox ? own.capHeightEm * emPx : 0, ...shaped.map((text) => text.topEm * text.emPx)),
    bottom: Math.min(
      hasBox ? -setting.descentEm * emPx : 0,
      ...shaped.map((text) => text.bottomEm * text.emPx),
    ),
  };
}

function stackLines(lines: readonly (readonly Word[])[], own: FontMetrics, emPx: number, hasBox: boolean) {
  const reaches = lines.map((line) => reachOf(line, own, emPx, hasBox));
  const edges = edgesOf(emPx, hasBox);
  const baselines: number[] = [];
  for (const [index, reach] of reaches.entries()) {
    const before = reaches[index - 1];
    const apart =
      before === undefined ? 0 : reach.top - before.bottom + (hasBox ? edges.top + edges.bottom : edges.top);
    baselines.push(
      before === undefined ? 0 : (baselines.at(-1) ?? 0) + Math.max(setting.lineStepEm * emPx, apart),
    );
  }
  return { reaches, baselines, edges };
}

function blockSize(lines: readonly (readonly Word[])[], own: FontMetrics, emPx: number, hasBox: boolean) {
  const { reaches, baselines, edges } = stackLines(lines, own, emPx, hasBox);
  return {
    width: Math.max(...lines.map((line) => lineWidth(line, emPx))) + 2 * edges.x,
    height:
      (reaches[0]?.top ?? 0) +
      (baselines.at(-1) ?? 0) -
      (reaches.at(-1)?.bottom ?? 0) +
      edges.top +
      edges.bottom,
  };
}

function placeTitle(
  lines: readonly (readonly Word[])[],
  place: {
    readonly asset: TitleAsset;
    readonly room: Box;
    readonly own: FontMetrics;
    readonly emPx: number;
  },
): TitleLayout {
  const { asset, room, own, emPx } = place;
  const hasBox = asset.boxColor !== undefined;
  const { reaches, baselines, edges } = stackLines(lines, own, emPx, hasBox);
  const { height } = blockSize(lines, own, emPx, hasBox);
  const free = room.bottom - room.top - height;
  const top = room.top + { top: 0, middle: free / 2, bottom: free }[asset.place];
  const firstBaseline = top + edges.top + (reaches[0]?.top ?? 0);
  const direction = directionOf(
    lines
      .flat()
      .map((word) => word.text)
      .join(' '),
  );
  const words: PlacedTitleWord[] = [];
  const lineBoxes: Box[] = [];
  for (const [index, line] of lines.entries()) {
    const width = lineWidth(line, emPx);
    const baselineY = firstBaseline + (baselines[index] ?? 0);
    const reach = reaches[index] ?? { top: 0, bottom: 0 };
    const left = (room.left + room.right - width) / 2;
    lineBoxes.push({
      left: left - edges.x,
      right: left + width + edges.x,
      top: baselineY - reach.top - edges.top,
      bottom: baselineY - reach.bottom + edges.bottom,
    });
    const texts = line.map((word) => word.text);
    const mark = texts.some(hasRightToLeft) || direction === 'rtl' ? directionMark(direction) : '';
    const order = visualOrder(texts, direction);
    let x = left;
    for (const [at, wordIndex] of order.entries()) {
      const word = line[wordIndex];
      if (word === undefined) continue;
      words.push({ ...word, centerX: x + word.widthPx / 2, baselineY, mark });
      const next = order[at + 1];
      const hasSpace = next !== undefined && line[Math.max(wordIndex, next)]?.hasSpaceBefore === true;
      x += word.widthPx + (hasSpace ? setting.spaceEm * emPx : 0);
    }
  }
  return { words, lineBoxes: hasBox ? lineBoxes : [], emPx, box: uniteBoxes(lineBoxes) };
}
