import { describe, expect, it } from 'vitest';
import { groupSentences, type Word } from '../../domain/transcript.ts';
import { chunkingName, chunkTranscript } from './chunk.ts';
import { UnitSplitter } from './unit-splitter.ts';

const asset = '0123456789abcdef';
const chunking = { maxChars: 120, overlapSentences: 1 };

/** Words 300 ms long with 100 ms between them; `|` is a silence of 10 s, `@name` changes the speaker. */
function say(text: string): Word[] {
  const words: Word[] = [];
  let atMs = 1000;
  let speaker: string | undefined;
  for (const token of text.split(/\s+/u).filter((item) => item !== '')) {
    if (token === '|') atMs += 10_000;
    else if (token.startsWith('@')) speaker = token.slice(1);
    else {
      words.push({
        text: token,
        startMs: atMs,
        endMs: atMs + 300,
        confidence: 1,
        ...(speaker === undefined ? {} : { speaker }),
      });
      atMs += 400;
    }
  }
  return words;
}

function cut(words: Word[], how = chunking) {
  return chunkTranscript({ words, sentences: groupSentences(words) }, asset, how);
}

const sentence = (topic: string) => `The ${topic} is what we talk about in this part.`;
const talk = ['sea', 'wind', 'boat', 'sail', 'rope', 'mast', 'deck'].map(sentence).join(' ');

