import { expect, test } from 'vitest';
import type { Moment } from '../../domain/moment.ts';
import { postSchema } from '../../domain/post.ts';
import type { Source } from '../../domain/source.ts';
import { groupSentences, type Transcript, type Word } from '../../domain/transcript.ts';
import { writePost } from './post.ts';
import { findTags } from './tags.ts';

const sentences = [
  'The trams of Lisbon climb hills that buses refuse.',
  'So, um, the brakes of a wooden tram are older than the drivers.',
  'Every morning an engineer named Rosa Pinto checks the wooden brakes by hand.',
  'The wooden brakes have never failed.',
  'Lunch is at noon.',
];

const words: Word[] = sentences
  .flatMap((sentence) => sentence.split(' '))
  .map((text, index) => ({ text, startMs: index * 400, endMs: index * 400 + 350, confidence: 1 }));

const transcript: Transcript = {
  version: 1,
  language: 'en',
  source: 'test',
  durationMs: words.length * 400,
  words,
  sentences: groupSentences(words),
  speech: [],
  fillers: [],
};

const source: Source = {
  path: '/films/Trams – “final” 2.mp4',
  contentHash: `sha256:${'0'.repeat(64)}`,
  info: { container: 'mp4', durationMs: transcript.durationMs, sizeBytes: 1, video: [], audio: [], tags: {} },
};

function moment(from: number, to: number, title = 'The wooden brakes have never failed'): Moment {
  const inside = transcript.sentences.slice(from, to);
  return {
    startMs: inside[0]!.startMs,
    endMs: inside.at(-1)!.endMs,
    score: 0.8,
    reasons: [
      { feature: 'opening.claim', value: 1, contribution: 0.2, text: 'Opens with a strong claim' },
      { feature: 'shape.length', value: 1, contribution: 0.1, text: '20 s long, near the 30 s aimed at' },
      { feature: 'ending.leads-on', value: 1, contribution: -0.1, text: 'Promises more' },
    ],
    sentenceStart: from,
    sentenceEnd: to,
    text: inside.map(({ text }) => text).join(' '),
    title,
    chosenBy: 'the words alone',
  };
}

test('a post says what the clip says, where it is from, and why it was chosen', () => {
  const post = postSchema.parse(writePost(moment(1, 4), transcript, source));
  expect(post.title).toBe('The wooden brakes have never failed');
  expect(post.description).toContain('The brakes of a wooden tram are older than the drivers.');
  expect(post.description).not.toMatch(/\bum\b/u);
  expect(post.description).toContain('From “Trams – “final” 2”, 0:03 to 0:16.');
  expect(post.tags).toContain('wooden brakes');
  expect(post.source).toMatchObject({
    name: 'Trams – “final” 2.mp4',
    before: sentences[0],
    after: sentences[4],
  });
  expect(post.why).toBe('Opens with a strong claim; 20 s long, near the 30 s aimed at.');
});

test('a title that is too long or empty still gives a valid post, and the title of the file is preferred to its name', () => {
  expect(
    postSchema.parse(writePost(moment(0, 1, 'x'.repeat(300)), transcript, source)).title.length,
  ).toBeLessThanOrEqual(100);
  const named: Source = { ...source, info: { ...source.info, tags: { TITLE: 'Trams of Lisbon' } } };
  const post = postSchema.parse(writePost(moment(0, 1, ' \u0000 '), transcript, named));
  expect(post.title).toBe('Untitled moment');
  expect(post.description).toContain('From “Trams of Lisbon”');
});

test('tags are terms of the clip rather than of all of the talk, none twice, none of mere grammar', () => {
  const tags = findTags(
    'Marie Curie isolated radium. Radium glows, and Marie Curie carried radium around with her every day.',
    ['The talk is about science.', 'Science is fun.', 'Marie Curie isolated radium.', 'Science again.'],
    5,
  );
  expect(tags).toContain('radium');
  expect(tags).toContain('marie curie');
  expect(tags.join(' ')).not.toMatch(/\b(?:day|with|every|science)\b/u);
  expect(new Set(tags).size).toBe(tags.length);
  expect(findTags('', [], 5)).toEqual([]);
});
