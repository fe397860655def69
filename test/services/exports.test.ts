import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinWords } from '../../src/domain/caption-join.ts';
import type { MediaInfo } from '../../src/domain/media.ts';
import type { Rational } from '../../src/domain/time.ts';
import type { Timeline, Track } from '../../src/domain/timeline.ts';
import { exportEndings, type ExportFormat } from '../../src/stages/export/export-format.ts';
import { exportTimeline } from '../../src/stages/export/export-timeline.ts';
import { toFileUrl } from '../../src/stages/export/file-url.ts';
import { readOtio, timelineFromOtio } from '../../src/stages/export/read-otio.ts';
import { complicatedMedia, complicatedTimeline } from '../fixtures/complicated-timelines.ts';
import { preparePython, readByPython } from './python.ts';

type Time = { value: number; rate: number };
type Item = {
  schema: string;
  name: string;
  at: number;
  start: Time;
  duration: Time;
  in: Time;
  out: Time;
  media: string;
  url: string | null;
  speed: number[];
};
type Read = {
  name: string;
  markers: { name: string; start: Time; duration: Time }[];
  tracks: { name: string; kind: string; duration: Time; items: Item[] }[];
};
type Walked = {
  tag: string;
  lane: number;
  source: string | null;
  use: string;
  at: number | string;
  duration: number | string;
  start: number | string;
  speed: number;
  text: string | null;
};

