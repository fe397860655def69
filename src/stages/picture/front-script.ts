import type { FontFile } from '../../domain/timeline.ts';
import {
  assembleScript,
  boxEvent,
  placeTags,
  textEvent,
  toAssColor,
  type AssScript,
} from '../captions/ass-script.ts';
import { displayText } from '../captions/display-text.ts';
import type { FontMetrics } from '../captions/font-metrics.ts';
import { fontSetOf, pickFont, type FontSet } from '../captions/fonts.ts';
import { styleScale, type Box, type Canvas } from '../captions/safe-box.ts';
import { stageBox } from './design.ts';
import type { Palette } from './palette.ts';

/** What is written on the pictures: where they are from, which of a list they are, and words where there is no picture. */

/** What is written on one picture. */
export type Lettering = {
  /** Where it is from, in a few words: `Three minutes late · 0:42`. */
  readonly label?: string | undefined;
  /** Its number in a list. */
  readonly number?: number | undefined;
  /** Words that are the picture. */
  readonly words?: readonly string[] | undefined;
};

/** Where labels and numbers stand: within the card, or in the stage of a full picture. */
export type LetteringPlace = {
  readonly canvas: Canvas;
  readonly card: Box | undefined;
  readonly palette: Palette;
  readonly fonts?: readonly FontFile[] | undefined;
  readonly baseFolder?: string | undefined;
};

/** Sizes in px of a canvas whose shorter side has 1080. */
const label = { font: 'manrope-semi-bold', emPx: 31, padX: 22, padY: 14, inset: 24, mostShare: 0.86 };
const number = { font: 'anton', emPx: 190, inset: 34 };
const words = { font: 'anton', mostEmPx: 250, leastEmPx: 90, lineStep: 1.16, barHeight: 14, barGap: 46 };

const span = { startCs: 0, endCs: 100, startMs: 0 };

/** Longest label, in characters: what does not fit is cut at its title. */
const mostLabel = 44;

/** `Three minutes late · 0:42`, its title cut where it is long. */
export function writeLabel(title: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  const time = ` · ${clock}:${two(seconds % 60)}`;
  const letters = [...title.replaceAll(/\s+/gu, ' ').trim()];
  const room = mostLabel - time.length;
  return `${
    letters.length <= room
      ? letters.join('')
      : `${letters
          .slice(0, room - 1)
          .join('')
          .trimEnd()}…`
  }${time}`;
}

/** The script of what is written; undefined where that is nothing. */
export function writeLettering(lettering: Lettering, place: LetteringPlace): AssScript | undefined {
  const { canvas, fonts: files } = place;
  const scale = styleScale(canvas);
  const fonts = fontSetOf(files, { baseFolder: place.baseFolder });
  const drawn: Drawn = { events: [], fonts: [] };
  if (lettering.words !== undefined) drawWords(drawn, lettering.words, place, fonts, scale);
  if (lettering.number !== undefined) drawNumber(drawn, lettering.number, place, fonts, scale);
  if (lettering.label !== undefined) drawLabel(drawn, lettering.label, place, fonts, scale);
  return assembleScript(canvas, drawn.events, drawn.fonts, files);
}

type Drawn = { readonly events: string[]; readonly fonts: FontMetrics[] };

function drawLabel(drawn: Drawn, text: string, place: LetteringPlace, fonts: FontSet, scale: number): void {
  const shown = show(text, label.font, fonts);
  if (shown === undefined) return;
  const { font, shaped } = shown;
  const area = place.card ?? stageBox(place.canvas);
  const inset = (place.card === undefined ? 0 : label.inset) * scale;
  const most = (area.right - area.left - 2 * inset) * label.mostShare;
  const padX = label.padX * scale;
  const emPx = Math.min(label.emPx * scale, (most - 2 * padX) / shaped.widthEm);
  const width = shaped.widthEm * emPx + 2 * padX;
  const height = font.capHeightEm * emPx + 2 * label.padY * scale;
  const left = area.left + inset;
  const top = place.card === undefined ? area.top : area.bottom - inset - height;
  const box = { left, top, right: left + width, bottom: top + height };
  drawn.events.push(boxEvent(0, span, box, { color: '#000000', opacity: 0.58, radius: height / 2 }));
  const dot = height * 0.17;
  const middle = (top + box.bottom) / 2;
  drawn.events.push(
    boxEvent(
      1,
      span,
      {
        left: left + padX * 0.55 - dot,
        right: left + padX * 0.55 + dot,
        top: middle - dot,
        bottom: middle + dot,
      },
      { color: place.palette.accent, opacity: 1, radius: dot },
    ),
  );
  const tags = placeTags({
    font,
    shaped,
    centerX: left + width / 2 + padX * 0.28,
    baselineY: middle + (font.capHeightEm * emPx) / 2,
    emPx,
  });
  drawn.fonts.push(font);
  drawn.events.push(
    textEvent(2, span, font, `${tags}\\bord0\\shad0\\1c${toAssColor('#FFFFFF')}`, shown.text),
  );
}

