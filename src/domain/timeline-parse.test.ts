import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PatternPivotError } from './errors.ts';
import { parseTimeline, parseTimelineText } from './timeline-parse.ts';
import { upgradeTimeline } from './timeline-upgrade.ts';
import type { Timeline } from './timeline.ts';

const hash = `sha256:${'0a'.repeat(32)}`;

/** A sound document that the tests break in one place each. 25 frames a second; the asset has 1000 frames. */
function makeDocument() {
  const clip = (id: string, startFrame: number, sourceStartFrame: number) => ({
    id,
    assetId: 'talk',
    startFrame,
    durationFrames: 100,
    sourceStartFrame,
    speed: { num: 1, den: 1 },
    effects: [] as unknown[],
  });
  return {
    version: 1 as number,
    name: 'A talk',
    frameRate: { num: 25, den: 1 },
    width: 1080,
    height: 1920,
    durationFrames: 200,
    loudness: { integratedLufs: -14, truePeakDbtp: -1 },
    assets: [
      {
        id: 'talk',
        kind: 'file',
        path: 'talk.mp4',
        contentHash: hash,
        durationMs: 40_000,
        hasVideo: true,
        hasAudio: true,
      },
      { id: 'blue', kind: 'color', color: '#0000FF' },
    ] as Record<string, unknown>[],
    tracks: [
      { id: 'v1', kind: 'video', clips: [clip('v1-1', 0, 50), clip('v1-2', 100, 300)] },
      { id: 'a1', kind: 'audio', clips: [clip('a1-1', 0, 50), clip('a1-2', 100, 300)] },
    ],
    transitions: [] as unknown[],
    captions: {
      style: 'pop',
      cues: [
        cue([word('Hello', 0, 400), word('there.', 400, 900)]),
        cue([word('This', 1000, 1200), word('works.', 1200, 1600)]),
      ],
    },
    metadata: { pivot: { version: '0.1.0' } } as Record<string, unknown>,
  };
}

function word(text: string, startMs: number, endMs: number) {
  return { text, startMs, endMs, sourceStartMs: startMs + 2000, sourceEndMs: endMs + 2000, assetId: 'talk' };
}

function cue(words: ReturnType<typeof word>[]) {
  return { startMs: words[0]?.startMs ?? 0, endMs: words.at(-1)?.endMs ?? 0, words };
}

type Document = ReturnType<typeof makeDocument>;

/** The mistakes found after `change` was made to a sound document. */
function mistakesAfter(change: (document: Document) => void): string[] {
  const document = makeDocument();
  change(document);
  try {
    parseTimeline(document);
  } catch (error) {
    if (!(error instanceof PatternPivotError)) throw error;
    expect(error.code).toBe('input.timeline_invalid');
    return error.context['mistakes'] as string[];
  }
  return [];
}

function firstClip(document: Document) {
  const clip = document.tracks[0]?.clips[0];
  if (clip === undefined) throw new Error('the sample has clips');
  return clip;
}

function secondClip(document: Document) {
  const clip = document.tracks[0]?.clips[1];
  if (clip === undefined) throw new Error('the sample has two clips');
  return clip;
}

