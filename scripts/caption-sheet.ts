import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createFontSource } from '../src/app/fonts.ts';
import { defaultWorkspace } from '../src/app/workspace.ts';
import { aspectNames, aspects } from '../src/domain/aspect.ts';
import { splitUnspaced } from '../src/domain/caption-join.ts';
import type { CaptionLook } from '../src/domain/caption-look.ts';
import { carriedLooks } from '../src/domain/caption-style.ts';
import type { Cue, FontFile, Timeline } from '../src/domain/timeline.ts';
import type { RecipeEvent } from '../src/recipes/events.ts';
import { prepareFonts } from '../src/recipes/prepare-fonts.ts';
import { drawStills } from '../src/stages/captions/draw-still.ts';
import { fontSetOf, missingGlyphs, type FontSet } from '../src/stages/captions/fonts.ts';
import { captionBoxes, layOutCue, safeBox, type Box } from '../src/stages/captions/layout.ts';
import { inkMarginPx } from '../src/stages/captions/measure.ts';
import { writeAss } from '../src/stages/captions/write-ass.ts';

/**
 * Draws every caption style in every shape and script, and measures the pixels: nothing outside the safe box, every letter
 * where and as wide as it was measured (another font's letter, or the box of a missing one, would not be), every character
 * in a font at hand. `npm run captions:sheet [folder]`; a PNG for each shape. Fails when a measure does.
 */

/** By what they are called: what is written in them, and key words marked with an asterisk. */
type Scripts = Readonly<Record<string, string>>;

/** Chinese stands apart: it shares characters with Japanese, and a clip has the font of one of them. */
const sheets: readonly { readonly name: string; readonly scripts: Scripts }[] = [
  {
    name: 'captions',
    scripts: {
      'latin with accents': 'Où étiez-vous, Ángel? *Łódź brûlée, naïve Æsir: Öçüş',
      cyrillic: 'Это *очень важный момент, друзья мои',
      greek: 'Η *απάντηση είναι πολύ απλή, φίλε μου',
      arabic: 'هذا هو السبب *الحقيقي وراء 5 شركات.',
      hebrew: 'זה *הרגע החשוב ביותר ב-2024, חבר.',
      devanagari: 'यह *सबसे महत्वपूर्ण क्षण है, दोस्तों।',
      japanese: '今日は*本当にいい天気ですね。「散歩」しましょう！',
      korean: '이것은 *가장 중요한 순간입니다, 여러분.',
    },
  },
  { name: 'captions-chinese', scripts: { chinese: '这是*最重要的时刻，朋友们。我们走吧！' } },
];

/** How far pixels may be from what was computed, in px: edges are smoothed, and sound-alike widths differ by more. */
const forgivenPx = 3;

/** Light, since every edge of a style is dark. */
const background = '#A8DCA8';

const cueMs = 4000;
const wordMs = 250;
const signal = new AbortController().signal;

