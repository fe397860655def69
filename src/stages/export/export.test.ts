import { convert } from 'xmlbuilder2';
import { describe, expect, it } from 'vitest';
import {
  complicatedMedia,
  complicatedTimeline,
  hostilePath,
} from '../../../test/fixtures/complicated-timelines.ts';
import { makeClip, makeTimeline } from '../../../test/fixtures/make-timeline.ts';
import { parseCaptionFile } from '../../domain/caption-files.ts';
import type { Clip, Timeline } from '../../domain/timeline.ts';
import { exportFormats, type ExportFormat } from './export-format.ts';
import { exportTimeline } from './export-timeline.ts';
import { pathOfReference, toFileUrl } from './file-url.ts';
import { formatSeconds } from './fcpxml-time.ts';
import { layoutPicture } from './geometry.ts';
import { toTimecode, toWholeRate } from './timecode.ts';

const baseFolder = '/base folder';

function exported(timeline: Timeline, format: ExportFormat) {
  return exportTimeline(timeline, format, { baseFolder, media: complicatedMedia() });
}

describe('timecode', () => {
  const at = (num: number, den: number) => toWholeRate({ num, den }, 'An EDL');

  it.each([
    [25, 1, 0, '00:00:00:00'],
    [25, 1, 90_124, '01:00:04:24'],
    [24000, 1001, 86_400, '01:00:00:00'],
    // Drop-frame numbers as SMPTE ST 12-1 gives them: 0 and 1 are left out each minute, but not each tenth.
    [30000, 1001, 1799, '00:00:59;29'],
    [30000, 1001, 1800, '00:01:00;02'],
    [30000, 1001, 3597, '00:01:59;29'],
    [30000, 1001, 3598, '00:02:00;02'],
    [30000, 1001, 17_981, '00:09:59;29'],
    [30000, 1001, 17_982, '00:10:00;00'],
    [30000, 1001, 107_892, '01:00:00;00'],
    [60000, 1001, 3599, '00:00:59;59'],
    [60000, 1001, 3600, '00:01:00;04'],
    [60000, 1001, 215_784, '01:00:00;00'],
  ])('at %d/%d, frame %d is %s', (num, den, frame, text) => {
    expect(toTimecode(frame, at(num, den))).toBe(text);
  });

  it('never gives two frames of an hour the same name, and counts real time to a frame', () => {
    const rate = at(30000, 1001);
    const names = new Set(Array.from({ length: 108_000 }, (_, frame) => toTimecode(frame, rate)));
    expect(names.size).toBe(108_000);
    expect(
      [...names].filter((name) => /:[0-5][1-9];0[01]$/u.test(name.slice(3)) && name.slice(6, 8) === '00'),
    ).toEqual([]);
  });

  it.each([
    [25, 2],
    [24_500, 1001],
    [30_010, 1001],
  ])('refuses %d/%d frames a second, and says which formats have them', (num, den) => {
    expect(() => at(num, den)).toThrow(
      expect.objectContaining({ code: 'input.export_rate', hint: expect.stringContaining('otio') }),
    );
  });
});

describe('where a picture lies', () => {
  const canvas = { width: 1080, height: 1920 };
  const picture = { width: 1920, height: 1080 };
  /** Where a point of the picture comes to lie on the canvas. */
  const onCanvas = (clip: Clip, x: number, y: number, index = 0) => {
    const place = layoutPicture(clip, picture, canvas).places[index];
    if (place === undefined) throw new Error('no place');
    return [
      canvas.width / 2 + place.offsetX + (x - picture.width / 2) * place.scale,
      canvas.height / 2 + place.offsetY + (y - picture.height / 2) * place.scale,
    ].map((px) => Math.round(px * 1000) / 1000 + 0);
  };

  it('brings the corners of a crop to those of the canvas', () => {
    const clip = makeClip({
      id: 'c',
      effects: [{ kind: 'crop', keyframes: [{ frame: 0, x: 100, y: 0, width: 607.5, height: 1080 }] }],
    });
    expect(onCanvas(clip, 100, 0)).toEqual([0, 0]);
    expect(onCanvas(clip, 707.5, 1080)).toEqual([1080, 1920]);
    expect(layoutPicture(clip, picture, canvas).isTrimmed).toBe(false);
  });

  it('fills the canvas from the middle without one', () => {
    expect(onCanvas(makeClip({ id: 'c' }), 960 - 303.75, 0)).toEqual([0, 0]);
  });

  it('brings a crop to where it is placed, and trims the rest', () => {
    const clip = makeClip({
      id: 'c',
      effects: [
        {
          kind: 'crop',
          keyframes: [
            { frame: 0, x: 0, y: 0, width: 960, height: 540 },
            { frame: 20, x: 960, y: 540, width: 480, height: 270 },
          ],
        },
        { kind: 'place', x: 90, y: 300, width: 900, height: 506.25, opacity: 0.5 },
      ],
    });
    expect(onCanvas(clip, 0, 0)).toEqual([90, 300]);
    expect(onCanvas(clip, 960, 540)).toEqual([990, 806.25]);
    expect(onCanvas(clip, 960, 540, 1)).toEqual([90, 300]);
    expect(onCanvas(clip, 1440, 810, 1)).toEqual([990, 806.25]);
    const layout = layoutPicture(clip, picture, canvas);
    expect(layout).toMatchObject({ isTrimmed: true, opacity: 0.5 });
    expect(layout.places[1]?.trim).toEqual({ left: 960, top: 540, right: 480, bottom: 270 });
  });
});

