import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Decision } from '../domain/decision.ts';
import type { Moment } from '../domain/moment.ts';
import { groupSentences, type Transcript, type Word } from '../domain/transcript.ts';
import { decide, type Wish } from './decide.ts';
import { foldDecisions } from './decide-fold.ts';
import { honourDecisions } from './decide-honour.ts';
import { appendDecision, decisionsName, readDecisions } from './decide-log.ts';
import type { FolderState } from './folder-state.ts';

const sentences = Array.from({ length: 20 }, (_, index) => `Sentence number ${index} is said here.`);
const words = sentences.flatMap((sentence, at) =>
  sentence.split(' ').map((text, index): Word => {
    const startMs = at * 5000 + index * 600;
    return { text, startMs, endMs: startMs + 500, confidence: 1 };
  }),
);
const transcript: Transcript = {
  version: 1,
  language: 'en',
  source: 'test',
  durationMs: 100_000,
  words,
  sentences: groupSentences(words),
  speech: words.map(({ startMs, endMs }) => ({ startMs, endMs })),
  fillers: [],
};

function moment(from: number, to: number, score = 0.5): Moment {
  const inside = transcript.sentences.slice(from, to);
  return {
    startMs: from * 5000,
    endMs: to * 5000 - 1000,
    score,
    reasons: [],
    sentenceStart: from,
    sentenceEnd: to,
    text: inside.map((sentence) => sentence.text).join(' '),
    title: inside[0]?.text ?? '',
    chosenBy: 'words',
  };
}

const state: FolderState = {
  version: 1,
  source: {
    path: '/talk.mp4',
    contentHash: `sha256:${'0'.repeat(64)}`,
    info: { container: 'mp4', durationMs: 100_000, sizeBytes: 1, video: [], audio: [], tags: {} },
  },
  transcript,
  seen: [],
  interest: [],
  notes: [],
  candidates: [
    moment(0, 2, 0.9),
    moment(3, 5, 0.8),
    moment(6, 8, 0.7),
    moment(9, 11, 0.6),
    moment(9, 12, 0.65),
  ],
  clips: [
    { name: '01-a', moment: moment(0, 2, 0.9) },
    { name: '02-b', moment: moment(3, 5, 0.8) },
  ],
  rejected: [],
  planOptions: {},
  hasCoverTitle: false,
  decisionCount: 0,
};

/** Decides one thing after the other, and tells what has come of it. */
function decideAll(...wishes: Wish[]) {
  const decisions: Decision[] = [];
  for (const [index, wish] of wishes.entries()) {
    const stamp = { id: String(index), at: '2026-01-02T03:04:05.000Z' };
    decisions.push(decide(state, foldDecisions(state, decisions), wish, stamp));
  }
  return { decisions, view: foldDecisions(state, decisions) };
}

it('keeps, rejects and pins, and undo takes back the last that still counts', () => {
  const { view } = decideAll({ kind: 'keep', clip: '01-a' }, { kind: 'reject', clip: '2' });
  expect(view.clips.map((clip) => clip.verdict)).toEqual(['kept', 'rejected']);
  const undone = decideAll(
    { kind: 'keep', clip: '01-a' },
    { kind: 'reject', clip: '02-b' },
    { kind: 'undo' },
    { kind: 'undo' },
  ).view;
  expect(undone.clips.map((clip) => clip.verdict)).toEqual(['open', 'open']);
  expect(() => decideAll({ kind: 'undo' })).toThrow(/Nothing was decided/);
  expect(() => decideAll({ kind: 'keep', clip: '09' })).toThrow(/no clip 09/);
});

it('puts the best free moment in the place of one, never twice the same, and says when there is no other', () => {
  const once = decideAll({ kind: 'replace', clip: '02-b' });
  expect(once.view.clips[1]).toMatchObject({
    name: '02-sentence-number-6-is-said-here',
    moment: { startMs: 30_000 },
  });
  const { view } = decideAll({ kind: 'replace', clip: '2' }, { kind: 'replace', clip: '2' });
  expect(view.clips[1]?.moment.startMs).toBe(45_000);
  expect(view.setAside.map((aside) => aside.startMs)).toEqual([15_000, 30_000]);
  const again = { kind: 'replace', clip: '2' } as const;
  expect(() => decideAll(again, again, again)).toThrow(/no other moment/);
});