async function main(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const problems: string[] = [];
  let worst = 0;
  let cells = 0;
  for (const { name, scripts } of sheets) {
    const text = Object.values(scripts).join(' ').replaceAll('*', '');
    const fonts = await fetchFonts(text);
    const missing = missingGlyphs(text, fontSetOf(fonts));
    if (missing.length > 0) problems.push(`no font has ${missing.join(' ')}`);
    console.log(`Columns: ${carriedLooks.map((look) => look.name).join(', ')}.`);
    console.log(`Rows: ${Object.keys(scripts).join(', ')}.`);
    for (const aspect of aspectNames) {
      const canvas = aspects[aspect];
      const timelines = carriedLooks.map((look) => makeTimeline(look, canvas, { scripts, fonts }));
      for (const [index, look] of carriedLooks.entries()) {
        const timeline = timelines[index];
        if (timeline === undefined) continue;
        for (const { script, problem, offPx } of await measure(timeline, look, Object.keys(scripts))) {
          cells += 1;
          worst = Math.max(worst, offPx);
          if (problem !== undefined) problems.push(`${look.name}, ${aspect}, ${script}: ${problem}`);
        }
      }
      const path = join(folder, `${name}-${aspect.replace(':', 'x')}.png`);
      const columns = timelines.map((timeline) => ({
        canvas,
        script: writeAss(timeline),
        atMs: momentsOf(timeline),
        background: ['#24384C', '#7A5A44'] as const,
        frame: safeBox(canvas.width, canvas.height),
      }));
      await drawStills(columns, { path, format: 'png', widthPx: aspect === '16:9' ? 480 : 270 }, { signal });
      console.log(path);
    }
  }
  console.log(
    `${cells} stills, ${problems.length} problems. The ink lies at most ${worst.toFixed(1)} px from where it was computed.`,
  );
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

async function fetchFonts(text: string): Promise<readonly FontFile[]> {
  const getFont = createFontSource({
    folder: join(defaultWorkspace(), 'fonts'),
    mayDownload: true,
    registry: process.env['npm_config_registry'] ?? 'https://registry.npmjs.org',
  });
  const emit = (event: RecipeEvent) => console.log('text' in event ? event.text : '');
  return prepareFonts(text, getFont, { signal, emit });
}

/** One cue for each script. */
function makeTimeline(
  look: CaptionLook,
  canvas: { width: number; height: number },
  { scripts, fonts }: { scripts: Scripts; fonts: readonly FontFile[] },
): Timeline {
  const cues = Object.values(scripts).map((text, index): Cue => {
    const startMs = index * cueMs;
    const all = text.split(' ').flatMap((word) => {
      const isKey = word.startsWith('*');
      return splitUnspaced(word.replaceAll('*', '')).map((part, at) => ({
        text: part,
        isKey: isKey && at === 0,
      }));
    });
    const words = all.slice(0, look.cues.maxWords).map(({ text: word, isKey }, at) => ({
      text: word,
      startMs: startMs + at * wordMs,
      endMs: startMs + (at + 1) * wordMs,
      sourceStartMs: 0,
      sourceEndMs: 0,
      assetId: 'none',
      isEmphasised: isKey ? (true as const) : undefined,
    }));
    return { startMs, endMs: startMs + cueMs, words };
  });
  return {
    version: 1,
    name: look.name,
    frameRate: { num: 25, den: 1 },
    ...canvas,
    durationFrames: (cues.length * cueMs) / 40,
    loudness: { integratedLufs: -14, truePeakDbtp: -1 },
    assets: [{ id: 'none', kind: 'color', color: background }],
    fonts: [...fonts],
    tracks: [{ id: 'v1', kind: 'video', clips: [] }],
    transitions: [],
    captions: { style: look.name, cues },
    metadata: {},
  };
}

/** The last word has been said, and everything stands still. */
function momentsOf(timeline: Timeline): number[] {
  return timeline.captions.cues.map((cue) => cue.endMs - 500);
}

async function measure(
  timeline: Timeline,
  look: CaptionLook,
  scripts: readonly string[],
): Promise<{ script: string; problem: string | undefined; offPx: number }[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pivot-captions-'));
  try {
    const path = join(folder, 'stills.gray');
    await drawStills(
      [{ canvas: timeline, script: writeAss(timeline), atMs: momentsOf(timeline), background: [background] }],
      { path, format: 'gray' },
      { signal },
    );
    const pixels = await readFile(path);
    const fonts = fontSetOf(timeline.fonts);
    const boxes = captionBoxes(timeline);
    return scripts.map((script, index) => {
      const drawn = findInk(pixels, timeline, index);
      const expected = expectInk(timeline, look, index, fonts);
      if (drawn === undefined || expected === undefined)
        return { script, problem: 'nothing is drawn', offPx: 0 };
      const safe = safeBox(timeline.width, timeline.height);
      const largest = boxes.find((box) => box.cueIndex === index)?.box ?? drawn;
      const offPx = Math.max(
        ...(['left', 'top', 'right', 'bottom'] as const).map((side) =>
          Math.abs(drawn[side] - expected[side]),
        ),
      );
      const problem =
        outside(drawn, safe) > 0
          ? `reaches ${outside(drawn, safe)} px out of the safe box`
          : outside(drawn, largest) > 0
            ? `reaches ${outside(drawn, largest)} px out of its computed box`
            : offPx > forgivenPx
              ? `is drawn at ${describe(drawn)} and was computed at ${describe(expected)}`
              : undefined;
      return { script, problem, offPx };
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(box: Box): string {
  return `${[box.left, box.top, box.right, box.bottom].map((value) => value.toFixed(1)).join(' ')}`;
}

/** How many whole px one reaches out of the other; a px that the edge runs through is inside. */
function outside(inner: Box, outer: Box): number {
  return Math.max(
    Math.floor(outer.left) - inner.left,
    Math.floor(outer.top) - inner.top,
    inner.right - Math.ceil(outer.right),
    inner.bottom - Math.ceil(outer.bottom),
  );
}

/** What differs from the background in the n-th still. */
function findInk(
  pixels: Uint8Array,
  canvas: { width: number; height: number },
  index: number,
): Box | undefined {
  const from = index * canvas.width * canvas.height;
  const plain = pixels[from] ?? 0;
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let y = 0; y < canvas.height; y++) {
    for (let x = 0; x < canvas.width; x++) {
      // Fainter than this is the breath of a smoothed edge.
      if (Math.abs((pixels[from + y * canvas.width + x] ?? 0) - plain) < 24) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return box.right > box.left ? box : undefined;
}

/** Where the ink must be: outlines of the letters as shaped, their edges, and the boxes. Nothing jumps at this moment. */
function expectInk(timeline: Timeline, look: CaptionLook, index: number, fonts: FontSet): Box | undefined {
  const cue = timeline.captions.cues[index];
  const layout = cue === undefined ? undefined : layOutCue(cue, look, timeline, fonts);
  if (layout === undefined) return undefined;
  const last = layout.words.at(-1)?.wordIndex;
  const boxes = layout.words.flatMap((word): Box[] => {
    const { shaped, emPx, centerX, baselineY } = word;
    const left = centerX - (shaped.widthEm / 2) * emPx;
    const edge = layout.outlinePx;
    const ink = {
      left: left + shaped.inkLeftEm * emPx - edge,
      right: left + shaped.inkRightEm * emPx + edge + layout.shadowPx,
      top: baselineY - shaped.topEm * emPx - edge,
      bottom: baselineY - shaped.bottomEm * emPx + edge + layout.shadowPx,
    };
    const isBoxed =
      (word.wordIndex === last && look.spoken?.boxColor !== undefined) ||
      (word.isEmphasised && look.emphasis?.boxColor !== undefined);
    return isBoxed ? [ink, word.backBox] : [ink];
  });
  const all = [...boxes, ...layout.lineBoxes];
  return {
    left: Math.min(...all.map((box) => box.left)),
    top: Math.min(...all.map((box) => box.top)),
    right: Math.max(...all.map((box) => box.right)),
    bottom: Math.max(...all.map((box) => box.bottom)),
  };
}

if (inkMarginPx < forgivenPx) throw new Error('Computed boxes leave less room than is forgiven.');
process.exitCode = await main(resolve(process.argv[2] ?? 'captions-sheet'));