describe('every format', () => {
  const hostileWords = ['<b>', '&amp;', ']]>', '"quotes"', '-->', 'a\u0000b', '\uD800', '\u202Eevil', '中文'];

  it.each(exportFormats)('%s takes any names and words, and is whole', (format) => {
    const timeline = complicatedTimeline();
    const [first] = timeline.captions.cues;
    const cues = [
      {
        ...first,
        startMs: 200,
        endMs: 1000,
        words: hostileWords.map((text) => ({ ...first?.words[0], text, startMs: 300, endMs: 400 })),
      },
    ] as Timeline['captions']['cues'];
    const name = `${hostileWords.join('\n')}\nFCM: DROP FRAME\n001  AX V C`;
    const { text } = exported({ ...timeline, name, captions: { style: 'pop', cues } }, format);
    expect(text.endsWith('\n')).toBe(true);
    expect(text.isWellFormed()).toBe(true);
    if (format === 'otio') expect(JSON.parse(text).name).toBe(name);
    else expect(['\0', '\u0007'].filter((letter) => text.includes(letter))).toEqual([]);
    if (format.startsWith('fcp')) {
      expect(() => convert(text, { format: 'object' })).not.toThrow();
      expect(text).toContain('&lt;b&gt;');
      expect(text).not.toContain('<b>');
    }
    if (format === 'edl') {
      expect(text.split('\n').filter((line) => line.startsWith('FCM'))).toEqual(['FCM: DROP FRAME']);
      expect(text).toMatch(/^TITLE: [^\n]{1,70}\nFCM/u);
    }
    if (format === 'srt' || format === 'vtt')
      expect(parseCaptionFile(text, `x.${format}`).words.length).toBeGreaterThan(3);
  });

  it.each(exportFormats)('%s says what it leaves out, and nothing twice', (format) => {
    const { dropped } = exported(complicatedTimeline(), format);
    expect(dropped.length).toBeGreaterThan(1);
    expect(new Set(dropped).size).toBe(dropped.length);
    if (format === 'otio' || format === 'srt' || format === 'vtt') return;
    expect(dropped.join('\n')).toMatch(/blur of 1 clip/u);
  });

  it.each(exportFormats)('%s takes a timeline of sound alone and one of colours alone', (format) => {
    const media = { baseFolder, media: new Map() };
    const clip = makeClip({ id: 'c' });
    const sound = makeTimeline('a.wav', [clip]);
    const soundAlone = { ...sound, tracks: sound.tracks.filter((track) => track.kind === 'audio') };
    const colour: Timeline = {
      ...sound,
      assets: [{ id: 'talk', kind: 'color', color: '#000000' }],
      tracks: [{ id: 'v', kind: 'video', clips: [clip] }],
    };
    for (const timeline of [soundAlone, colour]) {
      expect(exportTimeline(timeline, format, media).text.length).toBeGreaterThan(format === 'srt' ? -1 : 5);
    }
  });

  it('says so where the size of a picture is not known', () => {
    for (const format of ['fcpxml', 'fcp7xml'] as const) {
      const { dropped } = exportTimeline(complicatedTimeline(), format, { baseFolder });
      expect(dropped).toContain(
        'how the picture of "talk" is cropped and placed in 4 clips: its file was not there to measure',
      );
    }
  });
});