function drawNumber(drawn: Drawn, value: number, place: LetteringPlace, fonts: FontSet, scale: number): void {
  const shown = show(String(value), number.font, fonts);
  if (shown === undefined) return;
  const { font, shaped, text } = shown;
  const emPx = number.emPx * scale;
  const area = place.card ?? stageBox(place.canvas);
  const inset = number.inset * scale;
  const tags = placeTags({
    font,
    shaped,
    centerX: area.left + inset + (shaped.widthEm * emPx) / 2,
    baselineY: area.top + inset + font.capHeightEm * emPx,
    emPx,
  });
  drawn.fonts.push(font);
  const edge = `\\bord${(6 * scale).toFixed(1)}\\shad${(4 * scale).toFixed(1)}\\3c&H000000&\\3a&H50&\\4a&H90&`;
  drawn.events.push(textEvent(3, span, font, `${tags}${edge}\\1c${toAssColor(place.palette.accent)}`, text));
}

/** Words as large as their lines allow, one below the other, the last in the accent, and a bar that ends them. */
function drawWords(
  drawn: Drawn,
  texts: readonly string[],
  place: LetteringPlace,
  fonts: FontSet,
  scale: number,
): void {
  const lines = texts.flatMap((text) => {
    const shown = show(text.toLocaleUpperCase('en'), words.font, fonts);
    return shown === undefined ? [] : [shown];
  });
  if (lines.length === 0) return;
  const stage = stageBox(place.canvas);
  const room = { width: stage.right - stage.left, height: (stage.bottom - stage.top) * 0.8 };
  const widest = Math.max(...lines.map(({ shaped }) => shaped.widthEm));
  const emPx = Math.max(
    Math.min(words.mostEmPx * scale, room.width / widest, room.height / (lines.length * words.lineStep)),
    Math.min(words.leastEmPx * scale, room.width / widest),
  );
  const capEm = lines[0]!.font.capHeightEm;
  const bar = (words.barGap + words.barHeight) * scale;
  const height = capEm * emPx + (lines.length - 1) * words.lineStep * emPx + bar;
  const top = (stage.top + stage.bottom - height) / 2;
  const middle = place.canvas.width / 2;
  for (const [index, { font, shaped, text }] of lines.entries()) {
    const tags = placeTags({
      font,
      shaped,
      centerX: middle,
      baselineY: top + capEm * emPx + index * words.lineStep * emPx,
      emPx,
    });
    const isLast = index === lines.length - 1;
    const color = toAssColor(isLast ? place.palette.accent : '#FFFFFF');
    const edge = `\\bord0\\shad${(6 * scale).toFixed(1)}\\4c&H000000&\\4a&H80&`;
    drawn.fonts.push(font);
    drawn.events.push(textEvent(2, span, font, `${tags}${edge}\\1c${color}`, text));
  }
  const barWidth = Math.min(room.width, 0.34 * room.width);
  const barTop = top + height - words.barHeight * scale;
  drawn.events.push(
    boxEvent(
      1,
      span,
      {
        left: middle - barWidth / 2,
        right: middle + barWidth / 2,
        top: barTop,
        bottom: barTop + words.barHeight * scale,
      },
      { color: place.palette.accent, opacity: 1, radius: (words.barHeight * scale) / 2 },
    ),
  );
}

function show(text: string, preferred: string, fonts: FontSet) {
  const clean = displayText(text, { font: preferred, isCapitals: false, showsEmoji: false }, fonts);
  if (clean === '') return undefined;
  const font = pickFont(clean, preferred, fonts);
  return { text: clean, font, shaped: font.shapeText(clean) };
}
