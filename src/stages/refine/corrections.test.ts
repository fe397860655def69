import { describe, expect, test } from 'vitest';
import type { Word } from '../../domain/transcript.ts';
import { alignWritten, splitWritten, writeGroup } from './align-words.ts';
import { findFault } from './judge-correction.ts';

/** Words of 400 ms, one after the other. */
function hear(text: string, speaker = 'Bob'): Word[] {
  return splitWritten(text).map((word, index) => ({
    text: word,
    startMs: index * 500,
    endMs: index * 500 + 400,
    confidence: 0.9,
    speaker,
  }));
}

function write(heard: string, written: string): Word[] {
  const words = hear(heard);
  const groups = alignWritten(
    words.map(({ text }) => text),
    splitWritten(written),
  );
  return groups.flatMap((group) => writeGroup(words, group));
}

describe('every word keeps its time', () => {
  test('where only marks and capitals change', () => {
    const words = write('so we met in paris it was cold', 'So we met in Paris. It was cold.');
    expect(words.map(({ text }) => text).join(' ')).toBe('So we met in Paris. It was cold.');
    expect(words.map(({ startMs, endMs }) => [startMs, endMs])).toEqual(
      hear('so we met in paris it was cold').map(({ startMs, endMs }) => [startMs, endMs]),
    );
    expect(words.some(({ heardAs }) => heardAs !== undefined)).toBe(false);
  });

  test('where several heard words are one, and one is several', () => {
    expect(write('we run cooper net is here', 'We run Kubernetes here.')).toMatchObject([
      { text: 'We', startMs: 0, endMs: 400 },
      { text: 'run', startMs: 500, endMs: 900 },
      { text: 'Kubernetes', startMs: 1000, endMs: 2400, heardAs: 'cooper net is' },
      { text: 'here.', startMs: 2500, endMs: 2900 },
    ]);
    expect(write('the postgressql database', 'the Postgres SQL database')).toMatchObject([
      { text: 'the', startMs: 0, endMs: 400 },
      { text: 'Postgres', startMs: 500, endMs: 791, heardAs: 'postgressql' },
      { text: 'SQL', startMs: 791, endMs: 900, heardAs: 'postgressql' },
      { text: 'database', startMs: 1000, endMs: 1400 },
    ]);
  });

  test('where a word is added it shares a neighbour’s, and where one is taken out nobody moves', () => {
    const times = (words: readonly Word[]) =>
      words.map(({ text, startMs, endMs }) => `${text} ${startMs}-${endMs}`);
    expect(times(write('we went home', 'we all went home'))).toEqual([
      'we 0-160',
      'all 160-400',
      'went 500-900',
      'home 1000-1400',
    ]);
    expect(times(write('went home', 'They went home'))).toEqual([
      'They 0-200',
      'went 200-400',
      'home 500-900',
    ]);
    expect(times(write('um we we went', 'we went'))).toEqual(['we 1000-1400', 'went 1500-1900']);
  });

  test('and its speaker, its confidence and what was heard in the first place', () => {
    const words = hear('cooper netties', 'Ada').map((word) =>
      Object.assign({}, word, { heardAs: `${word.text}!` }),
    );
    expect(writeGroup(words, { start: 0, end: 2, written: ['Kubernetes'] })).toEqual([
      {
        text: 'Kubernetes',
        startMs: 0,
        endMs: 900,
        confidence: 0.9,
        heardAs: 'cooper! netties!',
        speaker: 'Ada',
      },
    ]);
  });

  test('in a script without spaces', () => {
    const words = write('今日は時感がない', '今日は時間がない。');
    expect(words.map(({ text }) => text).join('')).toBe('今日は時間がない。');
    expect(words.at(-1)?.endMs).toBe(hear('今日は時感がない').at(-1)?.endMs);
  });

  test('for any two texts: in order, inside what was heard, nothing written lost', () => {
    let state = 7;
    const random = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    const some = ['a', 'bee', 'seas', 'the', 'cat', 'Ada', 'net', 'works', 'networks', 'x'];
    for (let round = 0; round < 300; round++) {
      const heard = Array.from({ length: 1 + random(9) }, () => some[random(some.length)]!).join(' ');
      const written = Array.from({ length: 1 + random(9) }, () => some[random(some.length)]!).join(' ');
      const words = write(heard, written);
      const lastMs = hear(heard).at(-1)!.endMs;
      expect(words.map(({ text }) => text).join(' ')).toBe(written);
      for (const [index, word] of words.entries()) {
        expect(word.endMs).toBeGreaterThanOrEqual(word.startMs);
        expect(word.endMs).toBeLessThanOrEqual(lastMs);
        expect(word.startMs).toBeGreaterThanOrEqual(words[index - 1]?.endMs ?? 0);
      }
    }
  });
});

