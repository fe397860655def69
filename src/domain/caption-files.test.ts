import { readFileSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import { needRecording } from '../../test/recordings.ts';
import { formatSrt, formatVtt, parseCaptionFile } from './caption-files.ts';
import { PatternPivotError } from './errors.ts';
import { assertWordsInOrder, transcriptSchema, type Transcript } from './transcript.ts';

function textOf(transcript: Transcript): string {
  return transcript.words.map((word) => word.text).join(' ');
}

/** One cue of SubRip with this text. */
function srt(text: string): string {
  return `1\n00:00:01,000 --> 00:00:03,000\n${text}\n`;
}

function errorOf(text: string, name = 'talk.srt'): PatternPivotError {
  try {
    parseCaptionFile(text, name);
  } catch (error) {
    if (error instanceof PatternPivotError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe('SubRip', () => {
  it('is read with a byte order mark, Windows line ends and times without hours or with points', () => {
    const text =
      '\uFEFF1\r\n00:00:01,000 --> 00:00:02,000\r\nHello there,\r\nGeneral.\r\n\r\n2\r\n00:03.5 --> 00:04.0\r\nYes?\r\n';
    const transcript = parseCaptionFile(text, '/films/talk.srt');
    expect(textOf(transcript)).toBe('Hello there, General. Yes?');
    expect(transcript).toMatchObject({ language: 'en', source: 'captions:talk.srt', durationMs: 4000 });
    expect(transcript.sentences.map((sentence) => sentence.text)).toEqual(['Hello there, General.', 'Yes?']);
    expect(transcript.words[3]).toMatchObject({ startMs: 3500, endMs: 4000, confidence: 0.5 });
    expect(transcriptSchema.parse(transcript)).toEqual(transcript);
  });

  it('spreads words over a cue by their letters, one after the other and inside it', () => {
    const { words } = parseCaptionFile(srt('I am incomprehensible now and here'), 'a.srt');
    expect(words[0]?.startMs).toBe(1000);
    expect(words.at(-1)?.endMs).toBe(3000);
    for (const [index, word] of words.entries()) {
      expect(word.startMs).toBe(words[index - 1]?.endMs ?? 1000);
      expect(word.confidence).toBe(0.5);
    }
    const lengths = words.map((word) => word.endMs - word.startMs);
    expect(Math.max(...lengths)).toBe(lengths[2]);
  });

  it('leaves the rest of a long cue silent: nobody speaks that slowly', () => {
    const { words } = parseCaptionFile('1\n00:00:01,000 --> 00:00:09,000\nOh no!\n', 'a.srt');
    expect(words.at(-1)?.endMs).toBeLessThan(2500);
  });

  it('leaves out tags, notes, music, dashes and the names of speakers', () => {
    const cases: [string, string][] = [
      ['<i>Really</i> {\\an8}<font color="#fff">so</font>', 'Really so'],
      ['[Music] and then [door\nslams] nothing', 'and then nothing'],
      ['♪ la la ♪', 'la la'],
      ['red\u001b[31m &#27;and\u202e back', 'red and back'],
      ['(LAUGHS) Well (soft music) yes', 'Well yes'],
      ['(they whisper)\nWhat?', 'What?'],
      ['it costs (nearly) nothing', 'it costs (nearly) nothing'],
      ['- Who?\n- Me.', 'Who? Me.'],
      ['>> JOHN: Hello\n>> MARY ANN: Hi', 'Hello Hi'],
      ['&gt;&gt; Q &amp; A &#39;n&#x27; so', "Q & A 'n' so"],
      ['Speaker 1: so 3 < 4 and 5 > 2', 'so 3 < 4 and 5 > 2'],
      ['At 12:30 I said: no', 'At 12:30 I said: no'],
    ];
    for (const [written, said] of cases) expect(textOf(parseCaptionFile(srt(written), 'a.srt'))).toBe(said);
  });

  it('keeps the words of a cue that holds an empty line, and of cues out of order or at the same time', () => {
    const text = [
      '2',
      '00:00:05,000 --> 00:00:06,000',
      'third',
      '',
      'fourth',
      '',
      '1',
      '00:00:01,000 --> 00:00:02,000',
      'first',
      '',
      '1',
      '00:00:01,000 --> 00:00:02,000',
      'second',
    ].join('\n');
    const transcript = parseCaptionFile(text, 'a.srt');
    expect(textOf(transcript)).toBe('first second third fourth');
    assertWordsInOrder(transcript.words);
  });

  it('shows the words of rolling captions once, and repeated ones as often as they were said', () => {
    const lines = ['so this is one', 'and this is two', 'here is three', 'and at last four'];
    const rolling = lines
      .map((line, index) => {
        const shown = index === 0 ? line : `${lines[index - 1]}\n${line}`;
        return `${index + 1}\n00:00:0${index},000 --> 00:00:0${index + 1},000\n${shown}\n`;
      })
      .join('\n');
    expect(textOf(parseCaptionFile(rolling, 'a.srt'))).toBe(lines.join(' '));
    const repeated = '1\n00:00:01,000 --> 00:00:02,000\nNo.\n\n2\n00:00:02,000 --> 00:00:03,000\nNo.\n';
    expect(textOf(parseCaptionFile(repeated, 'a.srt'))).toBe('No. No.');
  });

  it('takes the language from the name where it is told so', () => {
    expect(parseCaptionFile(srt('Ja'), 'talk.de.srt').language).toBe('de');
    expect(parseCaptionFile(srt('Yes'), 'talk.mov.srt').language).toBe('en');
    expect(parseCaptionFile(srt('Oui'), 'talk.de.srt', { language: 'fr' }).language).toBe('fr');
  });
});

describe('WebVTT', () => {
  it('is read with its header, notes, styles, identifiers, settings and voices', () => {
    const text = [
      'WEBVTT - a title',
      'Kind: captions',
      'Language: pt-BR',
      '',
      'NOTE 00:00:00.000 --> is no cue here',
      'nor here',
      '',
      'STYLE',
      '::cue { color: red }',
      '',
      'intro',
      '00:01.000 --> 00:02.000 align:start position:0%',
      '<v Roger Bingham>We are <b>here</b>',
    ].join('\n');
    const transcript = parseCaptionFile(text, 'a.vtt');
    expect(textOf(transcript)).toBe('We are here');
    expect(transcript.language).toBe('pt-BR');
  });

  it('takes word times where there are some, and shows rolling lines once', () => {
    const text = [
      'WEBVTT',
      '',
      '00:00:01.599 --> 00:00:03.909 align:start position:0%',
      ' ',
      'this<00:00:01.920><c> audiobook</c><00:00:02.480><c> is</c>',
      '',
      '00:00:03.909 --> 00:00:03.919',
      'this audiobook is',
      ' ',
      '',
      '00:00:03.919 --> 00:00:05.349',
      'this audiobook is',
      'free<00:00:04.080><c> to hear</c>',
    ].join('\n');
    const { words } = parseCaptionFile(text, 'a.vtt');
    expect(words).toEqual([
      { text: 'this', startMs: 1599, endMs: 1920, confidence: 1 },
      { text: 'audiobook', startMs: 1920, endMs: 2480, confidence: 1 },
      { text: 'is', startMs: 2480, endMs: 2900, confidence: 1 },
      { text: 'free', startMs: 3919, endMs: 4080, confidence: 1 },
      { text: 'to', startMs: 4080, endMs: 4500, confidence: 0.5 },
      { text: 'hear', startMs: 4500, endMs: 5140, confidence: 0.5 },
    ]);
  });
});

describe('JSON', () => {
  const words = [
    { text: 'Hello', startMs: 0, endMs: 300, confidence: 0.9 },
    { text: 'you.', startMs: 300, endMs: 700, confidence: 1 },
  ];

  it('gives back a transcript document as it was', () => {
    const transcript = parseCaptionFile(srt('Once upon a time.'), 'a.srt');
    expect(parseCaptionFile(JSON.stringify(transcript), 'b.json')).toEqual(transcript);
    // A word that somebody mended, and a sentence that nobody did.
    const mended = {
      ...transcript,
      words: transcript.words.with(0, { ...transcript.words[0]!, text: 'Mended' }),
    };
    const read = parseCaptionFile(JSON.stringify(mended), 'b.json');
    expect(read.sentences[0]?.text).toMatch(/^Mended/);
    const torn = { ...transcript, sentences: [{ ...transcript.sentences[0]!, wordEnd: 99 }] };
    expect(parseCaptionFile(JSON.stringify(torn), 'b.json').sentences).toEqual(transcript.sentences);
  });

  it('takes plain words in ms, or in seconds as Whisper writes them', () => {
    const plain = parseCaptionFile(JSON.stringify({ language: 'de', words }), 'a.json');
    expect(plain).toMatchObject({ language: 'de', source: 'captions:a.json', words, durationMs: 700 });
    const whisper = [{ word: ' Hello', start: 0, end: 0.3, probability: 0.5 }];
    expect(parseCaptionFile(JSON.stringify(whisper), 'a.json').words).toEqual([
      { text: 'Hello', startMs: 0, endMs: 300, confidence: 1 },
    ]);
  });

  it('refuses words without times or out of order', () => {
    expect(errorOf('{"words": [{"text": "a"}]}', 'a.json').message).toContain('words.0');
    expect(errorOf(JSON.stringify({ words: words.toReversed() }), 'a.json').message).toContain(
      'out of order',
    );
    expect(errorOf('{"words": [', 'a.json').code).toBe('input.captions_invalid');
    expect(errorOf('{}', 'a.json').code).toBe('input.captions_invalid');
  });
});

describe('what is no caption file', () => {
  it('is refused with the line of the mistake', () => {
    const broken = `${srt('fine')}\n2\n00:00:05,000 -> 00:00:06,000\nbroken\n`;
    const error = errorOf(broken);
    expect(error.code).toBe('input.captions_invalid');
    expect(error.message).toBe('talk.srt, line 6: "00:00:05,000 -> 00:00:06,000" is not a line of times.');
    expect(error.hint).toContain('-->');
    expect(errorOf('1\n00:00:05,000 --> 00:00:04,000\nx\n').message).toBe(
      'talk.srt, line 2: the cue ends before it starts.',
    );
    for (const text of ['', 'Just some prose.', 'WEBVTT\n', '\0\0\0']) {
      expect(errorOf(text).code).toBe('input.captions_invalid');
    }
  });

  it('is refused or read quickly, however hostile', () => {
    const simultaneous = srt('a\nb').repeat(50_000);
    expect(errorOf(simultaneous).message).toMatch(/more than 200 words within 10 s, from 1.0 s on/);
    expect(errorOf(srt('a b').repeat(200_001)).code).toBe('input.captions_invalid');
    expect(errorOf(srt('<'.repeat(200_000))).code).toBe('input.captions_invalid');
    expect(parseCaptionFile(srt('('.repeat(200_000)), 'a.srt').words).toEqual([]);
    expect(parseCaptionFile(srt('x'.repeat(5000)), 'a.srt').words).toHaveLength(50);
    // Thirty thousand blank lines took 17 s when each looked through all that follow.
    expect(textOf(parseCaptionFile(srt(`${'&nbsp;\n'.repeat(100_000)}word`), 'a.srt'))).toBe('word');
    expect(errorOf(' '.repeat(65 * 1024 * 1024)).message).toContain('larger than 64 MB');
  });
});

describe('formatSrt and formatVtt', () => {
  const text =
    'So the one thing that nobody ever tells you about compound interest, is that it waits. It waits for years! ' +
    'And then, when you have almost forgotten about it, it turns up with a suitcase full of money.';
  const words = text.split(' ').map((word, index) => ({
    text: word,
    startMs: 500 + index * 320,
    endMs: 500 + index * 320 + 300,
  }));

  it('make subtitles of two lines of 42 letters and 7 s at most, from however small cues', () => {
    const cues = words.map((word) => ({ startMs: word.startMs, endMs: word.endMs, words: [word] }));
    const blocks = formatSrt(cues).trimEnd().split('\n\n');
    for (const [index, block] of blocks.entries()) {
      const [number, times, ...lines] = block.split('\n');
      expect(number).toBe(String(index + 1));
      expect(times).toMatch(/^\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}$/);
      expect(lines.length).toBeLessThanOrEqual(2);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
    }
    expect(blocks[0]).toBe(
      '1\n00:00:00,500 --> 00:00:04,340\nSo the one thing that nobody ever\ntells you about compound interest,',
    );
  });

  it('are read back word for word, within the cues that they were put into', () => {
    for (const [written, name] of [
      [formatSrt([{ words }]), 'a.srt'],
      [formatVtt([{ words }], { language: 'en' }), 'a.vtt'],
    ] as const) {
      const read = parseCaptionFile(written, name);
      expect(textOf(read)).toBe(text);
      expect(read.words[0]?.startMs).toBe(500);
      for (const [index, word] of read.words.entries()) {
        expect(Math.abs(word.startMs - (words[index]?.startMs ?? 0))).toBeLessThan(1000);
      }
    }
  });

  it('cannot be broken by what words contain', () => {
    const odd = ['a-->b', '<b>', 'x\ny', '&amp;', ' ', '1 < 2'].map((odd, index) => ({
      text: odd,
      startMs: index * 400,
      endMs: index * 400 + 400,
    }));
    expect(formatSrt([{ words: odd }])).toBe('1\n00:00:00,000 --> 00:00:02,400\na→b <b> x y &amp; 1 < 2\n');
    expect(formatVtt([{ words: odd }])).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:02.400\na--&gt;b &lt;b&gt; x y &amp;amp; 1 &lt; 2\n',
    );
    expect(textOf(parseCaptionFile(formatVtt([{ words: odd }]), 'a.vtt'))).toBe('a-->b <b> x y &amp; 1 < 2');
  });

  it('make a file without subtitles of no words', () => {
    expect(formatSrt([])).toBe('');
    expect(formatVtt([])).toBe('WEBVTT\n');
  });
});

describe('captions of real recordings', () => {
  const read = (context: TestContext, path: string) =>
    parseCaptionFile(readFileSync(needRecording(context, `video/${path}`), 'utf8'), path);

  it('hold the same words whether YouTube rolls them with word times or a tool made SRT of them', (context) => {
    const rolling = read(context, 'still-image-audiobook/manifesto.vtt');
    const plain = read(context, 'still-image-audiobook/manifesto.srt');
    expect(textOf(rolling)).toBe(textOf(plain));
    expect(rolling.words).toHaveLength(206);
    expect(rolling.words.filter((word) => word.confidence === 1).length).toBeGreaterThan(200);
    assertWordsInOrder(rolling.words);
    expect(rolling.words[1]).toMatchObject({ text: 'audiobook', startMs: 1920 });
  });

  it('are read with a byte order mark and a title behind WEBVTT', (context) => {
    const film = read(context, 'animated-film/english.vtt');
    expect(textOf(film)).toMatch(/^This is 327, I'm going in Good luck, Agent Hello!/);
    expect(film.durationMs).toBe(185_319);
    assertWordsInOrder(film.words);
  });
});
