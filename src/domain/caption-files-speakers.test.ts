import { describe, expect, it } from 'vitest';
import { formatVtt, parseCaptionFile } from './caption-files.ts';
import { transcriptSchema } from './transcript.ts';

/** Cues of 4 s, one after the other. */
function captions(...texts: string[]): string {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 23);
  const cues = texts.map((text, index) => `${time(index * 4)} --> ${time(index * 4 + 4)}\n${text}\n`);
  return ['WEBVTT\n', ...cues].join('\n');
}

/** What is said, each with its speaker: `Ada: Hello there.` */
function turnsOf(text: string): string[] {
  const transcript = transcriptSchema.parse(parseCaptionFile(text, 'a.vtt'));
  return transcript.sentences.map(({ text: said, wordStart, wordEnd }) => {
    const names = new Set(transcript.words.slice(wordStart, wordEnd).map(({ speaker }) => speaker ?? '?'));
    return `${[...names].join('+')}: ${said}`;
  });
}

describe('voice tags', () => {
  it('say who says the words of their cue, and nothing of the next', () => {
    expect(
      turnsOf(
        captions(
          '<v Ada Lovelace>Why not?',
          '<v.loud.first Grace &amp; Co>Because.</v> <v Ada Lovelace>Oh.</v> Who was that?',
          'Nobody knows.',
          '<v Ada\nLovelace>- <i>Two</i> lines\nof <b>hers.</b>',
        ),
      ),
    ).toEqual([
      'Ada Lovelace: Why not?',
      'Grace & Co: Because.',
      'Ada Lovelace: Oh.',
      '?: Who was that?',
      '?: Nobody knows.',
      'Ada Lovelace: Two lines of hers.',
    ]);
  });

  it('hold with word times, and are written and read back', () => {
    const text = captions('<v Ada>One <00:00:01.000><c>two.</c></v><00:00:02.000> <v Bob>Three.');
    const transcript = parseCaptionFile(text, 'a.vtt');
    expect(transcript.words.map(({ startMs, speaker }) => [startMs, speaker])).toEqual([
      [0, 'Ada'],
      [1000, 'Ada'],
      [2000, 'Bob'],
    ]);
    expect(turnsOf(formatVtt([transcript]))).toEqual(['Ada: One two.', 'Bob: Three.']);
  });

  it('give no name that is empty, long or hostile', () => {
    const hostile = captions(
      `<v ${'x'.repeat(5000)}>Long.`,
      '<v  &#27;[31m>Red.',
      '<v Eve\u202e\u0007 &lt;b&gt; &#x1F600;>Bell.',
      '<v \u200b>None.',
      '<v>Nor here.',
      `<v ${'😀'.repeat(300)}a>Half.`,
    );
    const { words } = transcriptSchema.parse(parseCaptionFile(hostile, 'a.vtt'));
    expect(words.map(({ text }) => text)).toEqual([
      'Long.',
      'Red.',
      'Bell.',
      'None.',
      'Nor',
      'here.',
      'Half.',
    ]);
    expect(words.map(({ speaker }) => speaker)).toEqual([
      'x'.repeat(100),
      '[31m',
      'Eve <b> 😀',
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    const many = captions(...Array.from({ length: 2000 }, () => '<v '.repeat(200)));
    const startedAt = performance.now();
    expect(turnsOf(many).length).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('names before colons', () => {
  it('count with >>, and hold until somebody else speaks', () => {
    expect(
      turnsOf(
        captions(
          '&gt;&gt; ADA: Good evening.',
          'We begin.',
          '>> Bob Smith: Thanks.\n>> ADA: So?',
          '>> Bob Smith: Remember: it rains.',
          '>> Who said that?',
          'Not me.',
        ),
      ),
    ).toEqual([
      'ADA: Good evening.',
      'ADA: We begin.',
      'Bob Smith: Thanks.',
      'ADA: So?',
      'Bob Smith: Remember: it rains.',
      '?: Who said that?',
      '?: Not me.',
    ]);
  });

  it('count where the whole file is written so', () => {
    expect(
      turnsOf(
        captions('Ada: Hello.', 'Bob: Hi.', 'Still\nme.', 'Ada: Well: yes.', 'NARRATOR: Night.', 'Bob: Bye.'),
      ),
    ).toEqual(['Ada: Hello.', 'Bob: Hi.', 'Bob: Still me.', 'Ada: Well: yes.', '?: Night.', 'Bob: Bye.']);
  });

  it.each([
    [
      'captions for the deaf, which name those who are not seen',
      ['Hello.', 'BOB: Hi.', 'ADA: So?', 'BOB: No.', 'ADA: Yes.'],
    ],
    ['a list', ['First: eggs.', 'Second: milk.', 'Third: flour.']],
    ['one who reads', ['Ada: One.', 'Ada: Two.', 'Ada: Three.']],
    ['clock and scripture', ['At 10:30 we met.', 'Psalm 23: The Lord.', 'Psalm 24: The earth.']],
  ])('mean nothing in %s', (_, texts) => {
    expect(turnsOf(captions(...texts)).every((turn) => turn.startsWith('?: '))).toBe(true);
  });
});

it('are taken from the words of other programs', () => {
  const words = ['A', 'B'].map((text, index) => {
    return { word: text, start: index, end: index + 1, speaker: index === 0 ? 'SPEAKER_00\u001b' : 7 };
  });
  const transcript = parseCaptionFile(JSON.stringify({ words }), 'a.json');
  expect(transcript.words.map(({ speaker }) => speaker)).toEqual(['SPEAKER_00', undefined]);
});
