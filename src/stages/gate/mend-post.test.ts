import { expect, it } from 'vitest';
import type { GateFinding, GateFix } from '../../domain/gate.ts';
import { bodyOf, platformNames, platformRules, textLength } from '../../domain/platforms.ts';
import { postSchema, type Post } from '../../domain/post.ts';
import { mendPost } from './mend-post.ts';
import { judgeTexts, judgeWording } from './text-findings.ts';

const post: Post = {
  version: 1,
  title: 'A title',
  description: 'What it is about.',
  tags: ['one', 'two'],
  source: { name: 'a', contentHash: 'b', range: { startMs: 0, endMs: 1 }, before: '', words: '', after: '' },
  score: 1,
  why: '',
  reasons: [],
  chosenBy: 'test',
};
const finding = (rule: string, fix: GateFix): GateFinding => ({
  rule,
  severity: 'stops',
  text: '',
  mend: '',
  fix,
});
const all = [finding('a', 'title'), finding('b', 'description'), finding('c', 'tags')];

it.each(platformNames)('whatever the texts are, %s takes them once they are mended', (platform) => {
  const spoiled: Post[] = [
    { ...post, title: 'word '.repeat(60) },
    { ...post, title: 'x'.repeat(300), description: `${'é'.repeat(7000)}` },
    { ...post, title: 'a < b > c', description: `<b>${'one two '.repeat(900)}</b>` },
    { ...post, tags: Array.from({ length: 40 }, (_, index) => `${'y'.repeat(index + 30)}<`) },
    { ...post, description: Array.from({ length: 90 }, (_, index) => `#tag${index}`).join(' ') },
    { ...post, description: 'read \u202Ebackwards\u0007 and on', tags: ['t\u2066ag'] },
    { ...post, description: '👩‍👩‍👧'.repeat(900) },
  ];
  for (const each of spoiled) {
    const { post: mended, done } = mendPost(each, all, [platform]);
    expect(judgeTexts(mended, platform)).toEqual([]);
    expect(judgeWording(mended, '', [])).toEqual([]);
    expect(postSchema.safeParse(mended).error).toBeUndefined();
    expect(mended.title).not.toBe('');
    if (platform === 'shorts') expect(done.length).toBeGreaterThan(0);
  }
});

it('leaves alone what nothing was found of', () => {
  expect(mendPost(post, all, platformNames)).toEqual({ post, done: [] });
  const long = { ...post, title: 'x'.repeat(300) };
  expect(mendPost(long, [], platformNames)).toEqual({ post: long, done: [] });
});

it('cuts after words, and only as much as must be', () => {
  const { post: mended } = mendPost({ ...post, description: 'word '.repeat(100) }, all, ['x']);
  expect(mended.description).toMatch(/^(?:word )+word…$/u);
  const length = textLength(bodyOf(mended, 'x'), 'characters');
  expect(length).toBeLessThanOrEqual(platformRules.x.bodyText.most);
  expect(length).toBeGreaterThan(platformRules.x.bodyText.most - 6);
});

it('names whom it owes a name to, and marks what is made up', () => {
  const made: NonNullable<Post['made']> = [
    {
      kind: 'music',
      madeBy: 'Some Band',
      licence: 'CC-BY-4.0',
      mayEarnMoney: true,
      isSynthetic: false,
      isRealistic: false,
    },
  ];
  const { post: mended } = mendPost(
    { ...post, made },
    [finding('credit', 'description'), finding('synthetic_mark', 'synthetic-mark')],
    ['shorts'],
  );
  expect(mended.description).toBe('What it is about.\n\nMusic: Some Band (CC-BY-4.0)');
  expect(mended.containsSyntheticMedia).toBe(true);
});
