import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TranscriptChunk } from '../../src/domain/library.ts';
import type { FullText } from '../../src/ports/full-text.ts';

/** An index under test; `reopen` gives another client of the same index, as another process would have it. */
export type FullTextUnderTest = {
  readonly fullText: FullText;
  reopen(): Promise<FullText>;
  close(): Promise<void>;
};

/** A chunk for a test: its asset is the part of its id before the colon. */
export function chunkOf(id: string, text: string, more: Partial<TranscriptChunk> = {}): TranscriptChunk {
  const [assetId = '', number = '0'] = id.split(':');
  const at = Number(number);
  return {
    id,
    assetId,
    startMs: at * 10_000,
    endMs: at * 10_000 + 9000,
    sentenceStart: at * 2,
    sentenceEnd: at * 2 + 2,
    text,
    kind: 'statement',
    ...more,
  };
}

/** What every index of words must do, whatever lies behind it. `open` gives an empty index. */
export function describeFullText(name: string, open: () => Promise<FullTextUnderTest>) {
  describe(`${name} keeps the promises of full text`, () => {
    let index: FullTextUnderTest;
    beforeEach(async () => {
      index = await open();
    });
    afterEach(() => index.close());

    const find = async (query: string, filter = {}) =>
      (await index.fullText.search(query, { limit: 10, filter })).map(({ id }) => id);
    const write = (...texts: string[]) =>
      index.fullText.write(
        'a',
        's',
        texts.map((text, number) => chunkOf(`a:${number}`, text)),
      );

    it('finds nothing in an empty index', async () => {
      expect(await find('anything at all')).toEqual([]);
      expect(await index.fullText.findAssets('anything')).toEqual([]);
      expect(await index.fullText.read(['a:0'])).toEqual([]);
      expect(await index.fullText.readAsset('a')).toEqual([]);
      expect((await index.fullText.listWritten()).size).toBe(0);
    });

    it('finds the best chunk first, scores falling', async () => {
      await write(
        'We talked about the weather, the sea and many other things that nobody remembers now.',
        'Audiences leave when a story stops moving.',
        'The audience was large.',
      );
      expect(await find('why audiences leave')).toEqual(['a:1', 'a:2']);
      const hits = await index.fullText.search('why audiences leave', { limit: 10 });
      expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score ?? Infinity);
      expect(await index.fullText.search('audience', { limit: 1 })).toHaveLength(1);
      expect(await index.fullText.search('audience', { limit: 0 })).toEqual([]);
    });

    it('finds a word in its other forms, in any case, with or without accents', async () => {
      await write('They were running past the Café Zoë.', 'Nothing of the kind.');
      for (const query of ['run', 'RUNS', 'cafe', 'CAFÉ', 'cafe\u0301', 'zoe', 'Cafés']) {
        expect(await find(query), query).toEqual(['a:0']);
      }
    });

    it('finds words in scripts that put no spaces between them', async () => {
      await write(
        '私は東京で映画を見ました。',
        '我们在北京讨论人工智能。',
        '오늘 학교에서 영화를 봤어요.',
        'ฉันรักภาษาไทย',
        'Привет, мир!',
      );
      expect(await find('映画')).toEqual(['a:0']);
      expect(await find('人工智能')).toEqual(['a:1']);
      expect(await find('学校')).toEqual([]);
      expect(await find('京')).toContain('a:0');
      expect(await find('北京')).toEqual(['a:1']);
      expect(await find('영화')).toEqual(['a:2']);
      expect(await find('학교')).toEqual(['a:2']);
      expect(await find('ภาษา')).toEqual(['a:3']);
      expect(await find('привет')).toEqual(['a:4']);
      expect((await find('東京で何を見ましたか'))[0]).toBe('a:0');
    });

    it('reads a query as words, never as syntax', async () => {
      await write('The star wars film is not near.', 'He said "quote" and text: more or less C++.');
      const odd = [
        '"',
        '""',
        '"quote',
        "'; DROP TABLE chunks; --",
        'text:star',
        'star*',
        '^star',
        '(star',
        'NEAR(star wars, 2)',
        'star AND NOT wars',
        'OR',
        'AND AND',
        '{text}: star',
        '- star',
        'star + wars',
        '\0star\0',
        'star\u2028wars',
        '\\',
        '%_?',
        '\uD83C',
        '🎬',
        '👩‍👩‍👧 ❤️',
        '   ',
        '',
        '...',
        "don't",
      ];
      for (const query of odd) expect(Array.isArray(await find(query)), query).toBe(true);
      expect(await find('text:star')).toEqual(['a:0', 'a:1']);
      for (const query of ['star*', '(star', '"star', '\0star', '🎬 star'])
        expect(await find(query), query).toEqual(['a:0']);
      expect(await find('🎬')).toEqual([]);
      expect(await find('NOT star')).toEqual(['a:0']);
      expect((await index.fullText.readAsset('a')).length).toBe(2);
    });

    it('takes a query of common words alone, and lets others decide where there are some', async () => {
      await write('To be or not to be.', 'The question of the day is the weather.');
      expect((await find('to be or not to be'))[0]).toBe('a:0');
      expect(await find('what is the weather')).toEqual(['a:1']);
    });

    it('takes a query of 10,000 characters, of many words or of one', async () => {
      await write('A needle in the haystack.', 'Something else.');
      const many = Array.from({ length: 1600 }, (_, number) => `word${number}`).join(' ');
      expect(await find(`needle ${many}`.slice(0, 10_000))).toEqual(['a:0']);
      expect(await find('x'.repeat(10_000))).toEqual([]);
      expect(await find('映'.repeat(10_000))).toEqual([]);
      expect(await find('a.b-'.repeat(2500))).toBeInstanceOf(Array);
      expect(await find('"(*'.repeat(3333))).toEqual([]);
    });

    it('keeps to a filter: any of each list, none of an empty one', async () => {
      const { fullText } = index;
      await fullText.write('a', 's', [
        chunkOf('a:0', 'Why is the sky blue?', { kind: 'question', speaker: 'Ada' }),
        chunkOf('a:1', 'The sky is blue.', { speaker: 'Grace "Amazing" Hopper' }),
      ]);
      await fullText.write('b', 's', [chunkOf('b:0', 'A sky of 7 colours.', { kind: 'number' })]);
      const sorted = async (filter: object) => (await find('sky', filter)).toSorted();
      expect(await sorted({})).toEqual(['a:0', 'a:1', 'b:0']);
      expect(await sorted({ assetIds: ['a'] })).toEqual(['a:0', 'a:1']);
      expect(await sorted({ assetIds: [] })).toEqual([]);
      expect(await sorted({ kinds: ['question', 'number'] })).toEqual(['a:0', 'b:0']);
      expect(await sorted({ speakers: ['Grace "Amazing" Hopper'] })).toEqual(['a:1']);
      expect(await sorted({ assetIds: ['a', 'b'], kinds: ['statement'], speakers: ['Ada'] })).toEqual([]);
      const many = Array.from({ length: 50_000 }, (_, number) => `none${number}`);
      expect(await sorted({ assetIds: [...many, 'b'] })).toEqual(['b:0']);
    });

    it('gives chunks back as they were written', async () => {
      const chunks = [
        chunkOf('a:0', 'First "one" — naïve.\n', { kind: 'story', speaker: 'Ada' }),
        chunkOf('a:1', '二番目 🎬', { startMs: 0, endMs: 0 }),
      ];
      await index.fullText.write('a', 's', chunks);
      expect(await index.fullText.read(['a:1', 'none', 'a:0'])).toEqual([chunks[1], chunks[0]]);
    });

    it('lists the chunks of an asset in their order, also past ten', async () => {
      await write(...Array.from({ length: 12 }, (_, number) => `Part ${number}`));
      const ids = (await index.fullText.readAsset('a')).map(({ id }) => id);
      expect(ids).toEqual(Array.from({ length: 12 }, (_, number) => `a:${number}`));
    });

    it('puts new chunks in place of old ones, and forgets what was removed', async () => {
      const { fullText } = index;
      await fullText.write('a', 'first', [chunkOf('a:0', 'old words'), chunkOf('a:1', 'more old words')]);
      await fullText.write('b', 'other', [chunkOf('b:0', 'old books')]);
      await fullText.write('a', 'second', [chunkOf('a:0', 'new words')]);
      expect([...(await fullText.listWritten())].toSorted()).toEqual([
        ['a', 'second'],
        ['b', 'other'],
      ]);
      expect(await find('old')).toEqual(['b:0']);
      expect(await find('new')).toEqual(['a:0']);
      expect(await fullText.read(['a:1'])).toEqual([]);
      await fullText.remove('b');
      await fullText.remove('b');
      expect(await find('books')).toEqual([]);
      expect([...(await fullText.listWritten()).keys()]).toEqual(['a']);
    });

    it('remembers an asset that has no chunks at all', async () => {
      await index.fullText.write('silent', 's', []);
      expect((await index.fullText.listWritten()).get('silent')).toBe('s');
    });

    it('finds the assets in which every word is said, wherever', async () => {
      const { fullText } = index;
      await fullText.write('a', 's', [
        chunkOf('a:0', 'Compilers are fun.'),
        chunkOf('a:1', 'COBOL was first.'),
      ]);
      await fullText.write('b', 's', [chunkOf('b:0', 'A compiler for something else.')]);
      expect((await fullText.findAssets('compiler')).toSorted()).toEqual(['a', 'b']);
      expect(await fullText.findAssets('the COBOL compilers')).toEqual(['a']);
      expect(await fullText.findAssets('COBOL Fortran')).toEqual([]);
      expect(await fullText.findAssets('🎬')).toEqual([]);
    });

    it('shows another client what was written, and keeps it', async () => {
      await write('A needle.');
      const other = await index.reopen();
      expect((await other.search('needle', { limit: 5 })).map(({ id }) => id)).toEqual(['a:0']);
      await other.write('b', 's', [chunkOf('b:0', 'Another needle.')]);
      expect((await find('needle')).toSorted()).toEqual(['a:0', 'b:0']);
      await other.close();
    });
  });
}