let python: string;
let folder: string;
beforeAll(async () => {
  python = await preparePython();
  folder = await mkdtemp(join(tmpdir(), 'pivot services "ü" '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rates: Rational[] = [
  { num: 24000, den: 1001 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 60, den: 1 },
];
const toNumber = (rate: Rational) => rate.num / rate.den;

async function write(timeline: Timeline, format: ExportFormat, media = complicatedMedia()): Promise<string> {
  const path = join(folder, `${format}-${timeline.frameRate.num}${exportEndings[format]}`);
  await writeFile(path, exportTimeline(timeline, format, { baseFolder: folder, media }).text);
  return path;
}

/** Where clips lie and what they play, in frames; `out` by the count of source frames a timeline frame. */
const placesOf = (track: Track | undefined) =>
  (track?.clips ?? []).map((clip) => [clip.startFrame, clip.durationFrames, clip.sourceStartFrame]);
const placesRead = (track: Read['tracks'][number] | undefined) =>
  (track?.items ?? [])
    .filter((item) => item.schema === 'Clip')
    .map((item) => [item.at, item.duration.value, item.start.value]);
const urlsOf = (timeline: Timeline, track: Track | undefined) =>
  (track?.clips ?? []).map((clip) => {
    const asset = timeline.assets.find((one) => one.id === clip.assetId);
    return asset !== undefined && 'path' in asset ? toFileUrl(asset.path, folder) : null;
  });

describe.each(rates)("at $num/$den frames a second, OpenTimelineIO's own library", (rate) => {
  const timeline = complicatedTimeline(rate);

  it('reads our OpenTimelineIO, and what it writes of it comes back as the timeline that it was', async () => {
    const path = await write(timeline, 'otio');
    const resaved = join(folder, `resaved-${rate.num}.otio`);
    const read = await readByPython<Read>(python, 'otio', path, resaved);
    expect(read.name).toBe(timeline.name);
    expect(read.tracks.map((track) => track.kind)).toEqual(['Video', 'Video', 'Video', 'Audio', 'Audio']);
    expect(read.tracks.map(placesRead)).toEqual(timeline.tracks.map(placesOf));
    expect(read.tracks[0]?.duration).toEqual({ value: timeline.durationFrames, rate: toNumber(rate) });
    expect(read.markers.map((marker) => marker.name)).toEqual(
      timeline.captions.cues.map((cue) => joinWords(cue.words.map((word) => word.text))),
    );
    for (const [index, track] of read.tracks.entries()) {
      const clips = track.items.filter((item) => item.schema === 'Clip');
      expect(clips.map((clip) => clip.url)).toEqual(urlsOf(timeline, timeline.tracks[index]));
      expect(clips.map((clip) => clip.speed[0] ?? 1)).toEqual(
        timeline.tracks[index]?.clips.map((clip) => toNumber(clip.speed)),
      );
    }
    const fades = read.tracks.flatMap((track) => track.items.filter((item) => item.schema === 'Transition'));
    expect(fades.map((fade) => [fade.in.value, fade.out.value])).toEqual([
      [7, 8],
      [10, 10],
    ]);
    const back = timelineFromOtio(
      readOtio(await readFile(resaved, 'utf8'), { timelineFolder: folder, documentFolder: folder }),
      new Map(),
    );
    expect(back).toEqual({ timeline, dropped: [] });
  });

  it('reads our Final Cut Pro 7 XML, which is valid', async () => {
    const path = await write(timeline, 'fcp7xml');
    const dtd = fileURLToPath(new URL('xmeml.dtd', import.meta.url));
    expect(await readByPython(python, 'valid', path, dtd)).toEqual([]);
    const read = await readByPython<Read>(python, 'fcp_xml', path);
    const shown = withoutWaveforms(timeline);
    expect(read.name).toBe(timeline.name);
    const [v1, v2, v3, captions, a1, a2] = read.tracks;
    for (const [track, made] of [v1, v2, v3, a1, a2].map(
      (one, index) => [one, shown.tracks[index]] as const,
    )) {
      // With a speed, the format counts in the time as it then runs.
      expect(placesRead(track)).toEqual(
        made?.clips.map((clip) => [
          clip.startFrame,
          clip.durationFrames,
          Math.round(clip.sourceStartFrame / toNumber(clip.speed)),
        ]),
      );
      expect(
        track?.items
          .filter((item) => item.schema === 'Clip')
          .map((item) => item.url?.replace('//localhost', '//') ?? null),
      ).toEqual(urlsOf(shown, made));
    }
    expect(placesRead(captions).map(([at]) => at)).toEqual([5, 60, 130, 420]);
    expect(captions?.items.filter((item) => item.schema === 'Clip').map((item) => item.name)).toEqual(
      timeline.captions.cues.map((cue) => joinWords(cue.words.map((word) => word.text))),
    );
    const fades = read.tracks.flatMap((track) => track.items.filter((item) => item.schema === 'Transition'));
    expect(fades.map((fade) => [fade.in.value, fade.out.value])).toEqual([
      [7, 8],
      [10, 10],
    ]);
  });

  it('reads our EDL', async () => {
    const path = await write(timeline, 'edl');
    const read = await readByPython<Read>(python, 'cmx_3600', path, String(toNumber(rate)));
    const [picture, sound, music] = read.tracks;
    expect(read.tracks.map((track) => track.name)).toEqual(['V', 'A1', 'A2']);
    // A dissolve of an EDL belongs to the clip that it leads to, all of it: the cut lies where it begins.
    const moved = (
      track: Track | undefined,
      fade: { from: string; to: string; before: number } | undefined,
    ) =>
      track?.clips.map((clip) => {
        const before = clip.id === fade?.to ? fade.before : 0;
        const after = clip.id === fade?.from ? fade.before : 0;
        const isFile = timeline.assets.find((one) => one.id === clip.assetId)?.kind === 'file';
        return [
          clip.startFrame - before,
          clip.durationFrames + before - after,
          isFile ? Math.round(clip.sourceStartFrame - before * toNumber(clip.speed)) : 0,
        ];
      });
    const fromStart = (track: Read['tracks'][number] | undefined, startFrame: number) =>
      placesRead(track).map(([at = 0, duration, start]) => [at + startFrame, duration, start]);
    expect(fromStart(picture, 0)).toEqual(moved(timeline.tracks[0], { from: 'v1-1', to: 'v1-2', before: 7 }));
    expect(fromStart(sound, 0)).toEqual(moved(timeline.tracks[3], undefined));
    expect(fromStart(music, 30)).toEqual(moved(timeline.tracks[4], { from: 'a2-1', to: 'a2-2', before: 10 }));
    expect(music?.items.at(-1)?.speed[0]).toBeCloseTo(0.5, 3);
    expect(
      read.tracks.flatMap((track) => track.items.filter((item) => item.schema === 'Transition')),
    ).toHaveLength(2);
  });

  it('reads our FCPXML, which is valid, and everything lies where it should', async () => {
    const path = await write(timeline, 'fcpxml');
    const dtd = fileURLToPath(new URL('fcpxml.dtd', import.meta.url));
    expect(await readByPython(python, 'valid', path, dtd)).toEqual([]);
    const walked = await readByPython<Walked[]>(python, 'walk', path, `${rate.num}/${rate.den}`);
    const shown = withoutWaveforms(timeline);
    const lanes = [0, 1, 2, -1, -2];
    for (const [index, track] of shown.tracks.entries()) {
      const mine = walked.filter(
        (one) => one.lane === lanes[index] && one.tag !== 'gap' && one.tag !== 'transition',
      );
      // Titles begin at an hour of their own time.
      expect(
        mine.map((one) => [one.at, one.duration, one.tag === 'title' ? 0 : one.start, one.speed]),
      ).toEqual(
        track.clips.map((clip) => [
          clip.startFrame,
          clip.durationFrames,
          clip.sourceStartFrame,
          toNumber(clip.speed),
        ]),
      );
    }
    const fades = walked
      .filter((one) => one.tag === 'transition')
      .map((one) => [one.lane, one.at, one.duration]);
    expect(fades.toSorted()).toEqual(
      [
        [0, 113, 15],
        [-2, 290, 20],
      ].toSorted(),
    );
    const captions = walked.filter((one) => one.tag === 'caption');
    expect(captions.map((one) => [one.at, one.text])).toEqual(
      timeline.captions.cues.map((cue, index) => [
        [5, 60, 130, 420][index],
        joinWords(cue.words.map((word) => word.text)),
      ]),
    );
  });
});

it("OpenTimelineIO's FCPXML adapter reads clips, lanes and sound, as far as it knows the format", async () => {
  // It knows neither generators nor stills nor nested storylines, counts each clip in its own file's rate, and rounds down.
  const rate = { num: 25, den: 1 };
  const full = complicatedTimeline(rate);
  const timeline: Timeline = {
    ...full,
    transitions: full.transitions.filter((one) => one.trackId === 'v1'),
    tracks: full.tracks
      .filter((track) => track.id !== 'v3')
      .map((track) =>
        Object.assign({}, track, {
          clips: track.clips.filter(
            (clip) => !['black', 'wave'].includes(clip.assetId) && clip.speed.num === clip.speed.den,
          ),
        }),
      ),
  };
  const media = new Map<string, MediaInfo>(complicatedMedia());
  const path = await write(timeline, 'fcpxml', media);
  const read = await readByPython<Read>(python, 'fcpx_xml', path);
  const byLane = new Map(read.tracks.map((track) => [track.name, track]));
  const [v1, v2, a1, a2] = timeline.tracks;
  expect(placesRead(byLane.get('0'))).toEqual(placesOf(v1));
  expect(placesRead(byLane.get('1'))).toEqual(placesOf(v2));
  expect(placesRead(byLane.get('-1'))).toEqual(placesOf(a1));
  expect(placesRead(byLane.get('-2'))).toEqual(placesOf(a2));
});

/** Other formats have no drawings of sound. */
function withoutWaveforms(timeline: Timeline): Timeline {
  return {
    ...timeline,
    tracks: timeline.tracks.map((track) =>
      Object.assign({}, track, { clips: track.clips.filter((clip) => clip.assetId !== 'wave') }),
    ),
  };
}
