import { describe, expect, it } from 'vitest';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import type { AudioStream, VideoStream } from '../../domain/media.ts';
import type { Moment } from '../../domain/moment.ts';
import type { Source } from '../../domain/source.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import { groupSentences, type Transcript } from '../../domain/transcript.ts';
import { cropToFill } from './crop.ts';
import { chooseFrameRate } from './frame-rate.ts';
import { planTimeline } from './plan.ts';

const makeVideo = (change: Partial<VideoStream> = {}) =>
  makeVideoStream({ frameRate: { num: 30000, den: 1001 }, ...change });

const sound: AudioStream = {
  index: 1,
  codec: 'aac',
  sampleRateHz: 48_000,
  channels: 2,
  language: undefined,
  isDefault: true,
  startMs: 0,
};

function makeSource(video: VideoStream[], audio: AudioStream[] = [sound]): Source {
  return {
    path: '/films/talk.mp4',
    contentHash: `sha256:${'ab'.repeat(32)}`,
    info: { container: 'mov', durationMs: 60_000, sizeBytes: 1, video, audio, tags: {} },
  };
}

/** Words of 300 ms every 400 ms, from second 1 on; the last of every fifth ends a sentence. */
function makeTranscript(): Transcript {
  const words = Array.from({ length: 100 }, (_, index) => ({
    text: `word${index}${index % 5 === 4 ? '.' : ''}`,
    startMs: 1000 + index * 400,
    endMs: 1300 + index * 400,
    confidence: 1,
  }));
  return {
    version: 1,
    language: 'en',
    source: 'test',
    durationMs: 60_000,
    words,
    sentences: groupSentences(words),
    speech: [],
    fillers: [],
  };
}

function makeMoment(startMs: number, endMs: number): Moment {
  return {
    startMs,
    endMs,
    score: 0.7,
    reasons: [{ feature: 'opening.question', value: 1, contribution: 0.2, text: 'It opens with a question' }],
    sentenceStart: 0,
    sentenceEnd: 1,
    text: 'word0 …',
    title: 'A title',
    chosenBy: 'words',
  };
}

const rates: [string, Partial<VideoStream>, string][] = [
  ['23.976 stays', { frameRate: { num: 24000, den: 1001 } }, '24000/1001'],
  ['24 stays', { frameRate: { num: 24, den: 1 } }, '24/1'],
  ['29.97 written in hundredths is 30000/1001', { frameRate: { num: 2997, den: 100 } }, '30000/1001'],
  ['50 stays', { frameRate: { num: 50, den: 1 } }, '50/1'],
  ['59.94 stays', { frameRate: { num: 60000, den: 1001 } }, '60000/1001'],
  ['120 is halved', { frameRate: { num: 120, den: 1 } }, '60/1'],
  ['239.76 is quartered', { frameRate: { num: 240000, den: 1001 } }, '60000/1001'],
  ['144 becomes the half or the nearest', { frameRate: { num: 144, den: 1 } }, '60/1'],
  ['15 is doubled', { frameRate: { num: 15, den: 1 } }, '30/1'],
  ['12.5 is doubled', { frameRate: { num: 25, den: 2 } }, '25/1'],
  [
    'variable 28.4 is conformed to the nearest',
    { frameRate: { num: 284, den: 10 }, isVariableFrameRate: true },
    '30000/1001',
  ],
  ['variable 90 is conformed to 60', { frameRate: { num: 90, den: 1 }, isVariableFrameRate: true }, '60/1'],
];

describe('chooseFrameRate', () => {
  it.each(rates)('%s', (_, change, expected) => {
    const { num, den } = chooseFrameRate(makeVideo(change));
    expect(`${num}/${den}`).toBe(expected);
  });

  it('gives sound alone 30', () => {
    expect(chooseFrameRate(undefined)).toEqual({ num: 30, den: 1 });
  });
});

describe('cropToFill', () => {
  it('takes the middle of a wide picture, all of one that fits, and the middle of a taller one', () => {
    const canvas = { width: 1080, height: 1920 };
    expect(cropToFill({ width: 1920, height: 1080 }, canvas)).toEqual({
      x: 656,
      y: 0,
      width: 608,
      height: 1080,
    });
    expect(cropToFill({ width: 720, height: 1280 }, canvas)).toEqual({
      x: 0,
      y: 0,
      width: 720,
      height: 1280,
    });
    expect(cropToFill({ width: 400, height: 1000 }, canvas)).toEqual({
      x: 0,
      y: 144,
      width: 400,
      height: 712,
    });
    expect(cropToFill({ width: 64, height: 64 }, canvas)).toEqual({ x: 14, y: 0, width: 36, height: 64 });
  });

  it('stays inside pictures of any size', () => {
    for (const [width, height] of [
      [3, 2000],
      [2000, 3],
      [7681, 4321],
      [2, 2],
    ] as const) {
      const crop = cropToFill({ width, height }, { width: 1080, height: 1920 });
      expect(crop.x + crop.width).toBeLessThanOrEqual(width);
      expect(crop.y + crop.height).toBeLessThanOrEqual(height);
      expect(Math.min(crop.width, crop.height)).toBeGreaterThan(0);
    }
  });
});

