import { expect, it } from 'vitest';
import { describeSource, titleOfFile } from './describe-source.ts';

const now = new Date('2025-06-01T00:00:00Z');
const describe_ = (tags: Record<string, string>, isFetched = false, path = '/films/My talk.final.mp4') =>
  describeSource(
    { path, info: { container: 'mp4', durationMs: 1, sizeBytes: 1, video: [], audio: [], tags } },
    { now, isFetched },
  );

it('takes the name of the file, and the title of the tags where it came from an address', () => {
  expect(describe_({ TITLE: ' Why\n  we left ' }, true).title).toBe('Why we left');
  expect(describe_({ title: 'Screen Recorder 4.2' }).title).toBe('My talk.final');
  expect(describe_({ title: ' \n' }, true).title).toBe('My talk.final');
  expect(describe_({ title: '😀'.repeat(400) }, true).title.length).toBeLessThanOrEqual(500);
});

it.each([
  ['/a/talk.en.vtt', 'talk'],
  ['/a/talk.pt-BR.srt', 'talk'],
  ['/a/.srt', '.srt'],
  ['/a/en.vtt', 'en'],
  ['/a/\n', 'untitled'],
  ['/a/no ending', 'no ending'],
])('%j is called %j', (path, title) => expect(titleOfFile(path)).toBe(title));

it.each([
  [{ date: '20240501' }, '2024-05-01T00:00:00.000Z'],
  [{ DATE: '2024' }, '2024-01-01T00:00:00.000Z'],
  [{ creation_time: '2024-05-01T10:00:00.000000Z' }, '2024-05-01T10:00:00.000Z'],
  [{ creation_time: '2024-05-01 10:00:00Z' }, '2024-05-01T10:00:00.000Z'],
  [{ creation_time: '2025-05-01T10:00:00Z', date: '2019-02-03' }, '2019-02-03T00:00:00.000Z'],
  [{ 'com.apple.quicktime.creationdate': '2023-01-02T03:04:05+0100' }, '2023-01-02T02:04:05.000Z'],
  [{ creation_time: '1904-01-01T00:00:00Z' }, undefined],
  [{ creation_time: '1970-01-01T00:00:00Z' }, undefined],
  [{ date: '2099' }, undefined],
  [{ date: '2024-13-45' }, undefined],
  [{ date: 'May 2024' }, undefined],
  [{ date: '20240501123456789' }, undefined],
  [{}, undefined],
])('the tags %j say %j', (tags, date) => expect(describe_(tags).publishedAt).toBe(date));
