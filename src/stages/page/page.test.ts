import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { CheckReport } from '../../domain/rendition.ts';
import { escapeHtml, fileUrl, formatClock } from './escape.ts';
import type { PageClip, PageData } from './page-data.ts';
import { writePage } from './page.ts';
import { axisTicks, waveformBars } from './source-chart.ts';

const check: CheckReport = {
  version: 1,
  status: 'failed',
  durationMs: 24_000,
  width: 1080,
  height: 1920,
  frameRate: 30,
  heard: '',
  findings: [
    { rule: 'duration', status: 'passed', text: '24.0 s, as planned' },
    { rule: 'true_peak', status: 'failed', text: 'True peak −0.4 dBTP, above −1' },
  ],
};

function makeClip(title: string, over: Partial<PageClip> = {}): PageClip {
  return {
    status: 'done',
    files: { video: '01-a.mp4', cover: '01-a.jpg', timeline: '01-a.timeline.json' },
    moment: {
      startMs: 65_000,
      endMs: 89_000,
      score: 0.824,
      reasons: [{ feature: 'hook', value: 1, contribution: 0.2, text: 'Opens with a question' }],
      sentenceStart: 0,
      sentenceEnd: 3,
      text: 'words',
      title,
      chosenBy: 'words',
    },
    check,
    ...over,
  };
}

function makeData(over: Partial<PageData> = {}): PageData {
  return {
    source: { name: 'talk.mp4', durationMs: 300_000 },
    status: 'finished',
    sound: { envelopeDbfs: [-60, -20, -10, -100], envelopeWindowMs: 100 },
    interest: [
      { startMs: 0, endMs: 5000, score: 0.2 },
      { startMs: 5000, endMs: 9000, score: 0.9 },
    ],
    clips: [makeClip('First')],
    notes: [],
    ...over,
  };
}

/** Every attribute value that makes a browser fetch or go somewhere. */
const addressesOf = (html: string) =>
  [...html.matchAll(/\s(?:src|href|poster)="([^"]*)"/gu)].map((match) => match[1]);

describe('the page of a source', () => {
  test('shows each clip with its video, score, reasons and failed checks', () => {
    const html = writePage(makeData());
    expect(html).toContain('<video controls playsinline preload="none" poster="./01-a.jpg" src="./01-a.mp4"');
    expect(html).toContain('<b>82</b> of 100');
    expect(html).toContain('Opens with a question');
    expect(html).toContain('True peak −0.4 dBTP, above −1');
    expect(html).toContain('1:05 to 1:29 in the source');
  });

  test('lets nothing in a name or a text become markup', () => {
    const evil = '"><img src=x onerror=alert(1)>\'\n<script>alert(2)</script>\u202e🎬';
    const html = writePage(
      makeData({
        source: { name: evil, durationMs: 300_000 },
        notes: [evil],
        clips: [makeClip(evil, { problem: evil, files: { video: `${evil}.mp4`, cover: `../../${evil}` } })],
      }),
    );
    expect(html.match(/<script/gu)).toHaveLength(1);
    expect(html).not.toMatch(/<img[^>]*\sonerror/u);
    expect(html).not.toContain('\u202e');
    for (const address of addressesOf(html)) expect(address).toMatch(/^(?:#clip-\d+|\.\/[^/"'<>\s]+)$/u);
  });

  test('asks no other host for anything, and the policy allows exactly its own style and script', () => {
    const html = writePage(makeData());
    expect(html).not.toMatch(/https?:|\/\/\w/u);
    const policy = /Content-Security-Policy" content="([^"]+)"/u.exec(html)?.[1] ?? '';
    expect(policy).toMatch(/^default-src 'none';/u);
    for (const element of ['script', 'style']) {
      const text = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'u').exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(text).digest('base64');
      expect(policy).toContain(`${element}-src 'sha256-${hash}'`);
    }
    expect(html).not.toMatch(/\sstyle="|\son\w+="/u);
  });

  test('says that a clip is still being made, and reloads only then', () => {
    const running = writePage(
      makeData({
        status: 'running',
        clips: [makeClip('First', { status: 'rendering', files: {}, check: undefined })],
      }),
    );
    expect(running).toContain('data-status="running"');
    expect(running).toContain('still being made');
    expect(running).not.toContain('<video');
    expect(writePage(makeData())).toContain('data-status="finished"');
  });

  test('a skipped source says why, without a chart of nothing', () => {
    const html = writePage({
      source: { name: 'silence.mp4', durationMs: 0 },
      status: 'skipped',
      reason: 'Nobody speaks in this file.',
      interest: [],
      clips: [],
      notes: [],
    });
    expect(html).toContain('Nobody speaks in this file.');
    expect(html).not.toContain('<svg');
  });

  test('a clip at time 0 is placed on the strip', () => {
    const clip = makeClip('Start');
    const html = writePage(
      makeData({ clips: [{ ...clip, moment: { ...clip.moment, startMs: 0, endMs: 30_000 } }] }),
    );
    expect(html).toContain('#m1{left:0%;width:10%}');
  });
});

describe('the parts of the page', () => {
  test('the waveform keeps the loudest level of each stretch', () => {
    expect(waveformBars([-60, -30, 0, -100], 2)).toEqual([0.5, 1]);
    expect(waveformBars([-100], 480)).toEqual([0]);
    expect(waveformBars([], 480)).toEqual([]);
  });

  test('the axis has round times and at most nine marks, from seconds to ten hours', () => {
    for (const durationMs of [2000, 61_000, 336_000, 3_600_000, 36_000_000]) {
      const ticks = axisTicks(durationMs);
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThanOrEqual(9);
      expect(ticks[0]).toBe(0);
    }
  });

  test('file names of any kind stay one file beside the page', () => {
    expect(fileUrl('a b\'"#?%\n.mp4')).toBe('./a%20b%27%22%23%3F%25%0A.mp4');
    expect(fileUrl('javascript:alert(1)')).toBe('./javascript%3Aalert(1)');
    expect(fileUrl('\ud800.mp4')).toBe('./%EF%BF%BD.mp4');
  });

  test('text and times are written for people', () => {
    expect(escapeHtml('a & b\u0000<')).toBe('a &amp; b &lt;');
    expect(formatClock(3_753_999)).toBe('1:02:33');
    expect(formatClock(0)).toBe('0:00');
  });
});
