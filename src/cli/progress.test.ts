import { expect, it } from 'vitest';
import type { RecipeEvent } from '../recipes/events.ts';
import { createProgressView, formatProgressLine } from './progress.ts';
import {
  createPaint,
  formatBytes,
  formatDuration,
  measureColumns,
  shorten,
  toPrintable,
} from './terminal.ts';

function record(isTTY: boolean, columns = 80) {
  let written = '';
  const output = { isTTY, columns, write: (text: string) => (written += text) };
  return { view: createProgressView(output, createPaint(output, {})), read: () => written };
}

const events: RecipeEvent[] = [
  { event: 'source', path: '/films/talk.mp4', index: 0, count: 1 },
  { event: 'step', step: 'hear', status: 'started' },
  { event: 'step', step: 'hear', status: 'progress', progress: { done: 30, total: 60, unit: 's' } },
  { event: 'step', step: 'hear', status: 'done', elapsedMs: 4200, detail: '812 words' },
];

it('writes one plain line a finished step where there is no terminal, and nothing that moves', () => {
  const { view, read } = record(false);
  for (const event of events) view.show(event);
  expect(read()).toBe('/films/talk.mp4\n✓ Hear       4.2 s  812 words\n');
});

it('redraws one line on a terminal and leaves a finished one', () => {
  const { view, read } = record(true);
  for (const event of events) view.show(event);
  expect(read()).toContain('\r\u001b[2K');
  expect(read().endsWith('812 words\u001b[22m\n')).toBe(true);
});

it('shows a bar, a rate and the time left, and never more than the terminal is wide', () => {
  const progress = { done: 30, total: 60, unit: 's' };
  expect(formatProgressLine('Hear', progress, 2000, 80)).toBe(
    'Hear      ██████████░░░░░░░░░░   50 %  15.0×  2.0 s left',
  );
  for (const columns of [10, 20, 30, 40, 60]) {
    for (const label of [
      'Hear',
      'Render 01-a-very-long-name-of-a-clip-that-goes-on',
      'Render 01-日本語の名前の長いクリップ',
    ]) {
      expect(measureColumns(formatProgressLine(label, progress, 2000, columns))).toBeLessThanOrEqual(columns);
    }
  }
});

it('says nothing of a rate or an end that it does not know', () => {
  expect(formatProgressLine('Read', undefined, 10, 80)).toBe('Read      …');
  expect(formatProgressLine('Read', { done: 0, total: undefined, unit: 'bytes' }, 10, 80)).toBe('Read      ');
});

it('writes out what would steer the terminal', () => {
  expect(toPrintable('a\u001b[31mb\nc\u202ed 🎬')).toBe('a\\x1b[31mb\\nc\\u202ed 🎬');
  const { view, read } = record(false);
  view.show({ event: 'note', text: '\u001b]0;owned\u0007' });
  expect(read()).toBe('! \\x1b]0;owned\\x07\n');
});

it('uses colour on a terminal only, and never with NO_COLOR', () => {
  const terminal = { isTTY: true, write: () => true };
  expect(createPaint(terminal, {})('red', 'x')).toContain('\u001b[31m');
  expect(createPaint(terminal, { NO_COLOR: '1' })('red', 'x')).toBe('x');
  expect(createPaint({ write: () => true }, {})('red', 'x')).toBe('x');
});

it('writes numbers for people', () => {
  expect([0, 950, 59_400, 60_000, 3_725_000].map(formatDuration)).toEqual([
    '0.0 s',
    '0.9 s',
    '59 s',
    '1:00',
    '1:02:05',
  ]);
  expect([0, 999, 1000, 12_345, 3.4e9].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12 kB',
    '3.4 GB',
  ]);
  expect(shorten('日本語の名前', 7)).toBe('日本語…');
});