describe('planTimeline', () => {
  it('plans a document that parses, the same each time', () => {
    const request = {
      source: makeSource([makeVideo()]),
      moment: makeMoment(4850, 20_990),
      transcript: makeTranscript(),
      options: { captionStyle: 'karaoke', toolVersion: '1.2.3' } as const,
    };
    const timeline = planTimeline(request);
    expect(parseTimeline(JSON.parse(JSON.stringify(timeline)))).toEqual(timeline);
    expect(planTimeline(request)).toEqual(timeline);
    expect(timeline.frameRate).toEqual({ num: 30000, den: 1001 });
    expect(timeline.tracks[0]?.clips[0]?.effects).toEqual([
      { kind: 'crop', keyframes: [{ frame: 0, x: 656, y: 0, width: 608, height: 1080 }] },
    ]);
    expect(timeline.metadata['pivot']).toMatchObject({
      toolVersion: '1.2.3',
      moment: { startMs: 4850, endMs: 20_990 },
      reasons: [{ text: 'It opens with a question' }],
    });
  });

  it('cuts no word, shows each spoken one once, and keeps where it was said', () => {
    const transcript = makeTranscript();
    for (const frameRate of [
      { num: 24, den: 1 },
      { num: 30000, den: 1001 },
      { num: 60, den: 1 },
    ]) {
      for (let offsetMs = 0; offsetMs < 40; offsetMs += 3) {
        // From the first sound of word 10 to the last one of word 29.
        const moment = makeMoment(5000 - offsetMs, 12_900 + offsetMs);
        const source = makeSource([makeVideo({ frameRate })]);
        const timeline = planTimeline({ source, moment, transcript, options: {} });
        const clip = timeline.tracks[0]?.clips[0];
        if (clip === undefined) throw new Error('a plan has a clip');
        const toMs = (frame: number) => (frame * 1000 * frameRate.den) / frameRate.num;
        expect(toMs(clip.sourceStartFrame)).toBeLessThanOrEqual(5000);
        expect(toMs(clip.sourceStartFrame + clip.durationFrames)).toBeGreaterThanOrEqual(12_900);
        const words = timeline.captions.cues.flatMap((cue) => cue.words);
        expect(words.map((word) => word.text)).toEqual(
          transcript.words.slice(10, 30).map((word) => word.text),
        );
        for (const word of words) {
          const startMs = word.startMs + toMs(clip.sourceStartFrame);
          expect(Math.abs(startMs - word.sourceStartMs)).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('gives sound alone a backdrop, and a silent picture no sound track', () => {
    const request = { moment: makeMoment(1000, 5000), transcript: makeTranscript(), options: {} };
    const heard = planTimeline({ ...request, source: makeSource([]) });
    expect(parseTimeline(heard)).toEqual(heard);
    expect(heard.assets.map((asset) => asset.kind)).toEqual(['file', 'color', 'waveform']);
    expect(heard.tracks.map((track) => track.clips[0]?.assetId)).toEqual([
      'backdrop',
      'source-wave',
      'source',
    ]);
    const seen = planTimeline({ ...request, source: makeSource([makeVideo()], []) });
    expect(parseTimeline(seen)).toEqual(seen);
    expect(seen.tracks.map((track) => track.kind)).toEqual(['video']);
  });

  it('names the streams that are seen and heard', () => {
    const second = { ...sound, index: 2, isDefault: true };
    const source = makeSource([makeVideo()], [{ ...sound, isDefault: false }, second]);
    const request = { source, moment: makeMoment(1000, 5000), transcript: makeTranscript(), options: {} };
    expect(planTimeline(request).assets[0]).toMatchObject({ videoStreamIndex: 0, audioStreamIndex: 2 });
  });

  it('refuses a moment that lies behind the end', () => {
    const source = makeSource([makeVideo()]);
    const request = { source, moment: makeMoment(61_000, 65_000), transcript: makeTranscript(), options: {} };
    expect(() => planTimeline(request)).toThrow(
      expect.objectContaining({ code: 'input.moment_outside_source' }),
    );
  });

  it('plans a moment that ends with the source', () => {
    const source = makeSource([makeVideo()]);
    const timeline = planTimeline({
      source,
      moment: makeMoment(30_000, 60_000),
      transcript: makeTranscript(),
      options: {},
    });
    expect(parseTimeline(timeline)).toEqual(timeline);
  });
});
