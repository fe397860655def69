import { describe, expect, it } from 'vitest';
import {
  complicatedMedia,
  complicatedTimeline,
  hostilePath,
  videoStream,
} from '../../../test/fixtures/complicated-timelines.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { exportTimeline } from './export-timeline.ts';
import { readOtio, timelineFromOtio, type FoundMedia } from './read-otio.ts';

const folders = { timelineFolder: '/work folder/clips', documentFolder: '/work folder/clips' };
const baseFolder = folders.timelineFolder;

/** A foreign document is edited as its program would: without a type. */
type Json = any;

function toOtio(timeline: Timeline): Json {
  return JSON.parse(exportTimeline(timeline, 'otio', { baseFolder, media: complicatedMedia() }).text);
}

function fromOtio(document: Json, found = new Map<string, FoundMedia>(), where = folders) {
  return timelineFromOtio(readOtio(JSON.stringify(document), where), found);
}

const clipsOf = (timeline: Timeline) => timeline.tracks.flatMap((track) => track.clips);
const rates = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 25, den: 2 },
];

describe('a timeline goes to OpenTimelineIO and comes back', () => {
  it.each(rates)('exactly, at $num/$den frames a second', (rate) => {
    const timeline = complicatedTimeline(rate);
    const back = fromOtio(toOtio(timeline));
    expect(back.timeline).toEqual(timeline);
    expect(back.dropped).toEqual([]);
  });

  it('with paths that hold from another folder', () => {
    const there = { timelineFolder: '/elsewhere', documentFolder: '/elsewhere' };
    const { timeline } = fromOtio(toOtio(complicatedTimeline()), undefined, there);
    const paths = timeline.assets.flatMap((asset) => ('path' in asset ? [asset.path] : []));
    expect(paths).toEqual([
      hostilePath,
      '/work folder/clips/b roll/tall.mov',
      '/work folder/music.wav',
      '/work folder/clips/logo.png',
    ]);
  });

  it('when it is longer than all that is on it, and when a track is empty', () => {
    const timeline = { ...complicatedTimeline(), durationFrames: 900 };
    const withEmpty = {
      ...timeline,
      tracks: [...timeline.tracks, { id: 'v9', kind: 'video' as const, clips: [] }],
    };
    expect(fromOtio(toOtio(withEmpty)).timeline).toEqual(withEmpty);
  });
});

