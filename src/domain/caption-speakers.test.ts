import { expect, test } from 'vitest';
import { formatSrt, formatVtt, parseCaptionFile } from './caption-files.ts';

const say = (speaker: string | undefined, text: string, startMs: number) =>
  text.split(' ').map((word, index) => ({
    text: word,
    startMs: startMs + index * 300,
    endMs: startMs + index * 300 + 280,
    speaker,
  }));

const talk = [
  {
    words: [
      ...say('Alice', 'And what did you', 0),
      ...say('Bob <b>', 'I ran --> home as fast as I could', 1250),
      ...say('Bob <b>', 'and never came back to that old house again in my life.', 3700),
      ...say(undefined, 'Somebody laughs.', 9000),
    ],
  },
];

test('a subtitle holds the words of one speaker, and WebVTT says whose', () => {
  const vtt = formatVtt(talk);
  expect(vtt).toContain('\n<v Alice>And what did you\n');
  expect(vtt).toContain('<v Bob &lt;b&gt;>I ran --&gt; home');
  expect(vtt).toMatch(/\nSomebody laughs\.\n/u);
});

test('SubRip names a speaker where they begin, in a way that is left out again when it is read', () => {
  const srt = formatSrt(talk);
  expect(srt.match(/ALICE: /gu)).toHaveLength(1);
  expect(srt.match(/BOB <B>: /gu)).toHaveLength(1);
  const plain = formatSrt([{ words: say('Alice', 'Hello again my friends', 0) }]);
  expect(
    parseCaptionFile(plain, 'x.srt')
      .words.map((word) => word.text)
      .join(' '),
  ).toBe('Hello again my friends');
  const read = parseCaptionFile(formatVtt(talk), 'x.vtt').words.map((word) => word.text);
  expect(read.slice(0, 6).join(' ')).toBe('And what did you I ran');
});
