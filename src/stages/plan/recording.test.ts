import { describe, expect, test } from 'vitest';
import { makeVideoStream } from '../../../test/fixtures/make-video-stream.ts';
import type { MediaInfo } from '../../domain/media.ts';
import type { Source, SourceMember } from '../../domain/source.ts';
import { parseTimeline } from '../../domain/timeline-parse.ts';
import { groupSentences, type Word } from '../../domain/transcript.ts';
import { planTimeline } from './plan.ts';
import { recordingMaterial } from './recording.ts';

const rate = { num: 25, den: 1 };

function makeInfo(durationMs: number, hasPicture: boolean): MediaInfo {
  return {
    container: hasPicture ? 'mov' : 'wav',
    durationMs,
    sizeBytes: 1000,
    video: hasPicture ? [makeVideoStream({ frameRate: rate })] : [],
    audio: [
      {
        index: hasPicture ? 1 : 0,
        codec: 'aac',
        sampleRateHz: 48_000,
        channels: 1,
        language: undefined,
        isDefault: true,
        startMs: 0,
      },
    ],
    tags: {},
  };
}

function makeMember(name: string, change: Partial<SourceMember> = {}): SourceMember {
  const hasPicture = name.endsWith('.mp4');
  return {
    path: `/rec/${name}`,
    contentHash: `sha256:${String(name.length % 10).repeat(64)}`,
    info: makeInfo(60_000, hasPicture),
    offsetMs: 0,
    driftPpm: 0,
    speaker: undefined,
    speechDbfs: -20,
    ...change,
  };
}

function makeRecording(members: readonly SourceMember[]): Source {
  const picture = members.find(({ info }) => info.video.length > 0) ?? members[0]!;
  return {
    path: members[0]!.path,
    contentHash: `sha256:${'f'.repeat(64)}`,
    info: { ...picture.info, durationMs: 60_000 },
    members,
  };
}

const alice = makeMember('alice.wav', { speaker: 'Alice' });
const bob = makeMember('bob.wav', { speaker: 'Bob', offsetMs: 2000, speechDbfs: -30 });
const aliceCam = makeMember('alice-cam.mp4');
const bobCam = makeMember('bob_cam.mp4', { offsetMs: 1000 });

const say = (speaker: string, startMs: number, endMs: number): Word => ({
  text: 'word',
  startMs,
  endMs,
  confidence: 1,
  speaker,
});

describe('the material of a recording of several files', () => {
  test('shows the camera of whoever speaks, each file at its own time, a little before the words', () => {
    const material = recordingMaterial(makeRecording([alice, bob, aliceCam, bobCam]), rate);
    const words = [say('Alice', 10_000, 13_000), say('Bob', 14_000, 18_000)];
    const shown = material.showPiece({ startFrame: 250, endFrame: 450 }, words);
    // The change lies at 13.5 s, 120 ms early: frame 334.5.
    expect(shown.map(({ video: _video, ...stretch }) => stretch)).toEqual([
      { startFrame: 250, endFrame: 335, assetId: 'source-3', sourceStartFrame: 250 },
      { startFrame: 335, endFrame: 450, assetId: 'source-4', sourceStartFrame: 310 },
    ]);
  });

  test('stays with a camera when another speaker says a word only', () => {
    const material = recordingMaterial(makeRecording([alice, bob, aliceCam, bobCam]), rate);
    const words = [say('Alice', 10_000, 13_000), say('Bob', 13_100, 13_400), say('Alice', 13_500, 17_000)];
    const shown = material.showPiece({ startFrame: 250, endFrame: 425 }, words);
    expect(shown.map(({ assetId }) => assetId)).toEqual(['source-3']);
  });

  test('shows another camera where the wanted one does not run', () => {
    const late = { ...bobCam, offsetMs: 15_000 };
    const material = recordingMaterial(makeRecording([alice, bob, aliceCam, late]), rate);
    const shown = material.showPiece({ startFrame: 250, endFrame: 450 }, [say('Bob', 10_000, 18_000)]);
    expect(shown.map(({ assetId, startFrame, endFrame }) => [assetId, startFrame, endFrame])).toEqual([
      ['source-3', 250, 375],
      ['source-4', 375, 450],
    ]);
  });

  test('hears every microphone at one level, and less of it while another speaks', () => {
    const material = recordingMaterial(makeRecording([alice, bob, aliceCam]), rate);
    const words = [say('Alice', 10_000, 13_000), say('Bob', 14_000, 18_000)];
    const heard = material.hearPiece({ startFrame: 250, endFrame: 450 }, words);
    expect(heard).toEqual([
      {
        trackId: 'a1',
        assetId: 'source-1',
        startFrame: 250,
        endFrame: 338,
        sourceStartFrame: 250,
        gainDb: 0,
      },
      {
        trackId: 'a1',
        assetId: 'source-1',
        startFrame: 338,
        endFrame: 450,
        sourceStartFrame: 338,
        gainDb: -12,
      },
      {
        trackId: 'a2',
        assetId: 'source-2',
        startFrame: 250,
        endFrame: 338,
        sourceStartFrame: 200,
        gainDb: -2,
      },
      {
        trackId: 'a2',
        assetId: 'source-2',
        startFrame: 338,
        endFrame: 450,
        sourceStartFrame: 288,
        gainDb: 10,
      },
    ]);
  });

  test('follows a clock that runs otherwise, and says where a word was said in its own file', () => {
    const drifting = { ...bob, offsetMs: 0, driftPpm: 1000 };
    const material = recordingMaterial(makeRecording([alice, drifting]), rate);
    const [, second] = material.hearPiece({ startFrame: 1250, endFrame: 1300 }, [say('Bob', 50_000, 51_000)]);
    // 50 s of the recording are 50.05 s of that clock.
    expect(second?.sourceStartFrame).toBe(1251);
    expect(material.findWord(say('Bob', 50_000, 51_000))).toEqual({
      assetId: 'source-2',
      startMs: 50_050,
      endMs: 51_051,
    });
  });

  test('plans a whole document that holds together, also beyond the end of some files', () => {
    const short = { ...aliceCam, info: makeInfo(14_000, true) };
    const source = makeRecording([alice, bob, short]);
    const words = Array.from({ length: 40 }, (_zero, index) =>
      say(index % 8 < 4 ? 'Alice' : 'Bob', index * 500, index * 500 + 400),
    );
    for (const tighten of ['off', 'fast'] as const) {
      const timeline = planTimeline({
        source,
        moment: {
          startMs: 400,
          endMs: 19_700,
          score: 1,
          title: 'A talk',
          text: '',
          reasons: [],
          features: {},
          chosenBy: 'shortlist',
        } as never,
        transcript: {
          version: 1,
          language: 'en',
          source: 'test',
          durationMs: 60_000,
          words,
          sentences: groupSentences(words),
          speech: [],
          fillers: [],
        },
        options: { tighten },
      });
      expect(parseTimeline(timeline)).toEqual(timeline);
      expect(timeline.tracks.filter(({ kind }) => kind === 'audio')).toHaveLength(2);
      const assets = new Set(timeline.captions.cues.flatMap((cue) => cue.words.map((word) => word.assetId)));
      expect([...assets].toSorted()).toEqual(['source-1', 'source-2']);
    }
  });
});