describe('FCPXML', () => {
  it('joins picture and sound that run together into one clip, with its gain', () => {
    const timeline = makeTimeline('talk.mp4', [
      makeClip({ id: 'a' }),
      makeClip({ id: 'b', startFrame: 50, sourceStartFrame: 90 }),
    ]);
    const { text } = exported(timeline, 'fcpxml');
    expect(text.match(/<asset-clip/gu)).toHaveLength(2);
    expect(text).not.toContain('srcEnable');
  });

  it('scales by the picture that fits into the canvas and counts its place in hundredths of the height', () => {
    const clip = makeClip({
      id: 'a',
      effects: [{ kind: 'crop', keyframes: [{ frame: 0, x: 0, y: 0, width: 607.5, height: 1080 }] }],
    });
    const timeline = { ...makeTimeline('talk.mp4', [clip]), width: 1080, height: 1920 };
    const { text } = exported(timeline, 'fcpxml');
    // Fitted, 1920 px become 1080: to fill, 3.16 times that. The left edge on the left: (1706.67 − 540) / 1920 to the right.
    expect(text).toContain('<adjust-transform position="60.7638');
    expect(text).toContain(' 0" scale="3.16049 3.16049"');
  });

  it('moves a picture by keyframes in the time of its source', () => {
    const crop = (frame: number, x: number, y: number, width: number) => ({
      frame,
      x,
      y,
      width,
      height: (width * 16) / 9,
    });
    const clip = makeClip({
      id: 'a',
      sourceStartFrame: 60,
      effects: [{ kind: 'crop', keyframes: [crop(0, 1200, 150, 337.5), crop(29, 1050, 300, 405)] }],
    });
    const { text } = exported({ ...makeTimeline('talk.mp4', [clip]), width: 540, height: 960 }, 'fcpxml');
    // The same pictures as a program that renders FCPXML made of it.
    expect(text).toContain('<keyframe time="60/25s" value="-68.125 -15" curve="linear"/>');
    expect(text).toContain('<keyframe time="89/25s" value="-40.625 16.66667" curve="linear"/>');
    expect(text).toContain('<keyframe time="60/25s" value="5.68889 5.68889" curve="linear"/>');
  });

  it.each([
    [1, { num: 25, den: 1 }, { num: 1, den: 1 }, '1/25s'],
    [50, { num: 25, den: 1 }, { num: 1, den: 1 }, '2s'],
    [7, { num: 30000, den: 1001 }, { num: 1, den: 1 }, '7007/30000s'],
    [2_000_000, { num: 60000, den: 1001 }, { num: 999_983, den: 1_000_000 }, '100100000000/2999949s'],
  ])('writes %d frames exactly', (frames, rate, speed, text) => {
    expect(formatSeconds(frames, rate, speed)).toBe(text);
  });
});

describe('an EDL', () => {
  it('tells the track with the film, not the blurred one below it', () => {
    const timeline = makeTimeline('talk.mp4', [makeClip({ id: 'a' })]);
    const [picture, ...rest] = timeline.tracks;
    const { text, dropped } = exported(
      {
        ...timeline,
        tracks: [
          {
            id: 'below',
            kind: 'video',
            clips: [makeClip({ id: 'b', sourceStartFrame: 25, effects: [{ kind: 'blur', radius: 0.1 }] })],
          },
          ...(picture === undefined ? [] : [picture]),
          ...rest,
        ],
      },
      'edl',
    );
    expect(text).toContain('001  AX       V     C        00:00:00:00 00:00:02:00 00:00:00:00 00:00:02:00');
    expect(dropped).toContain('1 video track beside "picture": an EDL has one');
  });

  it('refuses rates that two digits cannot count', () => {
    const timeline = {
      ...makeTimeline('talk.mp4', [makeClip({ id: 'a' })]),
      frameRate: { num: 120, den: 1 },
    };
    expect(() => exported(timeline, 'edl')).toThrow(expect.objectContaining({ code: 'input.export_rate' }));
  });
});

describe('file URLs', () => {
  it.each([hostilePath, '/plain.mp4', '/a%20b.mp4', '/ümlaut/ß.mov', '/q?x=1#y.mp4'])(
    'name %s and lead back to it',
    (path) => {
      const url = toFileUrl(path, '/');
      expect(url).toMatch(/^file:\/\/\/[\x21-\x7e]+$/u);
      expect(pathOfReference(url, '/')).toBe(path);
    },
  );

  it('of other machines and addresses are not followed', () => {
    for (const reference of [
      'https://example.com/a.mp4',
      'file://server/share/a.mp4',
      'concat:a|b',
      '',
      'file:///a%00b',
    ])
      expect(pathOfReference(reference, '/base')).toBeUndefined();
    expect(pathOfReference('file://localhost/a%20b.mp4', '/')).toBe('/a b.mp4');
    expect(pathOfReference('sub/a.mp4', '/base')).toBe('/base/sub/a.mp4');
  });
});
