import { expect, it } from 'vitest';
import { askDidYouMean, findNearest } from './did-you-mean.ts';
import { defaultWorkspace } from './workspace.ts';

it('finds what was meant when letters are swapped, missing or wrong', () => {
  const candidates = ['count', 'captions', 'glossary', 'minSeconds'];
  expect(findNearest('cuont', candidates)).toBe('count');
  expect(findNearest('glosary', candidates)).toBe('glossary');
  expect(findNearest('MINSECONDS', candidates)).toBe('minSeconds');
  expect(askDidYouMean('capitons', candidates)).toBe('Did you mean captions?');
});

it('does not guess when nothing is near', () => {
  expect(findNearest('workspace', ['count', 'style'])).toBeUndefined();
  expect(findNearest('x'.repeat(100_000), ['count'])).toBeUndefined();
  expect(askDidYouMean('abc', [])).toBe('');
});

it('puts the workspace where each system wants it', () => {
  expect(defaultWorkspace('linux', {}, '/home/ada')).toBe('/home/ada/.cache/patternpivot');
  expect(defaultWorkspace('linux', { XDG_CACHE_HOME: '/fast' }, '/home/ada')).toBe('/fast/patternpivot');
  expect(defaultWorkspace('linux', { XDG_CACHE_HOME: 'relative' }, '/home/ada')).toBe(
    '/home/ada/.cache/patternpivot',
  );
  expect(defaultWorkspace('darwin', {}, '/Users/ada')).toBe('/Users/ada/Library/Caches/patternpivot');
});