it('moves ends by words into the pauses between them, and by seconds exactly', () => {
  const later = decideAll({ kind: 'trim', clip: '01-a', start: { words: 1 }, end: { words: -2 } }).view
    .clips[0];
  expect(later?.moment.text).toBe('number 0 is said here. Sentence number 1 is');
  expect(later?.moment.startMs).toBeGreaterThanOrEqual(500);
  expect(later?.moment.startMs).toBeLessThanOrEqual(600);
  const earlier = decideAll({ kind: 'trim', clip: '02-b', start: { words: -1 } }).view.clips[0 + 1];
  expect(earlier?.moment.text.startsWith('here. Sentence number 3')).toBe(true);
  expect(earlier?.moment).toMatchObject({ sentenceStart: 2, sentenceEnd: 5, score: 0.8 });
  const exact = decideAll({ kind: 'trim', clip: '02-b', end: { ms: 300 } }).view.clips[1];
  expect(exact?.moment.endMs).toBe(24_300);
  expect(exact?.isEdited).toBe(true);
});

it('refuses a trim that leaves nothing or moves nothing', () => {
  expect(() => decideAll({ kind: 'trim', clip: '01-a', start: { words: -1 } })).toThrow(/no word further on/);
  expect(() => decideAll({ kind: 'trim', clip: '01-a', start: { ms: 60_000 } })).toThrow(
    /less than a second/,
  );
  expect(() => decideAll({ kind: 'trim', clip: '01-a', end: { words: -200 } })).toThrow(/less than a second/);
});

it('fixes a word in the titles and texts of all clips, once, also of those that come later', () => {
  const { view } = decideAll(
    { kind: 'fix', heard: 'sentence', right: 'Sentence sentence' },
    { kind: 'trim', clip: '01-a', end: { words: -1 } },
    { kind: 'replace', clip: '02-b' },
  );
  expect(view.clips.map((clip) => clip.moment.title)).toEqual([
    'Sentence sentence number 0 is said here.',
    'Sentence sentence number 6 is said here.',
  ]);
  expect(view.clips[0]?.moment.text).toMatch(
    /^Sentence sentence number 0 is said here\. Sentence sentence number 1/u,
  );
  const here = decideAll({ kind: 'fix', heard: 'sentence', right: 'Phrase', atMs: 15_000 }).view;
  expect(here.clips.map((clip) => clip.moment.title)).toEqual([
    'Sentence number 0 is said here.',
    'Phrase number 3 is said here.',
  ]);
  expect(() => decideAll({ kind: 'fix', heard: 'nowhere', right: 'x' })).toThrow(/not heard/);
});

it('cuts exactly what is asked for as a clip that stays', () => {
  const { view } = decideAll({ kind: 'add', range: { startMs: 60_200, endMs: 68_000 } });
  expect(view.clips[2]).toMatchObject({ verdict: 'kept', isPinned: true, moment: { chosenBy: 'you' } });
  expect(view.clips[2]?.name).toMatch(/^03-/u);
});

it('minds earlier decisions in a later run: kept ones stay as cut, rejected ones do not come back, trims hold', () => {
  const { view } = decideAll(
    { kind: 'trim', clip: '01-a', end: { words: -1 } },
    { kind: 'keep', clip: '01-a' },
    { kind: 'reject', clip: '02-b' },
  );
  const found = { moments: [moment(3, 5, 0.8), moment(6, 8, 0.7)], candidates: state.candidates };
  const honoured = honourDecisions(found, view, { count: 3, isExact: false });
  expect(honoured.clips.map((clip) => [clip.name, clip.moment.startMs, clip.verdict])).toEqual([
    ['01-a', 0, 'kept'],
    [undefined, 30_000, undefined],
    [undefined, 45_000, undefined],
  ]);
  expect(honoured.clips[0]?.moment.endMs).toBeLessThan(9000);
  expect(honoured.rejected.map((rejected) => rejected.startMs)).toEqual([15_000]);
  const exact = honourDecisions(found, view, { count: 1, isExact: true });
  expect(exact.clips.map((clip) => clip.moment.startMs)).toEqual([0, 15_000, 30_000]);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pivot decide '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('adds decisions a line each, and a line that a crash cut short harms no other', async () => {
  const { decisions } = decideAll({ kind: 'keep', clip: '01-a' }, { kind: 'reject', clip: '02-b' });
  await appendDecision(folder, decisions[0]!);
  const path = join(folder, decisionsName);
  await appendFile(path, JSON.stringify(decisions[1]).slice(0, 50));
  await appendDecision(folder, decisions[1]!);
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(4);
  expect(await readDecisions(folder)).toEqual(decisions);
  await writeFile(path, '\u0000\nnull\n{}\n');
  expect(await readDecisions(folder)).toEqual([]);
});
