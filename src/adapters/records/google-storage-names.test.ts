import { expect, it } from 'vitest';
import { decodeId, encodeId } from './google-storage-names.ts';

const ids = [
  '',
  'a',
  'a/b',
  'a//b/',
  '../../etc/passwd',
  '.well-known/acme-challenge/x',
  'a#1',
  'a*?[x]',
  'video/dQw4w9WgXcQ/2026-01-01T00:00:00.000Z',
  '-_-=+,~',
  'ü',
  'u\u0308',
  '\uE000',
  '🎬',
  '\u{10FFFF}',
  '\0',
  '\r\n',
  '%2e%2e',
  ...Array.from({ length: 128 }, (_, code) => `x${String.fromCharCode(code)}y`),
  ...Array.from({ length: 128 }, (_, code) => `x${String.fromCharCode(code)}`),
];

it('gives every id a name of its own that leads back, in the order of the bytes', () => {
  const names = ids.map(encodeId);
  expect(names.map(decodeId)).toEqual(ids);
  for (const name of names) expect(name).toMatch(/^[-/0-9:A-Za-z,.=_~]*$/u);
  const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(ids.map(encodeId).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(sorted.map(encodeId));
});

it('leaves no name that a copying tool could climb up by', () => {
  expect(encodeId('../../x')).toBe('.2e.2e/.2e.2e/x');
  expect(encodeId('video/a_b/2026-01-01T00:00:00.000Z')).toBe('video/a_5fb/2026-01-01T00:00:00.2e000Z');
});

it('takes no name that is none of ours for an id', () => {
  for (const name of ['a b', 'ü', 'a.b', '_zz', '=4', '~ff', ',41']) expect(decodeId(name)).toBeUndefined();
});
