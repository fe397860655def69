import { carried, eventsOf, makeTimeline, say, shown, toCue } from '../../../test/fixtures/make-captions.ts';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { carriedLooks } from '../../domain/caption-style.ts';
import { escapeAssText } from './ass-text.ts';
import { captionNotes } from './caption-notes.ts';
import { fontSetOf, loadFont, missingGlyphs, pickFont } from './fonts.ts';
import { captionBoxes, layOutCue, safeBox } from './layout.ts';
import { makeCues } from './make-cues.ts';
import { writeAss } from './write-ass.ts';

const canvases = [
  { width: 1080, height: 1920 },
  { width: 360, height: 640 },
  { width: 1080, height: 1080 },
  { width: 1920, height: 1080 },
  { width: 64, height: 64 },
];
const styles = carriedLooks.map((look) => look.name);

describe('fonts', () => {
  it('are named as libass finds them, and lie on this machine', () => {
    expect(loadFont('anton').font.family).toBe('Anton');
    expect(loadFont('montserrat-extra-bold').font.family).toBe('Montserrat ExtraBold');
    expect(existsSync(loadFont('anton').font.path)).toBe(true);
  });

  it('measure advance widths, kerning and extents', () => {
    const anton = loadFont('anton');
    const width = (text: string) => anton.shapeText(text).widthEm;
    // Advance of A in Anton: 994 of 2048 units, by its hmtx table.
    expect(width('A')).toBeCloseTo(994 / 2048, 6);
    expect(width('AVA')).toBeLessThan(2 * width('A') + width('V'));
    expect(anton.shapeText('É').topEm).toBeGreaterThan(anton.capHeightEm);
    expect(anton.shapeText('g').bottomEm).toBeLessThan(0);
  });

  it('measure letters joined, as they are drawn', () => {
    const arabic = loadFont('noto-sans-arabic-extra-bold');
    const alone = [...'مرحبا'].reduce((total, letter) => total + arabic.shapeText(letter).widthEm, 0);
    expect(arabic.shapeText('مرحبا').widthEm).toBeLessThan(0.9 * alone);
    const hindi = loadFont('noto-sans-devanagari-extra-bold');
    // The conjunct of स, virama and त is one shape, and its two halves have one cluster.
    expect(hindi.shapeText('स्ते').advances.length).toBeLessThan(4);
  });

  it('stand in for each other where one lacks a letter, the heavy for the heavy', () => {
    const nameFor = (text: string, preferred: string) =>
      pickFont(text, preferred, fontSetOf(undefined)).font.name;
    expect(nameFor('Hello', 'anton')).toBe('anton');
    expect(nameFor('Привет', 'anton')).toBe('montserrat-extra-bold');
    expect(nameFor('Ελλάδα', 'anton')).toBe('manrope-extra-bold');
    expect(nameFor('مرحبا', 'anton')).toBe('noto-sans-arabic-extra-bold');
    expect(nameFor('مرحبا', 'manrope-semi-bold')).toBe('noto-sans-arabic-semi-bold');
    expect(nameFor('שלום', 'montserrat-extra-bold')).toBe('noto-sans-hebrew-extra-bold');
    expect(nameFor('नमस्ते', 'montserrat-extra-bold')).toBe('noto-sans-devanagari-extra-bold');
    expect(nameFor('Hello', 'no such font')).toBe('montserrat-extra-bold');
  });

  it('report the characters that none of them has, each once', () => {
    expect(missingGlyphs('Привет, “Łódź” — naïve? €5 … مرحبا שלום नमस्ते Ελλάδα')).toEqual([]);
    expect(missingGlyphs('中文 和 中 😀\u200D\uFE0F')).toEqual([...'中文和😀']);
    const timelines = ['plain words', '中文 words'].map((text) => makeTimeline([toCue(say(text))]));
    expect(captionNotes(timelines)).toEqual([expect.stringContaining('(中 文)')]);
    expect(captionNotes(timelines.slice(0, 1))).toEqual([]);
    expect(captionNotes([makeTimeline([toCue(say('中文'))], { style: 'none' })])).toEqual([]);
  });
});

describe('makeCues', () => {
  const text =
    'So the one thing that nobody ever tells you about compound interest, is that it waits. It waits for years! ' +
    'And internationalisation happened, as www.example.org said.';

  it.each(styles)('keeps the words of %s, shows few at a time, and sets them at full size', (style) => {
    for (const canvas of canvases.slice(0, 4)) {
      const words = say(text);
      const cues = makeCues(words, { ...canvas, look: carried(style), endMs: 20_000 });
      expect(cues.flatMap((cue) => cue.words.map((word) => word.text))).toEqual(text.split(' '));
      const spec = carried(style);
      for (const cue of cues) {
        expect(cue.words.length).toBeLessThanOrEqual(spec.cues.maxWords);
        if (cue.words.length === 1) continue;
        const layout = layOutCue(cue, spec, canvas);
        const fullSizePx = (spec.fontSizePx * Math.min(canvas.width, canvas.height)) / 1080;
        expect(layout?.words[0]?.emPx).toBeCloseTo(fullSizePx, 6);
      }
    }
  });

  it('keeps cues where nothing is burnt in', () => {
    const cues = makeCues(say(text), { width: 1080, height: 1920, look: undefined, endMs: 20_000 });
    expect(cues.flatMap((cue) => cue.words)).toHaveLength(text.split(' ').length);
  });
});