describe('what an editor changed is taken over', () => {
  const track = (document: Json, id: string): Json =>
    document.tracks.children.find((one: Json) => one.name === id);
  const isClip = (item: Json) => item.OTIO_SCHEMA === 'Clip.2';

  it('a clip trimmed at its start, with its crop and its words', () => {
    const document = toOtio(complicatedTimeline());
    // Takes 40 frames off the second clips of picture and sound; all behind them moves up.
    for (const id of ['v1', 'a1']) {
      const clip = track(document, id).children.filter(isClip)[1];
      clip.source_range.start_time.value += 40;
      clip.source_range.duration.value -= 40;
    }
    const { timeline, dropped } = fromOtio(document);
    const clips = clipsOf(timeline);
    const trimmed = clips.find((clip) => clip.id === 'v1-2');
    expect(trimmed).toMatchObject({ startFrame: 120, durationFrames: 60, sourceStartFrame: 3340 });
    expect(trimmed?.effects).toEqual([
      {
        kind: 'crop',
        keyframes: [
          { frame: 0, x: 680, y: 0, width: 420, height: (420 * 16) / 9 },
          { frame: 10, x: 700, y: 0, width: 400, height: (400 * 16) / 9 },
          { frame: 59, x: 700, y: 0, width: 400, height: (400 * 16) / 9 },
        ].map((key) => Object.assign(key, { height: expect.closeTo(key.height, 6) })),
      },
    ]);
    expect(clips.find((clip) => clip.id === 'v1-5')?.startFrame).toBe(360);
    // Its two words lay in the frames that are gone; those of the last clip went with it.
    expect(timeline.captions.cues.map((cue) => cue.words.map((word) => word.text).join(' '))).toEqual([
      'Wait & see',
      '<it> works!',
      'the end.',
    ]);
    const before = complicatedTimeline().captions.cues[3];
    const shiftMs = Math.round((40 * 1001) / 30);
    expect(timeline.captions.cues[2]?.startMs).toBeCloseTo((before?.startMs ?? 0) - shiftMs, -0.5);
    expect(timeline.captions.cues[2]?.words[0]?.sourceStartMs).toBe(before?.words[0]?.sourceStartMs);
    expect(dropped).toContain('2 captioned words that the edit cut off');
  });

  it('a clip split, removed, moved to the front, played faster, with another effect', () => {
    const document = toOtio(complicatedTimeline());
    const sound = track(document, 'a1').children;
    const [first] = sound;
    const second = structuredClone(first);
    first.source_range.duration.value = 50;
    second.source_range.start_time.value += 50;
    second.source_range.duration.value -= 50;
    sound.splice(1, 0, second);
    const music = track(document, 'a2');
    music.children = [music.children.at(-1), ...music.children.slice(0, 2)];
    music.children[0].effects[0].time_scalar = 0.25;
    music.children[0].effects.push({
      OTIO_SCHEMA: 'Effect.1',
      name: 'Reverb',
      effect_name: 'reverb',
      metadata: {},
    });
    const { timeline, dropped } = fromOtio(document);
    const [v1, , , a1, a2] = timeline.tracks;
    expect(v1?.clips).toEqual(complicatedTimeline().tracks[0]?.clips);
    expect(
      a1?.clips.map((clip) => [clip.id, clip.startFrame, clip.durationFrames, clip.sourceStartFrame]),
    ).toEqual([
      ['a1-1', 0, 50, 3000],
      ['a1-1-2', 50, 70, 3050],
      ['a1-2', 120, 100, 3300],
      ['a1-3', 400, 150, 4000],
    ]);
    expect(a1?.clips[1]?.effects).toEqual([{ kind: 'gain', gainDb: -3 }]);
    expect(a2?.clips.map((clip) => [clip.id, clip.startFrame, clip.speed])).toEqual([
      ['a2-2', 0, { num: 1, den: 4 }],
      ['a2-1', 280, { num: 1, den: 1 }],
    ]);
    expect(dropped).toEqual(['the effect "reverb" of 1 clip', ...dropped.slice(1)]);
    // Nothing was cut off, so every word is where it was.
    expect(timeline.captions).toEqual(complicatedTimeline().captions);
  });

  it('a caption retold, moved and removed by its marker', () => {
    const document = toOtio(complicatedTimeline());
    const { markers } = document.tracks;
    markers[0].name = 'Look & listen';
    markers[1].name = 'It really works';
    markers[3].marked_range.start_time.value += 30;
    markers.splice(2, 1);
    const { captions } = fromOtio(document).timeline;
    expect(captions.cues.map((cue) => cue.words.map((word) => word.text))).toEqual([
      ['Look', '&', 'listen'],
      ['It', 'really', 'works'],
      ['the', 'end.'],
    ]);
    const [wait, , , end] = complicatedTimeline().captions.cues;
    expect(captions.cues[0]?.words.map((word) => word.startMs)).toEqual(
      wait?.words.map((word) => word.startMs),
    );
    expect(captions.cues[2]?.startMs).toBeCloseTo((end?.startMs ?? 0) + 1001, -0.5);
  });

  it('a dissolve that has no room any more is left out and told', () => {
    const document = toOtio(complicatedTimeline());
    track(document, 'v1').children.find(isClip).source_range.duration.value = 5;
    const { timeline, dropped } = fromOtio(document);
    expect(timeline.transitions.map((one) => one.id)).toEqual(['t2']);
    expect(dropped).toContain('1 dissolve for which the clips around leave no room');
  });

  it('media that was linked to another file', () => {
    const document = toOtio(complicatedTimeline());
    for (const item of track(document, 'v1').children.filter(isClip).slice(0, 2)) {
      item.media_references.DEFAULT_MEDIA.target_url = 'file:///other%20disk/talk.mov';
    }
    const draft = readOtio(JSON.stringify(document), folders);
    expect(draft.unknownPaths).toEqual(['/other disk/talk.mov']);
    const { timeline } = timelineFromOtio(
      draft,
      new Map([['/other disk/talk.mov', found('/other disk/talk.mov')]]),
    );
    const asset = timeline.assets.find((one) => one.id === timeline.tracks[0]?.clips[0]?.assetId);
    expect(asset).toMatchObject({ path: '/other disk/talk.mov', kind: 'file' });
    expect(timeline.tracks[3]?.clips[0]?.assetId).toBe('talk');
  });
});

