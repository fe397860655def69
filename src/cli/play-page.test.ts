import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { LibraryAsset } from '../domain/library.ts';
import { formatPlayPage, type PlayedPassage } from './play-page.ts';

function played(name: string, more: Partial<PlayedPassage['passage']> = {}, isThere = true): PlayedPassage {
  const path = resolve(name);
  const asset = { path, kind: name.endsWith('.mp3') ? 'audio' : 'video' } as LibraryAsset;
  const passage = {
    assetId: 'a',
    chunkId: 'a:0',
    path,
    title: 'Talk',
    text: 'Said.',
    score: 1,
    startMs: 61_000,
    endMs: 65_500,
    ...more,
  };
  return { passage, asset, isThere };
}

test('every passage has a player from its first word to its last; the one that is asked for plays', () => {
  const page = formatPlayPage('why', [played('a film #1.mp4'), played('b.mp3', { startMs: 0 })], 1);
  expect(page).toContain(
    `preload="metadata" src="${pathToFileURL(resolve('a film #1.mp4')).href}#t=60.70,65.80"`,
  );
  expect(page).toContain(
    `<audio controls autoplay preload="auto" src="${pathToFileURL(resolve('b.mp3')).href}#t=0.00,65.80"`,
  );
  expect(page).toContain('1:01–1:05');
});

test('what has no media is only shown', () => {
  const page = formatPlayPage('why', [played('gone.mp4', {}, false)], 0);
  expect(page).not.toMatch(/<video|<a /u);
  expect(page).toContain('Said.');
});

test('words, names and queries are text and nothing else', () => {
  const evil = `"><script>alert(1)</script>\u202e`;
  const page = formatPlayPage(evil, [played(`${evil}.mp4`, { title: evil, text: evil, speaker: evil })], 0);
  expect(page).not.toMatch(/<script|\u202e/u);
  expect(page).toContain("default-src 'none'");
});
