import { describe, expect, it } from 'vitest';
import { countColumns, joinsTightly, joinWords, splitUnspaced } from './caption-join.ts';
import { formatSrt, parseCaptionFile } from './caption-files.ts';
import { gatherCues } from './cue-making.ts';

describe('splitUnspaced', () => {
  it.each([
    '「今日は、いい天気ですね。」と彼女はスーパーで言った！',
    '他说：“我们明天去北京。”然后走了。',
    'AIモデルは2024年に登場した',
    'สวัสดีครับทุกคน',
  ])('finds the words of %s, with no mark at the wrong end of one', (text) => {
    const words = splitUnspaced(text);
    expect(words.length).toBeGreaterThan(3);
    expect(joinWords(words)).toBe(text);
    for (const word of words) {
      expect(word).not.toMatch(/^[。、，．！？」』）：ー]/u);
      expect(word).not.toMatch(/[「『（“]$/u);
    }
  });

  it('leaves words of scripts with spaces alone', () => {
    for (const word of ['Hello,', 'Привет', 'مرحبا', '한국어는', 'नमस्ते', '']) {
      expect(splitUnspaced(word)).toEqual([word]);
    }
  });
});

describe('joinWords', () => {
  it('puts spaces where a script has them', () => {
    expect(joinWords(['So', 'it', 'goes.'])).toBe('So it goes.');
    expect(joinWords(['한국어는', '재미있다'])).toBe('한국어는 재미있다');
    expect(joinWords(['我', '用', 'iPhone', '拍照'])).toBe('我用iPhone拍照');
    expect(joinsTightly('สวัสดี', 'John')).toBe(false);
    expect(joinWords([])).toBe('');
  });

  it('counts an ideograph as two letters', () => {
    expect(countColumns('ab日本。')).toBe(8);
  });
});

describe('captions without spaces', () => {
  const srt = '1\n00:00:00,000 --> 00:00:06,000\n今日はいい天気ですね。明日は雨が降るかもしれません。\n';

  it('become words with times of their own, and sentences', () => {
    const { words, sentences } = parseCaptionFile(srt, 'talk.ja.srt');
    expect(words.length).toBeGreaterThan(8);
    expect(words.map((word) => word.text).join('')).toBe(
      '今日はいい天気ですね。明日は雨が降るかもしれません。',
    );
    for (const [index, word] of words.entries()) {
      expect(word.startMs).toBeGreaterThanOrEqual(words[index - 1]?.endMs ?? 0);
    }
    expect(sentences.map((sentence) => sentence.text)).toEqual([
      '今日はいい天気ですね。',
      '明日は雨が降るかもしれません。',
    ]);
  });

  it('become words in JSON too, where a word is a whole line', () => {
    const json = JSON.stringify({
      language: 'zh',
      words: [{ text: '我们明天去北京', startMs: 100, endMs: 2100 }],
    });
    const { words } = parseCaptionFile(json, 'talk.json');
    expect(words.map((word) => word.text)).toEqual(['我们', '明天', '去', '北京']);
    expect(words[0]?.startMs).toBe(100);
    expect(words.at(-1)?.endMs).toBeLessThanOrEqual(2100);
  });

  it('are written without spaces, in lines of at most 21 ideographs', () => {
    const { words } = parseCaptionFile(srt, 'talk.ja.srt');
    const lines = formatSrt([{ words }])
      .split('\n')
      .filter((line) => /\p{Script=Han}/u.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(line).not.toContain(' ');
      expect(countColumns(line)).toBeLessThanOrEqual(42);
    }
  });

  it('end their cues with their sentences', () => {
    const { words } = parseCaptionFile(srt, 'talk.ja.srt');
    const limits = {
      maxWords: 12,
      maxChars: 40,
      maxMs: 5000,
      minMs: 200,
      pauseMs: 700,
      closeGapMs: 300,
      lingerMs: 200,
    };
    const cues = gatherCues(words, limits, { endMs: 6000 });
    expect(cues.flatMap((cue) => cue.words)).toHaveLength(words.length);
    expect(cues.some((cue) => cue.words.at(-1)?.text.endsWith('ね。') === true)).toBe(true);
    for (const cue of cues) {
      expect(countColumns(cue.words.map((word) => word.text).join(''))).toBeLessThanOrEqual(40);
    }
  });
});
