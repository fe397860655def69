import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitUnspaced } from '../domain/caption-join.ts';
import type { CaptionLook } from '../domain/caption-look.ts';
import { temporaryFolderPrefix } from '../domain/temporary-name.ts';
import type { CueWord, FontFile, Timeline } from '../domain/timeline.ts';
import { drawStills, type StillColumn } from '../stages/captions/draw-still.ts';
import { makeCues } from '../stages/captions/make-cues.ts';
import { stylesPage } from '../stages/captions/styles-page.ts';
import { writeAss } from '../stages/captions/write-ass.ts';
import type { RecipeContext } from './events.ts';

/** What a preview of styles shows. */
export type PreviewOptions = {
  /** Words that are captioned; key words between asterisks: `This is the *one* thing`. */
  readonly text: string;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly fonts: readonly FontFile[];
};

/** A word is spoken this long, plus so much for each letter, in ms. */
const pace = { wordMs: 140, letterMs: 42 };

/** A loop shows this many pictures, so far apart in ms: 4 s at most. */
const loop = { stepMs: 125, most: 32 };

const previewWidthPx = { upright: 270, wide: 480 };
const background = ['#33506B', '#8A6247'] as const;

/** A page that works from disk and shows each style moving. @throws tool.render_failed, input.font_invalid */
export async function previewStylesPage(
  looks: readonly CaptionLook[],
  options: PreviewOptions,
  context: RecipeContext,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), temporaryFolderPrefix('styles')));
  try {
    const loops = [];
    for (const look of looks) {
      const timeline = sayIn(look, options);
      const endMs = Math.min(timeline.captions.cues.at(-1)?.endMs ?? 0, loop.stepMs * loop.most);
      const count = Math.max(1, Math.floor(endMs / loop.stepMs));
      const atMs = Array.from({ length: count }, (_, index) => index * loop.stepMs + loop.stepMs / 2);
      const path = join(folder, `${look.name}.jpg`);
      await drawStills(
        [columnOf(timeline, atMs)],
        { path, format: 'jpeg', widthPx: widthOf(options.canvas) },
        context,
      );
      const jpeg = (await readFile(path)).toString('base64');
      loops.push({ look, jpeg, pictures: count, stepMs: loop.stepMs });
    }
    return stylesPage(loops, options.canvas);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same as one picture, a column for each style, in the middle of what is said. */
export async function previewStylesPicture(
  looks: readonly CaptionLook[],
  options: PreviewOptions & { readonly path: string },
  context: RecipeContext,
): Promise<void> {
  const columns = looks.map((look) => {
    const timeline = sayIn(look, options);
    const cue = timeline.captions.cues[0];
    const middle = cue?.words[Math.floor(cue.words.length / 2)];
    return columnOf(timeline, [((middle?.startMs ?? 0) + (middle?.endMs ?? 0)) / 2 + 60]);
  });
  await drawStills(columns, { path: options.path, format: 'png', widthPx: widthOf(options.canvas) }, context);
}

function columnOf(timeline: Timeline, atMs: readonly number[]): StillColumn {
  return { canvas: timeline, script: writeAss(timeline), atMs, background };
}

/** A timeline that says a text in a style. */
function sayIn(look: CaptionLook, { text, canvas, fonts }: PreviewOptions): Timeline {
  let atMs = 0;
  const words = text
    .split(/\s+/u)
    .filter((word) => word !== '')
    .flatMap((written) => {
      const isKey = /^\*.+\*\p{P}*$/u.test(written);
      return splitUnspaced(isKey ? written.replaceAll('*', '') : written).map((word): CueWord => {
        const startMs = atMs;
        atMs += pace.wordMs + pace.letterMs * [...word].length;
        return {
          text: word.slice(0, 200),
          startMs,
          endMs: atMs,
          sourceStartMs: startMs,
          sourceEndMs: atMs,
          assetId: 'none',
          isEmphasised: isKey ? true : undefined,
        };
      });
    });
  const endMs = atMs + 500;
  return {
    version: 1,
    name: look.name,
    frameRate: { num: 30, den: 1 },
    width: canvas.width,
    height: canvas.height,
    durationFrames: Math.ceil((endMs * 30) / 1000),
    loudness: { integratedLufs: -14, truePeakDbtp: -1 },
    assets: [{ id: 'none', kind: 'color', color: background[0] }],
    ...(fonts.length === 0 ? {} : { fonts: [...fonts] }),
    tracks: [{ id: 'v1', kind: 'video', clips: [] }],
    transitions: [],
    captions: { style: look.name, look, cues: makeCues(words, { ...canvas, look, endMs, fonts }) },
    metadata: {},
  };
}

function widthOf(canvas: PreviewOptions['canvas']): number {
  return canvas.width > canvas.height ? previewWidthPx.wide : previewWidthPx.upright;
}