describe('parseTimeline', () => {
  it('gives back exactly what was written', () => {
    const timeline: Timeline = parseTimeline(makeDocument());
    expect(parseTimeline(JSON.parse(JSON.stringify(timeline)))).toEqual(timeline);
    expect(JSON.stringify(timeline)).toBe(JSON.stringify(makeDocument()));
    expect(parseTimelineText(`\uFEFF${JSON.stringify(timeline)}`)).toEqual(timeline);
  });

  it('reads the example of the spec page', () => {
    const page = readFileSync(new URL('../../docs/timeline-v1.md', import.meta.url), 'utf8');
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const timeline = parseTimelineText(example);
    expect(timeline.name).toBe('Why interest waits');
    expect(timeline).toEqual(JSON.parse(example));
  });

  const cases: [string, (document: Document) => void, string][] = [
    [
      'an overlap',
      (document) => (secondClip(document).startFrame = 97),
      'tracks[0].clips[1].startFrame: overlaps the clip before it by 3 frames',
    ],
    [
      'clips out of order',
      (document) => document.tracks[0]?.clips.reverse(),
      'tracks[0].clips[1].startFrame: lies before the start of the clip before it: clips are listed in order',
    ],
    [
      'an unknown asset',
      (document) => (firstClip(document).assetId = 'walk'),
      'tracks[0].clips[0].assetId: no asset is called "walk"',
    ],
    [
      'a range outside its source',
      (document) => (secondClip(document).sourceStartFrame = 902),
      'tracks[0].clips[1].sourceStartFrame: the range ends at frame 1002 of "talk", which has 1000',
    ],
    [
      'a range that its speed takes outside its source',
      (document) => Object.assign(secondClip(document), { sourceStartFrame: 850, speed: { num: 2, den: 1 } }),
      'tracks[0].clips[1].sourceStartFrame: the range ends at frame 1050 of "talk", which has 1000',
    ],
    [
      'a picture from an asset without one',
      (document) => Object.assign(document.assets[0] ?? {}, { hasVideo: false }),
      'tracks[0].clips[0].assetId: "talk" has no video',
    ],
    [
      'sound from a colour',
      (document) => Object.assign(document.tracks[1]?.clips[0] ?? {}, { assetId: 'blue' }),
      'tracks[1].clips[0].assetId: "blue" is a colour and has no sound',
    ],
    [
      'two clips of one id',
      (document) => (secondClip(document).id = 'a1-2'),
      'tracks[1].clips[1].id: "a1-2" is taken by tracks[0].clips[1]',
    ],
    [
      'two assets of one id',
      (document) => Object.assign(document.assets[1] ?? {}, { id: 'talk' }),
      'assets[1].id: "talk" is taken by assets[0]',
    ],
    [
      'a clip after the end',
      (document) => (document.durationFrames = 199),
      "tracks[0].clips[1].durationFrames: ends at frame 200, after the timeline's end at 199",
    ],
    [
      'a negative start',
      (document) => (firstClip(document).startFrame = -1),
      'tracks[0].clips[0].startFrame: too small: expected number to be >=0',
    ],
    [
      'an unknown field',
      (document) => Object.assign(firstClip(document), { colour: 'red' }),
      'tracks[0].clips[0]: unrecognized key: "colour"',
    ],
    [
      'gain on a picture',
      (document) => firstClip(document).effects.push({ kind: 'gain', gainDb: -3 }),
      'tracks[0].clips[0].effects[0]: gain is for audio tracks',
    ],
    [
      'a frame rate beyond all screens',
      (document) => (document.frameRate = { num: 1000, den: 1 }),
      'frameRate: is 1000/1, outside 1 to 240 frames a second',
    ],
    [
      'an unknown caption style',
      (document) => (document.captions.style = 'shout'),
      'captions.style: no style is called "shout": there are pop, karaoke, boxed, clean, outline, typewriter, highlight, none, or give its "look"',
    ],
    [
      'cues that overlap',
      (document) => Object.assign(document.captions.cues[0] ?? {}, { endMs: 1010 }),
      'captions.cues[1].startMs: lies 10 ms before the end of the cue before it',
    ],
    [
      'a word outside its cue',
      (document) => Object.assign(document.captions.cues[1]?.words[1] ?? {}, { endMs: 1601 }),
      'captions.cues[1].words[1].startMs: "works." lies outside its cue',
    ],
    [
      'a cue after the end',
      (document) => Object.assign(document.captions.cues[1] ?? {}, { endMs: 8001 }),
      "captions.cues[1].endMs: lies after the timeline's end at 8000 ms",
    ],
  ];
  it.each(cases)('names the path of %s', (_, change, mistake) => {
    expect(mistakesAfter(change)).toContain(mistake);
  });

  it('allows a source range one frame longer than the asset, whose duration is in ms', () => {
    expect(mistakesAfter((document) => (secondClip(document).sourceStartFrame = 901))).toEqual([]);
  });

  const dissolve = {
    id: 'x1',
    trackId: 'v1',
    kind: 'dissolve',
    fromClipId: 'v1-1',
    toClipId: 'v1-2',
    durationFrames: 10,
  };

  it('accepts a dissolve between neighbours with handles', () => {
    expect(mistakesAfter((document) => document.transitions.push(dissolve))).toEqual([]);
  });

  it('refuses a dissolve without handles, between strangers, or on an unknown track', () => {
    const noHead = (document: Document) => {
      secondClip(document).sourceStartFrame = 4;
      document.transitions.push(dissolve);
    };
    expect(mistakesAfter(noHead)).toEqual([
      'transitions[0].durationFrames: "v1-2" has no handle of 5 frames before its start',
    ]);
    const noTail = (document: Document) => {
      firstClip(document).sourceStartFrame = 900;
      document.transitions.push(dissolve);
    };
    expect(mistakesAfter(noTail)).toEqual([
      'transitions[0].durationFrames: "v1-1" has no handle of 5 frames after its end',
    ]);
    expect(mistakesAfter((document) => document.transitions.push({ ...dissolve, toClipId: 'v1-1' }))).toEqual(
      ['transitions[0].toClipId: "v1-1" does not follow directly on "v1-1"'],
    );
    expect(mistakesAfter((document) => document.transitions.push({ ...dissolve, trackId: 'v9' }))).toEqual([
      'transitions[0].trackId: no track is called "v9"',
    ]);
  });

  it('names several mistakes at once, ten at most', () => {
    const mistakes = mistakesAfter((document) => {
      for (const track of document.tracks) for (const clip of track.clips) clip.assetId = 'nowhere';
      for (const cue of document.captions.cues) for (const word of cue.words) word.assetId = 'nowhere';
      document.captions.style = 'shout';
      secondClip(document).startFrame = 0;
      secondClip(document).id = 'a1-2';
    });
    expect(mistakes).toHaveLength(10);
    expect(new Set(mistakes).size).toBe(10);
  });

  it('refuses what is no timeline, and what is too large to be one', () => {
    const codeOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return error instanceof PatternPivotError ? error.code : error;
      }
      return undefined;
    };
    for (const json of [null, 7, 'text', [], {}, { version: '1' }]) {
      expect(codeOf(() => parseTimeline(json))).toBe('input.timeline_invalid');
    }
    expect(codeOf(() => parseTimelineText('{"version": 1'))).toBe('input.timeline_invalid');
    expect(codeOf(() => parseTimelineText('['.repeat(100_000)))).toBe('input.timeline_invalid');
    expect(codeOf(() => parseTimelineText(' '.repeat(65 * 1024 * 1024)))).toBe('input.timeline_invalid');
    expect(
      mistakesAfter((document) => (document.transitions = Array.from({ length: 100_001 }, () => dissolve))),
    ).toEqual(['transitions: 100001 transitions, at most 100000 are allowed']);
  });
});

describe('upgradeTimeline', () => {
  it('says that a newer document needs a newer program', () => {
    expect(() => parseTimeline({ ...makeDocument(), version: 2 })).toThrow(
      expect.objectContaining({
        code: 'input.timeline_newer',
        message: 'The timeline is of version 2; this program reads versions up to 1.',
      }),
    );
  });

  it('applies each upgrade in turn and leaves its argument alone', () => {
    const old = { version: 1, title: 'Talk' };
    const upgraded = upgradeTimeline(old, [
      ({ title, ...rest }) => ({ ...rest, name: title }),
      (document) => ({ ...document, tracks: [] }),
    ]);
    expect(upgraded).toEqual({ version: 3, name: 'Talk', tracks: [] });
    expect(old).toEqual({ version: 1, title: 'Talk' });
  });
});
