import { expect, it } from 'vitest';
import { makeClip, makeTimeline } from '../../test/fixtures/make-timeline.ts';
import { focusNotes } from './focus-notes.ts';
import type { ClipPlan } from './make-request.ts';

const moment = { startMs: 0, endMs: 1000 } as ClipPlan['moment'];
const plans = [
  ['01-both', [{ people: ['p1'] }, { people: ['p2', 'p1'] }]],
  ['02-one', [{ people: ['p1'] }]],
  ['03-none', [{ people: [] }]],
].map(([name, framing]): ClipPlan => {
  const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'v1' })], { metadata: { pivot: { framing } } });
  return { name: String(name), moment, timeline };
});

it('tells in which clips nobody is called as asked, and who there is', () => {
  const notes = focusNotes(plans, 'p2');
  expect(notes).toHaveLength(2);
  expect(notes[0]).toMatch(/02-one is called p2: .*p1/);
  expect(notes[1]).toMatch(/03-none is called p2: no face/);
});

it('has nothing to tell of sides, of nobody, and of clips that were not framed', () => {
  for (const focus of ['left', 'center', 'right', undefined]) expect(focusNotes(plans, focus)).toEqual([]);
  expect(
    focusNotes(
      [{ name: '04-sound', moment, timeline: makeTimeline('talk.mp3', [makeClip({ id: 'a1' })]) }],
      'p2',
    ),
  ).toEqual([]);
});
