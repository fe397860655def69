import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carried, eventsOf, makeTimeline, say, shown, toCue } from '../../../test/fixtures/make-captions.ts';
import { captionLookSchema, type CaptionLook } from '../../domain/caption-look.ts';
import { carriedLooks } from '../../domain/caption-style.ts';
import type { CueWord, Timeline } from '../../domain/timeline.ts';
import { drawStills } from './draw-still.ts';
import { readFontFile } from './font-metrics.ts';
import { loadFont } from './fonts.ts';
import { layOutCue } from './layout.ts';
import { neededFonts } from './needed-fonts.ts';
import { writeAss } from './write-ass.ts';

const styles = carriedLooks.map((look) => look.name);

describe('looks', () => {
  const make = (change: Partial<CaptionLook>): CaptionLook => ({
    ...carried('karaoke'),
    name: 'own',
    ...change,
  });
  const timelineOf = (look: CaptionLook, words: CueWord[]): Timeline => ({
    ...makeTimeline([toCue(words)]),
    captions: { style: look.name, look, cues: [toCue(words)] },
  });

  it('are seven at least, each drawing something of its own', () => {
    expect(styles.length).toBeGreaterThanOrEqual(6);
    const scripts = styles.map((style) => writeAss(makeTimeline([toCue(say('one two'))], { style }))?.text);
    expect(new Set(scripts).size).toBe(styles.length);
  });

  it('are what their page describes: its example is a style, and every field of the schema is in its table', async () => {
    const page = await readFile(new URL('../../../docs/captions.md', import.meta.url), 'utf8');
    const example = /```json\n(.*?)```/su.exec(page)?.[1] ?? '';
    const look = captionLookSchema.parse(JSON.parse(example));
    expect(eventsOf(timelineOf(look, say('one two'))).length).toBeGreaterThan(4);
    const fields = Object.keys(captionLookSchema.shape).flatMap((field) =>
      field === 'cues'
        ? Object.keys(captionLookSchema.shape.cues.shape).map((cue) => `cues.${cue}`)
        : [field],
    );
    for (const field of fields) expect(page).toContain(`| \`${field}\``);
    for (const style of styles) expect(page).toContain(`| \`${style}\``);
  });

  it('put a box behind each line, and one behind the spoken word while it is spoken', () => {
    const boxed = eventsOf(
      timelineOf(make({ box: { color: '#112233', opacity: 0.5, paddingPx: 20 } }), say('one two')),
    );
    expect(boxed.filter(([layer]) => layer === '10')).toEqual([
      ['10', '0:00:00.00', '0:00:00.60', expect.stringContaining('\\1c&H332211&\\1a&H80&')],
    ]);
    const lit = eventsOf(timelineOf(make({ spoken: { boxColor: '#FF0000' } }), say('one two')));
    expect(lit.filter(([layer]) => layer === '11').map((event) => event.slice(1, 3))).toEqual([
      ['0:00:00.00', '0:00:00.30'],
      ['0:00:00.30', '0:00:00.60'],
    ]);
  });

  it('set key words apart in colour and size', () => {
    const look = make({ emphasis: { color: '#00FF00', scale: 1.5 } });
    const [first, second] = say('one two');
    const words = [first, { ...second, isEmphasised: true as const }] as CueWord[];
    const layout = layOutCue(toCue(words), look, { width: 1080, height: 1920 });
    expect((layout?.words[1]?.emPx ?? 0) / (layout?.words[0]?.emPx ?? 1)).toBeCloseTo(1.5, 6);
    const [, key] = eventsOf(timelineOf(look, words)).filter(([layer]) => layer === '13');
    expect(key?.[3]).toContain('\\1c&H00FF00&}two');
  });

  it('show words when they are spoken, whole or letter by letter', () => {
    const byWord = eventsOf(timelineOf(make({ reveal: 'word' }), say('one two')));
    expect(byWord.filter(([layer]) => layer === '13').map((event) => event[1])).toEqual([
      '0:00:00.00',
      '0:00:00.30',
    ]);
    const typed = eventsOf(timelineOf(make({ reveal: 'letter' }), say('one two'))).filter(
      ([layer]) => layer === '13',
    );
    // One letter is there from the start, two more follow; of the second word all three do.
    expect(typed.map((event) => event[3]?.match(/\\t\(\d+,\d+,\\clip/gu)?.length)).toEqual([2, 3]);
    const arabic = eventsOf(timelineOf(make({ reveal: 'letter' }), say('مرحبا'))).at(-1)?.[3] ?? '';
    const lefts = [...arabic.matchAll(/\\clip\(([\d.]+),/gu)].map((match) => Number(match[1]));
    expect(lefts).toEqual(lefts.toSorted((a, b) => b - a));
  });
});

describe('scripts', () => {
  const canvas = { width: 1080, height: 1920 };
  const order = (text: string) =>
    layOutCue(toCue(say(text)), carried('clean'), canvas)
      ?.words.toSorted((a, b) => a.centerX - b.centerX)
      .map((word) => word.text);

  it('run right to left where their letters do, numbers and Latin words within them left to right', () => {
    expect(order('one two')).toEqual(['one', 'two']);
    expect(order('مرحبا بكم')).toEqual(['بكم', 'مرحبا']);
    expect(order('שלום PatternPivot Studio עולם')).toEqual(['עולם', 'PatternPivot', 'Studio', 'שלום']);
    expect(order('the שלום עולם end')).toEqual(['the', 'עולם', 'שלום', 'end']);
    const [event] = eventsOf(makeTimeline([toCue(say('مرحبا،'))])).slice(-1);
    expect(event?.[3]).toMatch(/\}\u200Fمرحبا$/u);
  });

  it('keep joiners that spell a word and drop those that do not', () => {
    expect(shown('می\u200Cخواهم', 'clean')).toBe('می\u200Cخواهم');
    expect(shown('\u200Dword\u200C', 'clean')).toBe('word');
    expect(shown('ανάπτυξη,', 'pop')).toBe('ΑΝΑΠΤΥΞΗ');
  });

  it('break a line without spaces between its words, and never before a full stop', () => {
    const layout = layOutCue(
      toCue(say('今日は本当にいい天気ですね。明日は雨が降るかもしれません。')),
      carried('karaoke'),
      canvas,
    );
    expect(new Set(layout?.words.map((word) => word.line))).toEqual(new Set([0, 1]));
    expect(layout?.words.every((word) => !/^[。、]/u.test(word.text))).toBe(true);
    expect(layout?.words.every((word) => word.wordIndex === 0)).toBe(true);
  });
});

describe('neededFonts', () => {
  it('asks for the font of the language, and for none where one at hand has the letters', () => {
    const names = (text: string, language?: string) =>
      neededFonts(text, { language }).map((font) => font.name);
    expect(names('Plain, Привет, مرحبا, नमस्ते')).toEqual([]);
    expect(names('今日は')).toEqual(['noto-sans-jp-bold']);
    expect(names('北京')).toEqual(['noto-sans-sc-bold']);
    expect(names('北京', 'zh-TW')).toEqual(['noto-sans-sc-bold']);
    expect(names('東京', 'ja-JP')).toEqual(['noto-sans-jp-bold']);
    expect(names('한국어 漢字')).toEqual(['noto-sans-kr-bold']);
    const have = [{ id: 'noto-sans-jp-bold', path: loadFont('anton').font.path, contentHash: 'sha256:0' }];
    expect(neededFonts('今日は', { have })).toEqual([]);
  });
});

describe('fonts from files', () => {
  it('are used by their id, and refused in words where they are no fonts', () => {
    const { path } = loadFont('courier-prime-bold').font;
    const timeline = {
      ...makeTimeline([toCue(say('typed'))]),
      fonts: [{ id: 'brand', path, contentHash: `sha256:${'0'.repeat(64)}` }],
    };
    const look = { ...carried('clean'), name: 'own', font: 'brand' };
    const script = writeAss({ ...timeline, captions: { ...timeline.captions, style: 'own', look } });
    expect(script?.fontFiles).toEqual([{ name: 'brand.ttf', path }]);
    expect(script?.text).toContain('Style: brand,Courier Prime,');
    expect(script?.text).toContain(`; brand sha256:${'0'.repeat(64)}\n`);
    expect(() => readFontFile('x', import.meta.filename)).toThrow(/is no TrueType or OpenType font/u);
    expect(() => readFontFile('x', '/no/such/font.ttf')).toThrow(/cannot be read/u);
  });
});

describe('pixels', () => {
  it('lie where they were computed, for scripts whose marks libass would shift and for a font that it would thicken', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pivot-pixels-'));
    try {
      for (const text of ['السبب', 'شركات', 'ÉTÉ', 'नमस्ते']) {
        const look: CaptionLook = {
          ...carried('karaoke'),
          name: 'own',
          outlinePx: 0,
          shadowPx: 0,
          font: 'anton',
        };
        const canvas = { width: 540, height: 540 };
        const cue = toCue(say(text));
        const layout = layOutCue(cue, look, canvas);
        const [word] = layout?.words ?? [];
        if (word === undefined) throw new Error(`nothing of ${text}`);
        const timeline = { ...makeTimeline([cue], canvas), captions: { style: 'own', look, cues: [cue] } };
        const path = join(folder, 'still.gray');
        const column = { canvas, script: writeAss(timeline), atMs: [200], background: ['#000000'] as const };
        await drawStills([column], { path, format: 'gray' }, { signal: new AbortController().signal });
        const pixels = await readFile(path);
        const lit = [...pixels.keys()].filter((at) => (pixels[at] ?? 0) > 40).map((at) => at % canvas.width);
        const left = word.centerX - (word.shaped.widthEm * word.emPx) / 2;
        expect(Math.abs(Math.min(...lit) - (left + word.shaped.inkLeftEm * word.emPx))).toBeLessThan(2);
        expect(Math.abs(Math.max(...lit) + 1 - (left + word.shaped.inkRightEm * word.emPx))).toBeLessThan(2);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