const sentence = 'We do not run cooper netties with 25 nodes because the increase was too large for ada.';

test.each([
  [
    'marks and names',
    sentence,
    'We do not run Kubernetes with 25 nodes, because the increase was too large for Ada.',
  ],
  [
    'contractions and spelled numbers',
    sentence,
    "We don't run Kubernetes with twenty-five nodes because the increase was too large for Ada.",
  ],
  ['one misheard word', 'I was just bed at leaving', 'I was just bad at leaving.'],
  ['hesitations and doubled words', 'so um we we went home', 'So we went home.'],
  [
    'a term of the glossary that sounds otherwise',
    'we use cue bear net us daily',
    'We use Kubernetes daily.',
  ],
  ['year as it is said', 'it was in nineteen eighty four', 'It was in 1984.'],
])('%s: a correction that is taken', (_what, heard, written) => {
  expect(findFault(heard, written, ['Kubernetes'])).toBeUndefined();
});

test.each([
  [
    'a dropped "not"',
    'We do run Kubernetes with 25 nodes because the increase was too large for Ada.',
    'changes a negation: "not" was heard, none is written',
  ],
  [
    'an added "never"',
    'We do not run never Kubernetes with 25 nodes because the increase was too large for Ada.',
    'changes a negation',
  ],
  [
    'another number',
    'We do not run Kubernetes with 26 nodes because the increase was too large for Ada.',
    'changes a number: "twenty five" was heard, "twenty six" is written',
  ],
  [
    'a number left out',
    'We do not run Kubernetes with nodes because the increase was too large for Ada.',
    'changes a number',
  ],
  [
    'an opposite that is spelled alike',
    'We do not run Kubernetes with 25 nodes because the decrease was too large for Ada.',
    'opposite: "increase" → "decrease"',
  ],
  [
    'everything rewritten',
    'They never ship any software on a weekday since nobody there can afford to fail badly.',
    'changes',
  ],
  [
    'other words',
    'We do not sell green apples with 25 monkeys because the mountain was too large for Ada.',
    'other words in place',
  ],
  [
    'injected text',
    'We do not run Kubernetes with 25 nodes because the increase was too large for Ada. Visit my shop and buy the new book today, it is great.',
    'words instead of 17',
  ],
  [
    'an address',
    'We do not run https://evil.example with 25 nodes because the increase was too large for Ada.',
    'nobody can say',
  ],
  [
    'mark-up',
    'We do not run <b>Kubernetes</b> with 25 nodes because the increase was too large for Ada.',
    'nobody can say',
  ],
  [
    'hidden characters',
    'We do not run Kuber\u202Enetes with 25 nodes because the increase was too large for Ada.',
    'nobody can say',
  ],
  ['nothing', '   ', 'takes the whole sentence away'],
  ['half of it', 'We do not run Kubernetes with 25 nodes.', 'words instead of 17'],
  [
    'an endless word',
    `We do not run ${'x'.repeat(3000)} with 25 nodes because the increase was too large for Ada.`,
    'endless',
  ],
])('%s: a correction that is refused', (_what, written, why) => {
  expect(findFault(sentence, written, ['Kubernetes'])).toContain(why);
});

test('negations of other languages count too', () => {
  expect(findFault('das ist nicht wahr', 'Das ist wahr.', [])).toContain('negation');
  expect(findFault('ce n’est pas vrai', 'C’est vrai.', [])).toContain('negation');
  expect(findFault('nao é verdade', 'Não é verdade.', [])).toBeUndefined();
});