describe('chunks of a transcript', () => {
  it('are whole sentences that know where and when they are', async () => {
    const words = say(talk);
    const chunks = await cut(words);
    expect(chunks.length).toBeGreaterThan(3);
    for (const chunk of chunks) {
      expect(chunk.text.length).toBeLessThanOrEqual(chunking.maxChars);
      expect(chunk.text).toMatch(/^The .* part\.$/u);
      const sentences = groupSentences(words).slice(chunk.sentenceStart, chunk.sentenceEnd);
      expect(chunk.text).toBe(sentences.map((item) => item.text).join(' '));
      expect(chunk.startMs).toBe(sentences[0]?.startMs);
      expect(chunk.endMs).toBe(sentences.at(-1)?.endMs);
      expect(chunk.assetId).toBe(asset);
    }
    expect(chunks.map((chunk) => chunk.id)).toEqual(chunks.map((_, index) => `${asset}:${index}`));
  });

  it('share as many sentences as was asked for, and leave none out', async () => {
    for (const overlapSentences of [0, 1, 2]) {
      const chunks = await cut(say(talk), { maxChars: 240, overlapSentences });
      expect(chunks[0]?.sentenceStart).toBe(0);
      expect(chunks.at(-1)?.sentenceEnd).toBe(7);
      for (const [index, chunk] of chunks.entries()) {
        const before = chunks[index - 1];
        if (before !== undefined) expect(before.sentenceEnd - chunk.sentenceStart).toBe(overlapSentences);
      }
    }
  });

  it('never share so much that nothing new comes in', async () => {
    const chunks = await cut(say(talk), { maxChars: 120, overlapSentences: 5 });
    const ends = chunks.map((chunk) => chunk.sentenceEnd);
    expect(ends).toEqual([...new Set(ends)]);
    expect(ends.at(-1)).toBe(7);
  });

  it('have one speaker, and no long silence', async () => {
    const words = say('@ann Who was first? @bob I was. It was cold. | And then came the sun. @ann Yes.');
    const chunks = await cut(words);
    expect(chunks.map(({ text, speaker }) => [speaker, text])).toEqual([
      ['ann', 'Who was first?'],
      ['bob', 'I was. It was cold.'],
      ['bob', 'And then came the sun.'],
      ['ann', 'Yes.'],
    ]);
    for (const chunk of chunks) expect(chunk.endMs - chunk.startMs).toBeLessThan(5000);
  });

  it('split a sentence in which the speaker changes', async () => {
    const words = say('@ann we were @bob going home');
    const sentences = [{ text: '', startMs: 1000, endMs: 2700, wordStart: 0, wordEnd: 4 }];
    const chunks = await chunkTranscript({ words, sentences }, asset, chunking);
    expect(chunks.map(({ text, startMs, endMs }) => [text, startMs, endMs])).toEqual([
      ['we were', 1000, 1700],
      ['going home', 1800, 2500],
    ]);
    expect(chunks.every((chunk) => chunk.sentenceStart === 0 && chunk.sentenceEnd === 1)).toBe(true);
  });

  it('cut a long sentence between words, with the times of those words', async () => {
    const words = say(`${Array.from({ length: 90 }, (_, index) => `word${index}`).join(' ')} end.`);
    const chunks = await cut(words, { maxChars: 100, overlapSentences: 0 });
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.map((chunk) => chunk.text).join(' ')).toBe(words.map((word) => word.text).join(' '));
    for (const chunk of chunks) {
      expect(chunk.text.length).toBeLessThanOrEqual(100);
      const first = words.find((word) => word.startMs === chunk.startMs);
      const last = words.find((word) => word.endMs === chunk.endMs);
      expect(chunk.text.startsWith(`${first?.text} `)).toBe(true);
      expect(chunk.text.endsWith(` ${last?.text}`)).toBe(true);
    }
  });

  it('cut a long sentence between clauses where they can', async () => {
    const clause = 'we went on to the next island without any wind';
    const chunks = await cut(say(`${clause}, ${clause}, ${clause}, ${clause}.`), {
      maxChars: 110,
      overlapSentences: 0,
    });
    expect(chunks.map((chunk) => chunk.text)).toEqual([`${clause}, ${clause},`, `${clause}, ${clause}.`]);
  });

  it('cut Japanese without spaces, every word whole and once', async () => {
    const parts = ['私たちは', '海の', '近くで', '長い間', '暮らして', 'いました'];
    const words = say(Array.from({ length: 20 }, () => parts.join(' ')).join(' '));
    const chunks = await cut(words, { maxChars: 100, overlapSentences: 0 });
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunks.every((chunk) => chunk.text.length <= 100)).toBe(true);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(words.map((word) => word.text).join(''));
    for (const chunk of chunks) expect(words.some((word) => word.startMs === chunk.startMs)).toBe(true);
  });

  it('leave a word whole that is longer than a chunk, and the words around it', async () => {
    const long = 'x'.repeat(180);
    const chunks = await cut(say(`before ${long} after`), { maxChars: 100, overlapSentences: 1 });
    expect(chunks.map((chunk) => chunk.text)).toEqual(['before', long, 'after']);
  });

  it('take words that repeat, emoji and patterns as they are', async () => {
    const words = say(`${'again '.repeat(60)}👨‍👩‍👧 $& .* (((`);
    const chunks = await cut(words, { maxChars: 100, overlapSentences: 0 });
    expect(chunks.map((chunk) => chunk.text).join(' ')).toBe(words.map((word) => word.text).join(' '));
    expect(chunks.at(-1)?.endMs).toBe(words.at(-1)?.endMs);
  });

  it('are none where nothing is said, and are found where sentences were not', async () => {
    expect(await chunkTranscript({ words: [], sentences: [] }, asset, chunking)).toEqual([]);
    const words = say('One thing. Another thing.');
    const chunks = await chunkTranscript({ words, sentences: [] }, asset, chunking);
    expect(chunks.map((chunk) => chunk.text)).toEqual(['One thing. Another thing.']);
  });

  it('end with the word that ends last, though another began later', async () => {
    const words: Word[] = [
      { text: 'Wait', startMs: 0, endMs: 900, confidence: 1 },
      { text: 'here.', startMs: 100, endMs: 400, confidence: 1 },
    ];
    expect((await cut(words))[0]).toMatchObject({ startMs: 0, endMs: 900 });
  });

  it('say whether they ask, count or tell', async () => {
    const kind = async (text: string) => (await cut(say(text)))[0]?.kind;
    expect(await kind('Why do people leave after ten seconds?')).toBe('question');
    expect(await kind('how do you keep them watching')).toBe('question');
    expect(await kind('なぜ見るのをやめるのですか？')).toBe('question');
    expect(await kind('Sales rose by 40 percent that year.')).toBe('number');
    expect(await kind('Two million people saw it.')).toBe('number');
    expect(await kind('When I was a child we lived by the sea. It was quiet.')).toBe('story');
    expect(await kind('The sea is blue. The sky is blue.')).toBe('statement');
  });

  it('are quick for a day of talk', async () => {
    const words = say(Array.from({ length: 12_000 }, () => sentence('sea')).join(' '));
    const startedMs = performance.now();
    const chunks = await cut(words, { maxChars: 400, overlapSentences: 1 });
    expect(chunks.length).toBeGreaterThan(1000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

describe('the splitter', () => {
  it('is one of LangChain: it cuts documents, a sentence a line', async () => {
    const splitter = new UnitSplitter({ maxChars: 30, overlapSentences: 1 });
    const documents = await splitter.createDocuments(['First thing.\nSecond.\nThird one.\nFourth thing.']);
    expect(documents.map((document) => document.pageContent)).toEqual([
      'First thing.\nSecond.',
      'Second.\nThird one.',
      'Third one.\nFourth thing.',
    ]);
    expect(documents[1]?.metadata).toMatchObject({ loc: { lines: { from: 2, to: 3 } } });
  });
});

it('the name of a chunking tells them apart', () => {
  const names = [
    chunkingName({ maxChars: 400, overlapSentences: 1 }),
    chunkingName({ maxChars: 400, overlapSentences: 0 }),
    chunkingName({ maxChars: 401, overlapSentences: 1 }),
  ];
  expect(new Set(names).size).toBe(3);
});
