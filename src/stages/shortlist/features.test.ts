import { expect, test } from 'vitest';
import type { Sound } from '../../domain/sound.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import { looseReference } from './alone.ts';
import { completeness } from './ending.ts';
import type { Stretch } from './feature.ts';
import { gatherMaterial, type Material } from './material.ts';
import { createScorer, features } from './score.ts';
import { measureSemantics } from './semantics.ts';
import { lengthFit } from './shape.ts';
import { divideIntoUnits } from './units.ts';
import { baseScore, featureWeights, type FeatureName } from './weights.ts';

/** Words at an even pace, 300 ms each, with a pause of `pauseMs` after each sentence. */
function speak(texts: readonly string[], pauseMs = 400, language = 'en'): Transcript {
  const words: Word[] = [];
  const speech: { startMs: number; endMs: number }[] = [];
  let ms = 500;
  for (const text of texts) {
    const startMs = ms;
    for (const word of text.split(' ')) {
      words.push({ text: word, startMs: ms, endMs: ms + 280, confidence: 1 });
      ms += 300;
    }
    speech.push({ startMs, endMs: ms - 20 });
    ms += pauseMs;
  }
  return {
    version: 1,
    language,
    source: 'test',
    durationMs: ms,
    words,
    sentences: groupSentences(words),
    speech,
    fillers: [],
  };
}