function found(path: string): FoundMedia {
  const info = complicatedMedia().get('talk');
  if (info === undefined) throw new Error('no media');
  return {
    path,
    contentHash: `sha256:${'e'.repeat(64)}`,
    info: { ...info, video: [videoStream({ displayHeight: 1079 })] },
  };
}

describe("another program's document", () => {
  const time = (value: number, rate: number) => ({ OTIO_SCHEMA: 'RationalTime.1', value, rate });
  const range = (start: number, duration: number, rate: number) => ({
    OTIO_SCHEMA: 'TimeRange.1',
    start_time: time(start, rate),
    duration: time(duration, rate),
  });
  const clip = (url: string, parts: Json = {}) => ({
    OTIO_SCHEMA: 'Clip.1',
    name: 'Shot 1',
    source_range: range(86_450, 48, 24),
    // An hour of timecode before the first frame, as cameras have it.
    media_reference: {
      OTIO_SCHEMA: 'ExternalReference.1',
      target_url: url,
      available_range: range(86_400, 2400, 24),
    },
    ...parts,
  });
  const timeline = (children: Json[], name = 'foreign') => ({
    OTIO_SCHEMA: 'Timeline.1',
    name,
    metadata: { resolve: { a: 1 } },
    tracks: { OTIO_SCHEMA: 'Stack.1', children },
  });
  const media = new Map(['/films/a b.mov', '/work folder/clips/c.mov'].map((path) => [path, found(path)]));

  it('becomes a timeline as far as it goes, and says what is left out', () => {
    const document = {
      OTIO_SCHEMA: 'SerializableCollection.1',
      children: [
        timeline([
          {
            OTIO_SCHEMA: 'Track.1',
            kind: 'Video',
            name: 'V 1',
            children: [
              clip('file:///films/a%20b.mov', { markers: [{ OTIO_SCHEMA: 'Marker.1', name: 'look' }] }),
              {
                OTIO_SCHEMA: 'Transition.1',
                transition_type: 'SMPTE_Dissolve',
                in_offset: time(0, 24),
                out_offset: time(10, 24),
              },
              clip('c.mov', { name: 'Shot 1' }),
              { OTIO_SCHEMA: 'Gap.1', source_range: range(0, 12, 24) },
              { OTIO_SCHEMA: 'Stack.1', source_range: range(0, 24, 24), children: [] },
              clip('file:///films/lost.mov'),
              clip('https://example.com/film.mov'),
              clip('file:///films/a%20b.mov', {
                effects: [{ OTIO_SCHEMA: 'FreezeFrame.1', time_scalar: 0 }],
              }),
              clip('file:///films/a%20b.mov', { enabled: false }),
            ],
          },
          {
            OTIO_SCHEMA: 'Sequence.1',
            kind: 'Audio',
            // Sound is counted in samples: a rate that is none of frames.
            children: [clip('file:///films/a%20b.mov', { source_range: range(172_900_000, 96_000, 48_000) })],
          },
          { OTIO_SCHEMA: 'Track.1', kind: 'Subtitle', children: [] },
        ]),
      ],
    };
    const back = fromOtio(document, media);
    expect(back.timeline).toMatchObject({
      name: 'foreign',
      frameRate: { num: 24, den: 1 },
      width: 1920,
      height: 1080,
      metadata: { resolve: { a: 1 } },
      captions: { style: 'none', cues: [] },
    });
    expect(
      back.timeline.tracks.map((track) =>
        track.clips.map((one) => [one.id, one.startFrame, one.durationFrames, one.sourceStartFrame]),
      ),
    ).toEqual([
      [
        ['Shot-1', 0, 48, 50],
        ['Shot-1-2', 48, 48, 50],
        ['Shot-1-3', 228, 48, 50],
      ],
      [['Shot-1-4', 0, 48, 50]],
    ]);
    expect(back.timeline.transitions).toMatchObject([
      { durationFrames: 10, fromClipId: 'Shot-1', toClipId: 'Shot-1-2' },
    ]);
    expect(back.dropped).toEqual([
      'where 1 dissolve lay about its cut: it is centred',
      '1 nested sequence or unknown item: there is a gap in its place',
      '1 clip whose media was not found (file:///films/lost.mov): there is a gap in its place',
      '1 clip whose media was not found (https://example.com/film.mov): there is a gap in its place',
      'the speed of 1 clip: still, backwards or out of range, it plays as it is',
      '1 track or clip switched off',
      '1 track that is neither picture nor sound',
      '1 marker',
    ]);
  });

  it.each([29.97, 29.970029970029973, 23.976, 59.94])('at %d frames a second counts exactly', (rate) => {
    const document = timeline([
      {
        OTIO_SCHEMA: 'Track.1',
        kind: 'Video',
        children: [
          clip('/films/a b.mov', {
            source_range: range(10, 20, rate),
            media_reference: { OTIO_SCHEMA: 'ExternalReference.1', target_url: '/films/a b.mov' },
          }),
        ],
      },
    ]);
    const { frameRate } = fromOtio(document, media).timeline;
    expect(frameRate.den).toBe(1001);
    expect(frameRate.num / 1001).toBeCloseTo(rate, 2);
  });

  it.each([
    ['not JSON', 'this is no JSON', 'input.otio_invalid'],
    ['no timeline', '{"OTIO_SCHEMA":"Clip.2"}', 'input.otio_invalid'],
    ['a list', '[]', 'input.otio_invalid'],
    ['a timeline without tracks', '{"OTIO_SCHEMA":"Timeline.1"}', 'input.otio_invalid'],
    [
      'a wrong rate',
      JSON.stringify(
        timeline([
          {
            OTIO_SCHEMA: 'Track.1',
            kind: 'Video',
            children: [{ OTIO_SCHEMA: 'Gap.1', source_range: range(0, 1, 0) }],
          },
        ]),
      ),
      'input.otio_invalid',
    ],
    ['nothing in it', JSON.stringify(timeline([])), 'input.otio_empty'],
    [
      'only lost media',
      JSON.stringify(
        timeline([{ OTIO_SCHEMA: 'Track.1', kind: 'Video', children: [clip('file:///lost.mov')] }]),
      ),
      'input.otio_empty',
    ],
    [
      'a day that is too long',
      JSON.stringify(
        timeline([
          {
            OTIO_SCHEMA: 'Track.1',
            kind: 'Video',
            children: [{ OTIO_SCHEMA: 'Gap.1', source_range: range(0, 1e9, 24) }, clip('/films/a b.mov')],
          },
        ]),
      ),
      'input.timeline_invalid',
    ],
  ])('that holds %s is refused in words', (_, text, code) => {
    const read = () => timelineFromOtio(readOtio(text, folders), media);
    expect(read).toThrow(expect.objectContaining({ code }));
  });
});