describe('layOutCue', () => {
  const samples = [
    'Hi',
    'ÉÅÇ façade jÿg?',
    'internationalisation',
    'Everybody talks about it and nobody ever does anything, which is what everybody expected anyway',
    'Supercalifragilisticexpialidocious'.repeat(4),
    'Привет, мир!',
    '中文字幕 مرحبا 😀 αβγ',
    '{\\an8\\fs300}HACK\\N',
  ];

  it('never leaves the safe box, whatever the words, the style and the canvas', () => {
    for (const canvas of canvases) {
      const safe = safeBox(canvas.width, canvas.height);
      for (const style of styles) {
        for (const sample of samples) {
          const layout = layOutCue(toCue(say(sample)), carried(style), canvas);
          if (layout === undefined) throw new Error(`nothing to show of ${sample}`);
          expect(layout.box.left).toBeGreaterThanOrEqual(safe.left - 1e-6);
          expect(layout.box.right).toBeLessThanOrEqual(safe.right + 1e-6);
          expect(layout.box.top).toBeGreaterThanOrEqual(safe.top - 1e-6);
          expect(layout.box.bottom).toBeLessThanOrEqual(safe.bottom + 1e-6);
          expect(new Set(layout.words.map((word) => word.line)).size).toBeLessThanOrEqual(2);
        }
      }
    }
  });

  it('knows the box that is safe on TikTok, Reels and Shorts', () => {
    expect(safeBox(1080, 1920)).toEqual({ left: 108, top: 384, right: 972, bottom: 1536 });
  });

  it('stands at 70 to 75 % of the height', () => {
    for (const style of styles) {
      const box = layOutCue(toCue(say('So it goes')), carried(style), { width: 1080, height: 1920 })?.box;
      const middle = ((box?.top ?? 0) + (box?.bottom ?? 0)) / 2 / 1920;
      expect(middle).toBeGreaterThan(0.7);
      expect(middle).toBeLessThan(0.75);
    }
  });

  it('balances two lines and keeps an article with its noun', () => {
    const cue = toCue(say('So this is what a big dog does'));
    const layout = layOutCue(cue, carried('karaoke'), { width: 1080, height: 1920 });
    const line = (index: number) =>
      layout?.words
        .filter((word) => word.line === index)
        .map((word) => word.text)
        .join(' ');
    expect([line(0), line(1)]).toEqual(['So this is what', 'a big dog does']);
  });

  it('keeps the letters of neighbours apart, even of those that jump', () => {
    const layout = layOutCue(toCue(say('as it is')), carried('pop'), { width: 1080, height: 1920 });
    const words = layout?.words ?? [];
    expect(new Set(words.map((word) => word.line)).size).toBe(1);
    for (const [index, word] of words.entries()) {
      const next = words[index + 1];
      if (next === undefined) continue;
      const { outlinePx, shadowPx } = carried('pop');
      expect(word.box.right - outlinePx - shadowPx - 2).toBeLessThan(next.box.left + outlinePx + 2);
    }
  });

  it('shows capitals without commas in pop, and leaves out emoji that no font has', () => {
    expect(shown('straße,', 'pop')).toBe('STRASSE');
    expect(shown('really?!', 'pop')).toBe('REALLY?!');
    expect(shown('well,', 'karaoke')).toBe('well,');
    expect(shown('nice😀👍🏽', 'karaoke')).toBe('nice');
    expect(shown('👩‍👩‍👧', 'pop')).toBe('');
    expect(layOutCue(toCue(say('😀')), carried('pop'), { width: 1080, height: 1920 })).toBeUndefined();
  });
});