/** Unit vectors that say which of three topics each text belongs to, a little blurred. */
function topicVectors(topics: readonly number[]): Float32Array[] {
  return topics.map((topic, index) => {
    const vector = Float32Array.from({ length: 4 }, (_, d) =>
      d === topic ? 1 : d === 3 ? 0.3 + index * 0.001 : 0.1,
    );
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

function material(
  texts: readonly string[],
  more: { topics?: number[]; sound?: Sound; language?: string; pauseMs?: number } = {},
): Material {
  const transcript = speak(texts, more.pauseMs, more.language);
  const units = divideIntoUnits(transcript, 30_000);
  const semantics = more.topics === undefined ? undefined : measureSemantics(topicVectors(more.topics));
  return gatherMaterial(
    { transcript, ...(more.sound === undefined ? {} : { sound: more.sound }) },
    units,
    semantics,
    { minMs: 1000, maxMs: 60_000, targetMs: 10_000 },
  );
}

function whole(of: Material): Stretch {
  return {
    from: 0,
    to: of.units.length,
    startMs: of.cutsIn[0]!.atMs,
    endMs: of.cutsOut.at(-1)!.atMs,
  };
}

function measure(
  name: FeatureName,
  texts: readonly string[],
  more: Parameters<typeof material>[1] = {},
): number | undefined {
  const of = material(texts, more);
  return features.find((feature) => feature.name === name)!.measure(of, whole(of));
}

const openings: [FeatureName, string, string][] = [
  [
    'opening.question',
    'Have you ever wondered why cats purr at night?',
    'Cats purr at night for several reasons.',
  ],
  ['opening.question', 'Why do so many people quit in the first week', 'Many people quit in the first week.'],
  ['opening.number', 'In 1969 two men walked on the moon.', 'Men walked on the moon.'],
  ['opening.number', 'Ninety percent of startups close their doors.', 'Most startups close their doors.'],
  ['opening.stakes', 'This mistake nearly killed my grandfather.', 'This chair belonged to my grandfather.'],
  [
    'opening.contrast',
    'Everyone thinks talent is rare, and talent is common.',
    'Talent is found in many places.',
  ],
  ['opening.address', 'Your phone listens to more than music.', 'Phones listen to more than music.'],
  ['opening.story', 'When I was nineteen, I slept in a car.', 'Cars are made of steel and glass.'],
  ['opening.claim', 'Nobody needs a bigger kitchen.', 'Some kitchens are bigger.'],
  ['opening.curiosity', 'Nobody tells you about the second winter.', 'The second winter was cold.'],
  ['opening.filler', 'Um, okay, the harbour was empty.', 'The harbour was empty.'],
];

test.each(openings)('%s is found in “%s” and not in “%s”', (name, has, hasNot) => {
  expect(measure(name, [has])).toBe(1);
  expect(measure(name, [hasNot])).toBe(0);
});

test('only the first three seconds open: what comes later does not count', () => {
  const late = 'The harbour was empty and cold and grey that long morning until somebody said murder.';
  expect(measure('opening.stakes', [late])).toBe(0);
});

test('a beginning that hangs on what came before is told apart from one that stands alone', () => {
  expect(looseReference('And so he left the company.')).toBe(1);
  expect(looseReference('This is why it failed.')).toBe(1);
  expect(looseReference('They never came back.')).toBe(1);
  expect(looseReference('But the plan had a flaw.')).toBeCloseTo(0.3);
  expect(looseReference('Therefore the bank said no.')).toBeCloseTo(0.5);
  expect(looseReference('The bank said no.')).toBe(0);
  expect(looseReference('It turns out that octopuses dream.')).toBe(0);
  expect(looseReference("It's 1961.")).toBe(1);
  // A name close by takes most of the harm out of a pronoun.
  expect(looseReference('When he was twelve, Mozart wrote an opera.')).toBe(0);
  expect(looseReference('He, Mozart, wrote an opera.')).toBeLessThan(1);
});

test('pointing back at what a viewer has not heard is found', () => {
  expect(measure('alone.back-reference', ['As I said, the bank refused.'])).toBe(1);
  expect(measure('alone.back-reference', ['The bank refused. It was a Monday.'])).toBe(0);
});

test('an ending is complete, open, or cut off', () => {
  expect(completeness('That is the whole secret.', true)).toBe(1);
  expect(completeness('that is the whole secret', true)).toBe(0.6);
  expect(completeness('that is the whole', false)).toBe(0.4);
  expect(completeness('we went home and', false)).toBe(0);
  expect(completeness('We went home and,', true)).toBe(0);
  expect(completeness('He looked up and said …', true)).toBe(0.5);
});

test('a payoff is a conclusion at the end, and a promise of more is none', () => {
  expect(measure('ending.conclusion', ['We tried it twice.', 'That is why the bridge fell.'])).toBe(1);
  expect(measure('ending.conclusion', ['That is why the bridge fell.', 'It was a Monday.'])).toBe(0.5);
  expect(measure('ending.conclusion', ['We tried it twice.', 'It was a Monday.'])).toBe(0);
  expect(measure('ending.leads-on', ['The bridge fell.', "Let's look at the next bridge."])).toBe(1);
  expect(measure('ending.leads-on', ['The bridge fell.', 'But who built it?'])).toBe(1);
  expect(measure('ending.leads-on', ['The bridge fell.', 'Nobody was hurt.'])).toBe(0);
});

test('talk about the video itself counts against a stretch', () => {
  const plug = [
    'Do not forget to subscribe and hit the bell.',
    'This video was brought to you by our sponsor.',
  ];
  expect(measure('substance.housekeeping', plug)).toBeGreaterThan(0.7);
  expect(measure('substance.housekeeping', ['The bridge fell in the storm.'])).toBe(0);
});

test('one idea is more coherent than three, and a new topic is new', () => {
  const texts = ['One.', 'Two.', 'Three.', 'Four.', 'Five.', 'Six.'];
  const of = material(texts, { topics: [0, 0, 0, 1, 2, 0] });
  const coherent = features.find(({ name }) => name === 'substance.coherent')!;
  const stretch = (from: number, to: number) => ({ ...whole(of), from, to });
  expect(coherent.measure(of, stretch(0, 3))).toBeGreaterThan(coherent.measure(of, stretch(3, 6))!);
  const fresh = features.find(({ name }) => name === 'alone.new-topic')!;
  expect(fresh.measure(of, stretch(3, 4))).toBeGreaterThan(fresh.measure(of, stretch(2, 3))!);
  const distinct = features.find(({ name }) => name === 'substance.distinct')!;
  expect(distinct.measure(of, stretch(3, 4))).toBeGreaterThan(distinct.measure(of, stretch(2, 3))!);
});

test('a stretch that says more than the rest is more interesting', () => {
  const texts = [
    'So yeah, I mean, it was just like that, you know, and so on.',
    'Marie Curie isolated radium in Paris in 1898.',
    'Radium glows, and Marie Curie carried samples in her pockets.',
    'And then, well, there is that, and that is sort of it, I guess.',
  ];
  const of = material(texts, { pauseMs: 20_000 });
  expect(of.ratings[1]).toBeGreaterThan(of.ratings[0]!);
  expect(of.ratings[2]).toBeGreaterThan(of.ratings[3]!);
});

function soundOf(of: Transcript, levels: (ms: number) => number): Sound {
  return {
    durationMs: of.durationMs,
    loudness: { integratedLufs: -20, truePeakDbtp: -3, rangeLu: 6 },
    envelopeWindowMs: 100,
    envelopeDbfs: Array.from({ length: Math.ceil(of.durationMs / 100) }, (_, index) => levels(index * 100)),
    speech: of.speech,
  };
}

test('a raised voice is more energetic than a soft one, and an even one has no variety', () => {
  const texts = [
    'The first sentence is soft.',
    'The second sentence is soft.',
    'The third sentence is loud!',
  ];
  const spoken = speak(texts);
  const loudFromMs = spoken.sentences[2]!.startMs;
  const of = material(texts, { sound: soundOf(spoken, (ms) => (ms >= loudFromMs ? -12 : -26)) });
  const energy = features.find(({ name }) => name === 'delivery.energy')!;
  const one = (index: number) => ({ ...whole(of), from: index, to: index + 1 });
  expect(energy.measure(of, one(2))).toBeGreaterThan(0.9);
  expect(energy.measure(of, one(0))).toBeCloseTo(0.5);
  const variety = features.find(({ name }) => name === 'delivery.variety')!;
  const even = material(texts, { sound: soundOf(spoken, () => -20) });
  expect(variety.measure(of, whole(of))).toBeGreaterThan(0.5);
  expect(variety.measure(even, whole(even))).toBeLessThan(0.1);
});

test('a brisk stretch is rated above a slow one', () => {
  const words: Word[] = [];
  let ms = 0;
  for (const [index, wordMs] of [300, 300, 250, 600].entries())
    for (const text of ['These', 'are', 'five', 'plain', `words${index}.`]) {
      words.push({ text, startMs: ms, endMs: ms + wordMs, confidence: 1 });
      ms += wordMs;
    }
  const transcript: Transcript = {
    ...speak(['x.']),
    words,
    durationMs: ms,
    sentences: groupSentences(words),
    speech: [],
  };
  const units = divideIntoUnits(transcript, 30_000);
  const of = gatherMaterial({ transcript, sound: soundOf(transcript, () => -20) }, units, undefined, {
    minMs: 1000,
    maxMs: 60_000,
  });
  const rate = features.find(({ name }) => name === 'delivery.rate')!;
  const values = [0, 2, 3].map((index) => rate.measure(of, { ...whole(of), from: index, to: index + 1 })!);
  expect(values[1]).toBeGreaterThan(values[0]!);
  expect(values[2]).toBeLessThan(values[0]!);
});

test('dead air counts against a stretch', () => {
  expect(measure('delivery.dead-air', ['One thing.', 'Another thing.'], { pauseMs: 400 })).toBe(0);
  // 1 s of words on either side of 6 s of silence, of which the first second is a pause as any other.
  const mostlySilent = measure('delivery.dead-air', ['One thing.', 'Another thing.'], { pauseMs: 6000 });
  expect(mostlySilent).toBeGreaterThan(0.6);
  expect(mostlySilent).toBeLessThan(0.9);
});

test('the target length fits best, and a cut in a pause is better than one in none', () => {
  expect(lengthFit(30_000, 30_000)).toBe(1);
  expect(lengthFit(40_000, 30_000)).toBeCloseTo(0.5, 1);
  expect(lengthFit(15_000, 30_000)).toBeLessThan(0.1);
  expect(measure('shape.cut-out', ['One thing.', 'Another thing.'], { pauseMs: 800 })).toBe(1);
});

test('without sound, embeddings or English, the features that need them drop out instead of guessing', () => {
  const of = material(['Warum schläft ein Hund so viel?', 'Niemand weiß es.'], { language: 'de' });
  const measured = features
    .filter((feature) => feature.measure(of, whole(of)) !== undefined)
    .map(({ name }) => name);
  expect(measured).toEqual([
    'opening.question',
    'opening.number',
    'ending.complete',
    'ending.leads-on',
    'substance.interest',
    'delivery.dead-air',
    'shape.length',
    'shape.cut-in',
    'shape.cut-out',
  ]);
});

test('reasons are sorted by what they add, and add up to the score', () => {
  const of = material(['Have you ever lost everything in one night?', 'That is why I never gamble.'], {
    topics: [0, 0],
  });
  const scorer = createScorer(of);
  const stretch = whole(of);
  const reasons = scorer.explain(stretch);
  const contributions = reasons.map((reason) => reason.contribution);
  expect(contributions).toEqual(contributions.toSorted((a, b) => b - a));
  expect(contributions.reduce((sum, value) => sum + value, baseScore)).toBeCloseTo(scorer.score(stretch), 1);
  expect(reasons.find(({ feature }) => feature === 'opening.question')?.text).toContain(
    '“Have you ever lost',
  );
});

test('every feature has a weight with a source, and every weight a feature', () => {
  expect(features.map(({ name }) => name).sort()).toEqual(Object.keys(featureWeights).sort());
  for (const { source } of Object.values(featureWeights)) expect(source.length).toBeGreaterThan(10);
});
