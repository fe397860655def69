import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { needRecording } from '../../test/recordings.ts';
import { parseCaptionFile } from './caption-files.ts';

const words = (text: string, name = 'talk.json3') =>
  parseCaptionFile(text, name).words.map(({ text: word, startMs, endMs, confidence }) => [
    word,
    startMs,
    endMs,
    confidence,
  ]);

describe('json3', () => {
  const automatic = JSON.stringify({
    wireMagic: 'pb3',
    events: [
      { tStartMs: 0, dDurationMs: 9000, id: 1, wpWinPosId: 1 },
      {
        tStartMs: 1599,
        dDurationMs: 3541,
        wWinId: 1,
        segs: [
          { utf8: 'this', acAsrConf: 255 },
          { utf8: ' audiobook', tOffsetMs: 321 },
          { utf8: ' is', tOffsetMs: 881 },
        ],
      },
      { tStartMs: 3909, dDurationMs: 1231, wWinId: 1, aAppend: 1, segs: [{ utf8: '\n' }] },
      { tStartMs: 3919, dDurationMs: 2000, segs: [{ utf8: 'free' }, { utf8: ' <i>&', tOffsetMs: 161 }] },
      { tStartMs: 6000, dDurationMs: 1000, segs: [{ utf8: '[Music]' }] },
    ],
  });

  it('gives every word its own time, and no note', () => {
    expect(words(automatic)).toEqual([
      ['this', 1599, 1920, 1],
      ['audiobook', 1920, 2480, 1],
      ['is', 2480, 2900, 1],
      ['free', 3919, 4080, 1],
      ['<i>&', 4080, expect.any(Number), 1],
    ]);
  });

  it('of a person has whole sentences, whose words are spread over their time', () => {
    const manual = JSON.stringify({
      events: [{ tStartMs: 1000, dDurationMs: 2000, segs: [{ utf8: 'Hello there,\nall of you.' }] }],
    });
    const read = words(manual);
    expect(read.map(([word]) => word)).toEqual(['Hello', 'there,', 'all', 'of', 'you.']);
    expect(read[0]).toEqual(['Hello', 1000, expect.any(Number), 0.5]);
    expect(read.every(([, , , confidence]) => confidence === 0.5)).toBe(true);
  });

  it('keeps a line that is said twice', () => {
    const twice = JSON.stringify({
      events: [1000, 3000, 5000, 7000].map((tStartMs) => ({
        tStartMs,
        dDurationMs: 1500,
        segs: [
          { utf8: 'yeah', tOffsetMs: 0 },
          { utf8: ' yeah', tOffsetMs: 400 },
        ],
      })),
    });
    expect(words(twice)).toHaveLength(8);
  });
});

describe('srv3 and srv1', () => {
  it('are read as json3 is', () => {
    const srv3 =
      '<?xml version="1.0" encoding="utf-8" ?><timedtext format="3">\n<head><pen id="1" fc="#E5E5E5"/><wp id="1" ap="6"/></head>\n<body>\n' +
      '<w t="0" id="1" wp="1"/>\n<p t="1599" d="3541" w="1"><s ac="255">this</s><s t="321">\u0020audiobook</s><s t="881"> isn&#39;t</s></p>\n' +
      '<p t="3909" d="1231" w="1" a="1">\n</p>\n<p t="5000" d="900">Tom &amp; Jerry</p></body></timedtext>';
    expect(words(srv3, 'talk.srv3')).toEqual([
      ['this', 1599, 1920, 1],
      ['audiobook', 1920, 2480, 1],
      ["isn't", 2480, expect.any(Number), 1],
      ['Tom', 5000, expect.any(Number), 0.5],
      ['&', expect.any(Number), expect.any(Number), 0.5],
      ['Jerry', expect.any(Number), expect.any(Number), 0.5],
    ]);
    const srv1 =
      '<?xml version="1.0" encoding="utf-8" ?><transcript><text start="1.5" dur="2">It&amp;#39;s fine</text><text start="4" dur="1">Bye</text></transcript>';
    expect(words(srv1, 'talk.srv1').map(([word, startMs]) => [word, startMs])).toEqual([
      ["It's", 1500],
      ['fine', expect.any(Number)],
      ['Bye', 4000],
    ]);
  });

  it('are refused or read quickly, however hostile', () => {
    const startedAt = performance.now();
    for (const text of [
      `<timedtext><body>${'<p t="1" d="1">'.repeat(100_000)}`,
      `<timedtext><body>${'<p t="1" d="1"><s>'.repeat(50_000)}</p>`,
      `<timedtext ${'<'.repeat(500_000)}`,
      '<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "c">]><timedtext><p t="0" d="1000">&a;</p></timedtext>',
      '{"events": [{"segs": 5, "tStartMs": -1}, {"segs": [{"utf8": 7}]}]}',
      '{"events": [{"tStartMs": 1e300, "segs": [{"utf8": "a"}]}, null, 7]}',
    ]) {
      try {
        parseCaptionFile(text, 'x.srv3');
      } catch (error) {
        expect((error as { code: string }).code).toBe('input.captions_invalid');
      }
    }
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });
});

it("says the same as YouTube's WebVTT of the same captions", (context) => {
  const vtt = parseCaptionFile(
    readFileSync(needRecording(context, 'video/still-image-audiobook/manifesto.vtt'), 'utf8'),
    'manifesto.vtt',
  );
  const lines = Map.groupBy(vtt.words, ({ startMs }) => Math.floor(startMs / 3000));
  const json3 = JSON.stringify({
    events: [...lines.values()].map((own) => ({
      tStartMs: own[0]!.startMs,
      dDurationMs: 4000,
      segs: own.map(({ text, startMs }) => ({ utf8: ` ${text}`, tOffsetMs: startMs - own[0]!.startMs })),
    })),
  });
  const read = parseCaptionFile(json3, 'manifesto.en.json3');
  expect(read.words.map(({ text, startMs }) => [text, startMs])).toEqual(
    vtt.words.map(({ text, startMs }) => [text, startMs]),
  );
});
