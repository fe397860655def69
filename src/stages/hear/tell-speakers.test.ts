import { expect, test } from 'vitest';
import type { Word } from '../../domain/transcript.ts';
import { tellSpeakers } from './tell-speakers.ts';

const windowMs = 50;

/** A word every 500 ms; `who` says whose voice each is. */
function makeTalk(who: string): Word[] {
  return [...who].map((_who, index) => ({
    text: 'word',
    startMs: index * 500,
    endMs: index * 500 + 400,
    confidence: 1,
  }));
}

/** Levels of a microphone that hears voice X at `gains.X` dB, above noise of its own. Syllables differ by some dB. */
function makeLevels(who: string, gains: Readonly<Record<string, number>>, noiseDbfs = -70): number[] {
  return [...who].flatMap((speaker, word) =>
    Array.from({ length: 10 }, (_zero, window) => {
      const voiceDbfs = window < 8 ? (gains[speaker] ?? -100) + ((word * 7) % 5) - 2 : -100;
      return Math.max(voiceDbfs, noiseDbfs);
    }),
  );
}

const tell = (who: string, microphones: Readonly<Record<string, number[]>>) =>
  tellSpeakers(
    makeTalk(who),
    Object.entries(microphones).map(([speaker, levelsDbfs]) => ({ speaker, levelsDbfs })),
    windowMs,
  )
    .map((word) => word.speaker?.[0] ?? '?')
    .join('');

test('tells speakers apart though one microphone is far louder and hears the other well', () => {
  const who = 'AAAAAABBBBBBAABBBBBBBBAAAABBB';
  // Bob is louder on Alice's microphone than on his own.
  const found = tell(who, {
    Alice: makeLevels(who, { A: -10, B: -24 }),
    Bob: makeLevels(who, { A: -45, B: -30 }),
  });
  expect(found).toBe(who);
});

test('finds one who says little, and gives no single syllable in the middle of speech to another', () => {
  const who = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABBAAAAAAAAAAAAAAAA';
  const alice = makeLevels(who, { A: -15, B: -35 });
  const bob = makeLevels(who, { A: -38, B: -18 });
  expect(tell(who, { Alice: alice, Bob: bob })).toBe(who);
  // A cough of Bob's while Alice speaks on.
  const words = makeTalk('AAAAAAAA').map((word) => Object.assign(word, { endMs: word.startMs + 490 }));
  const cough = makeLevels('AAAABAAA', { A: -38, B: -26 });
  const told = tellSpeakers(
    [
      ...words,
      ...makeTalk('BBBBBBBBBBBB').map((word) =>
        Object.assign(word, { startMs: word.startMs + 4000, endMs: word.endMs + 4000 }),
      ),
    ],
    [
      { speaker: 'Alice', levelsDbfs: makeLevels('AAAAAAAABBBBBBBB', { A: -15, B: -35 }) },
      { speaker: 'Bob', levelsDbfs: [...cough, ...makeLevels('BBBBBBBBBBBB', { B: -18 })] },
    ],
    windowMs,
  );
  expect(told.slice(0, 8).every((word) => word.speaker === 'Alice')).toBe(true);
});

test('gives no words to a room microphone, to one that nobody speaks into, or to noise', () => {
  const who = 'AAAABBBBAAAABBBBAAAABBBB';
  const alice = makeLevels(who, { A: -15, B: -35 });
  const bob = makeLevels(who, { A: -38, B: -18 });
  expect(tell(who, { Alice: alice, Room: makeLevels(who, { A: -25, B: -25 }, -90), Bob: bob })).toBe(who);
  expect(tell(who, { Alice: alice, Bob: bob, Quiet: makeLevels(who, { A: -45, B: -47 }) })).toBe(who);
  expect(tell(who, { Noise: makeLevels(who, {}, -20), Alice: alice, Bob: bob })).toBe(who);
  const alone = 'AAAAAAAAAAAA';
  expect(tell(alone, { Alice: makeLevels(alone, { A: -15 }), Bob: makeLevels(alone, { A: -38 }) })).toBe(
    alone,
  );
});

test('says nothing where there is one microphone only', () => {
  expect(tell('AABB', { Alice: makeLevels('AABB', { A: -15, B: -20 }) })).toBe('????');
});
