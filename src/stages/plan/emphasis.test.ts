import { describe, expect, it } from 'vitest';
import type { Cue } from '../../domain/timeline.ts';
import { markKeyWords } from './emphasis.ts';

/** Cues of 2 s each, written `one two | three four`. */
function makeCues(text: string): Cue[] {
  return text.split(' | ').map((line, cueIndex) => {
    const startMs = cueIndex * 2000;
    const words = line.split(' ').map((word, index) => ({
      text: word,
      startMs: startMs + index * 300,
      endMs: startMs + index * 300 + 250,
      sourceStartMs: 0,
      sourceEndMs: 0,
      assetId: 'source',
    }));
    return { startMs, endMs: startMs + 2000, words };
  });
}

function keyWords(text: string, sentences: readonly string[] = []): string[] {
  const all = [text.replaceAll(' | ', ' '), ...sentences];
  const transcript = {
    sentences: all.map((sentence) => ({ text: sentence, startMs: 0, endMs: 0, wordStart: 0, wordEnd: 0 })),
  };
  return markKeyWords(makeCues(text), transcript).flatMap((cue) =>
    cue.words.flatMap((word) => (word.isEmphasised === true ? [word.text] : [])),
  );
}

const plain = Array.from({ length: 30 }, () => 'it is what they do with the people in the house');

describe('markKeyWords', () => {
  it('takes numbers before superlatives, these before rare words, and no word of grammar', () => {
    expect(keyWords('we lost 40% of it', plain)).toEqual(['40%']);
    expect(keyWords('the biggest people of the house', plain)).toEqual(['biggest']);
    expect(keyWords('the people saw a volcano', plain)).toEqual(['volcano']);
    expect(keyWords('what they do with the people', plain)).toEqual([]);
    expect(keyWords('they do not do it', plain)).toEqual(['not']);
  });

  it('knows interest from a superlative', () => {
    expect(keyWords('the interest of the people', [...plain, ...plain.map(() => 'the interest')])).toEqual(
      [],
    );
  });

  it('marks at most one word a cue and two of five cues', () => {
    const text = 'seven volcanoes | eight glaciers | nine meteors | ten comets | twelve quasars';
    const cues = makeCues(text);
    const marked = keyWords(text, plain);
    expect(marked).toHaveLength(2);
    expect(cues).toHaveLength(5);
  });

  it('marks nothing twice within a moment, however short the cues', () => {
    const cues = makeCues('nine | ten | twelve | thirty').map((cue, index) => ({
      startMs: index * 400,
      endMs: index * 400 + 400,
      words: cue.words.map((word) =>
        Object.assign({}, word, { startMs: index * 400, endMs: index * 400 + 300 }),
      ),
    }));
    const marked = markKeyWords(cues, { sentences: [] });
    expect(marked.filter((cue) => cue.words.some((word) => word.isEmphasised === true))).toHaveLength(1);
  });

  it('leaves the cues as they are but for the mark, in any script', () => {
    const cues = makeCues('привет мир | 你好世界 | مرحبا بالعالم | 12 и 13');
    const marked = markKeyWords(cues, { sentences: [] });
    const strip = (cue: Cue) => ({
      ...cue,
      words: cue.words.map(({ isEmphasised: _, ...word }) => word),
    });
    expect(marked.map(strip)).toEqual(cues);
    expect(markKeyWords([], { sentences: [] })).toEqual([]);
  });
});