describe('writeAss', () => {
  it('writes nothing for no captions, for `none`, and for words that cannot be shown', () => {
    expect(writeAss(makeTimeline([]))).toBeUndefined();
    expect(writeAss(makeTimeline([toCue(say('Hello'))], { style: 'none' }))).toBeUndefined();
    expect(writeAss(makeTimeline([toCue(say('😀'))]))).toBeUndefined();
  });

  it('names the canvas and each font that it uses, with its file', () => {
    const script = writeAss(makeTimeline([toCue(say('Hello Привет'))]));
    expect(script?.text).toContain('PlayResX: 1080\nPlayResY: 1920\n');
    expect(script?.text).toContain('Style: anton,Anton,');
    expect(script?.text).toContain('Style: montserrat-extra-bold,Montserrat ExtraBold,');
    expect(script?.fontFiles.map((file) => file.name)).toEqual(['anton.ttf', 'montserrat-extra-bold.ttf']);
  });

  it('lights each word when it is spoken, and lets it jump in the pop style', () => {
    const events = eventsOf(makeTimeline([toCue(say('one two', 1000))]));
    expect(events.map(([layer, start, end]) => [layer, start, end])).toEqual(
      ['12', '13', '12', '13'].map((layer) => [layer, '0:00:01.00', '0:00:01.60']),
    );
    const [, first, , second] = events.map((event) => event[3] ?? '');
    expect(first).toContain('\\1c&H00E5FF&\\t(300,300,\\1c&HFFFFFF&)');
    expect(first).toContain('\\fscx90\\fscy90\\t(0,66,\\fscx108\\fscy108)\\t(66,110,\\fscx100\\fscy100)}ONE');
    expect(second).toContain('\\1c&HFFFFFF&\\t(300,300,\\1c&H00E5FF&)');
    expect(second).toContain('\\t(300,300,\\fscx90\\fscy90)\\t(300,366,\\fscx108\\fscy108)');
    const karaoke = eventsOf(makeTimeline([toCue(say('one two'))], { style: 'karaoke' }));
    expect(karaoke.every((event) => !(event[3] ?? '').includes('fscx'))).toBe(true);
  });

  it('puts times before their frame and after the one before it, at any rate', () => {
    const toCentiseconds = (clock = '') => {
      const [hours, minutes, seconds] = clock.split(':').map(Number);
      return Math.round(((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 100);
    };
    for (const frameRate of [
      { num: 24000, den: 1001 },
      { num: 25, den: 1 },
      { num: 30000, den: 1001 },
      { num: 60000, den: 1001 },
      { num: 60, den: 1 },
    ]) {
      for (let startMs = 0; startMs < 2000; startMs += 7) {
        const cues = [toCue(say('one', startMs, 333)), toCue(say('two', startMs + 333, 333))];
        const events = eventsOf(makeTimeline(cues, { frameRate }));
        const [first, , second] = events;
        expect(first?.[2]).toBe(second?.[1]);
        // FFmpeg asks libass for the whole ms in which a frame starts.
        const frameMs = (frame: number) => Math.floor((frame * 1000 * frameRate.den) / frameRate.num);
        const shownFrom = toCentiseconds(first?.[1]) * 10;
        let frame = 0;
        while (frameMs(frame) < shownFrom) frame += 1;
        expect(frameMs(frame)).toBeGreaterThanOrEqual(startMs - 1);
        expect(frameMs(frame) - startMs).toBeLessThanOrEqual((1000 * frameRate.den) / frameRate.num + 1);
      }
    }
  });

  it('draws hostile words as words', () => {
    const hostile = [
      '{\\an8}',
      'a\\Nb',
      'a\nDialogue: 0,0:00:00.00,9:00:00.00,x,,0,0,0,,gotcha',
      '\\{',
      '}{',
      '\u2028\0x',
    ];
    for (const style of styles) {
      const words = hostile.map((text, index) => ({ ...say('x', index * 300)[0]!, text }));
      const events = eventsOf(makeTimeline([toCue(words)], { style }));
      const texts = events.filter(([layer]) => layer === '12' || layer === '13');
      const bodies = carried(style).outlinePx + carried(style).shadowPx > 0 ? 1 : 0;
      expect(texts).toHaveLength((1 + bodies) * hostile.length);
      for (const event of events) {
        const [, tags = '', shown = ''] = /^\{([^{}]*)\}(.*)$/u.exec(event[3] ?? '') ?? [];
        expect(tags).toMatch(/^\\an[57]\\pos\(/);
        expect(shown).toMatch(/^[^{}\\\p{Cc}\u2028]+$/u);
      }
    }
    expect(escapeAssText('{\\b1}a\\Nb\r\nc')).toBe('(/b1)a/Nb c');
    expect(escapeAssText(escapeAssText('{\\'))).toBe(escapeAssText('{\\'));
  });

  it('skips a cue that no frame would show', () => {
    const brief = { ...toCue(say('now', 1001)), endMs: 1003 };
    expect(writeAss(makeTimeline([brief]))).toBeUndefined();
  });
});

describe('captionBoxes', () => {
  it('tells what each cue covers and when', () => {
    const cues = [toCue(say('one two')), toCue(say('😀', 1000)), toCue(say('three', 2000))];
    const boxes = captionBoxes(makeTimeline(cues));
    expect(boxes.map(({ cueIndex, startMs, endMs }) => [cueIndex, startMs, endMs])).toEqual([
      [0, 0, 600],
      [2, 2000, 2300],
    ]);
    expect(boxes[0]?.box.right).toBeGreaterThan((boxes[0]?.box.left ?? 0) + 200);
    expect(captionBoxes(makeTimeline(cues, { style: 'none' }))).toEqual([]);
  });
});
