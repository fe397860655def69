import { describe, expect, it } from 'vitest';
import { makeGateReport, type GateFinding } from '../../domain/gate.ts';
import type { MediaInfo, VideoStream } from '../../domain/media.ts';
import { platformNames, type PlatformName } from '../../domain/platforms.ts';
import type { Post } from '../../domain/post.ts';
import type { Provenance } from '../../domain/provenance.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { judgeMeasured } from './check-findings.ts';
import { judgeFile, judgeStreams } from './platform-findings.ts';
import { judgeRights } from './rights-findings.ts';
import { findBanned, judgeTexts, judgeWording } from './text-findings.ts';

/** Everything that is judged, all of it good. */
type Facts = {
  platform: PlatformName;
  info: MediaInfo;
  video: VideoStream;
  title: string;
  description: string;
  tags: string[];
  spoken: string;
  banned: string[];
  measured: { rule: string; startMs?: number; endMs?: number }[];
  made: Provenance[];
  sources: { title: string; address?: string }[];
  isCommercial: boolean;
  isMarked: boolean;
};

const video: VideoStream = {
  index: 0,
  codec: 'h264',
  width: 1080,
  height: 1920,
  displayWidth: 1080,
  displayHeight: 1920,
  rotationDegrees: 0,
  sampleAspectRatio: { num: 1, den: 1 },
  frameRate: { num: 30, den: 1 },
  isVariableFrameRate: false,
  pixelFormat: 'yuv420p',
  colorTransfer: 'bt709',
  isInterlaced: false,
  isAttachedPicture: false,
  startMs: 0,
};
const audio = {
  index: 1,
  codec: 'aac',
  sampleRateHz: 48_000,
  channels: 2,
  language: 'en',
  isDefault: true,
  startMs: 0,
};
const good = (platform: PlatformName): Facts => ({
  platform,
  info: {
    container: 'mov,mp4,m4a,3gp,3g2,mj2',
    durationMs: 42_000,
    sizeBytes: 12_000_000,
    video: [],
    audio: [audio],
    tags: {},
  },
  video: structuredClone(video),
  title: 'Why I was three minutes late for a year',
  description: 'From "Three minutes late". https://example.org/talk',
  tags: ['time', 'habits'],
  spoken: 'Most people do not have a problem with time.',
  banned: ['damn', 'hell', 'hellish*', 'blue murder'],
  measured: [],
  made: [voice],
  sources: [],
  isCommercial: true,
  isMarked: false,
});
const voice: Provenance = {
  kind: 'speech',
  madeBy: 'flite-2.3:slt',
  licence: 'BSD-4-Clause',
  mayEarnMoney: true,
  isSynthetic: true,
  isRealistic: false,
};

function judge(facts: Facts): GateFinding[] {
  const info = { ...facts.info, video: facts.info.video.length === 0 ? [facts.video] : facts.info.video };
  const assets = facts.made.map((provenance, index) => ({ kind: 'file', id: `a${index}`, provenance }));
  const post = { description: facts.description, sources: facts.sources } as unknown as Post;
  return [
    ...judgeFile(info, facts.platform),
    ...judgeStreams(info),
    ...judgeTexts(facts, facts.platform),
    ...judgeWording(facts, facts.spoken, facts.banned),
    ...judgeMeasured({
      findings: facts.measured.map((one) =>
        Object.assign({ status: 'failed' as const, text: 'So and so.' }, one),
      ),
    }),
    ...judgeRights({
      timeline: { assets } as unknown as Timeline,
      post,
      isCommercial: facts.isCommercial,
      isMarkedSynthetic: facts.isMarked,
    }),
  ];
}

describe('good clips', () => {
  it.each(platformNames)('pass for %s', (platform) => {
    const facts = good(platform);
    if (platform === 'x') facts.description = 'From a talk.';
    expect(judge(facts)).toEqual([]);
  });

  it('are not stopped for what only looks like a fault', () => {
    const facts = good('shorts');
    Object.assign(facts.video, {
      displayWidth: 1080,
      displayHeight: 1080,
      frameRate: { num: 60_000, den: 1001 },
    });
    facts.info = { ...facts.info, durationMs: 180_020 };
    facts.title = 'ü'.repeat(100);
    facts.description = 'Scunthorpe & Shell: classic, hello! 100 % <- no'.replace('<', '');
    facts.tags = ['x'.repeat(498)];
    expect(judge(facts)).toEqual([]);
    // 500 of YouTube's characters of tags, and 5000 bytes of description.
    expect(
      judge({ ...good('shorts'), description: 'é'.repeat(2500), tags: ['a b', 'c'.repeat(494)] }),
    ).toEqual([]);
  });
});

type Fault = [name: string, rule: string, platform: PlatformName, spoil: (facts: Facts) => void];
const shape = (displayWidth: number, displayHeight: number) => (facts: Facts) =>
  void Object.assign(facts.video, { displayWidth, displayHeight });
const lasting = (durationMs: number) => (facts: Facts) => void (facts.info = { ...facts.info, durationMs });
const weighing = (sizeBytes: number) => (facts: Facts) => void (facts.info = { ...facts.info, sizeBytes });
const at =
  (num: number, den = 1) =>
  (facts: Facts) =>
    void Object.assign(facts.video, { frameRate: { num, den } });
const measured =
  (rule: string, startMs?: number, endMs?: number) =>
  ({ measured: list }: Facts) =>
    void list.push({
      rule,
      ...(startMs === undefined ? {} : { startMs }),
      ...(endMs === undefined ? {} : { endMs }),
    });
const made =
  (provenance: Partial<Provenance>) =>
  ({ made: list }: Facts) =>
    void list.push({ ...voice, ...provenance });

const faults: Fault[] = [
  ['a wide picture', 'shape', 'shorts', shape(1920, 1080)],
  ['a picture a little wider than tall', 'shape', 'shorts', shape(1088, 1080)],
  ['a very wide picture', 'shape', 'linkedin', shape(2600, 1080)],
  ['a strip', 'shape', 'x', shape(400, 1600)],
  ['181 seconds', 'too_long', 'shorts', lasting(181_000)],
  ['141 seconds', 'too_long', 'x', lasting(141_000)],
  ['11 minutes', 'too_long', 'tiktok', lasting(660_000)],
  ['16 minutes', 'too_long', 'reels', lasting(960_000)],
  ['31 minutes', 'too_long', 'linkedin', lasting(1_860_000)],
  ['two seconds', 'too_short', 'reels', lasting(2000)],
  ['two seconds', 'too_short', 'tiktok', lasting(2000)],
  ['a third of a second', 'too_short', 'x', lasting(300)],
  ['15 frames a second', 'frame_rate_taken', 'tiktok', at(15)],
  ['120 frames a second', 'frame_rate_taken', 'reels', at(120)],
  ['a stamp', 'picture_size', 'tiktok', shape(180, 320)],
  ['8K', 'picture_size', 'tiktok', shape(4320, 7680)],
  ['too tall for it', 'picture_size', 'x', shape(2160, 3840)],
  ['301 MB', 'file_size', 'reels', weighing(301e6)],
  ['50 kB', 'file_size', 'linkedin', weighing(50e3)],
  ['AV1', 'codec', 'reels', ({ video: own }) => void Object.assign(own, { codec: 'av1' })],
  ['ProRes', 'codec', 'x', ({ video: own }) => void Object.assign(own, { codec: 'prores' })],
  [
    'no picture',
    'no_picture',
    'shorts',
    (facts) => void (facts.info = { ...facts.info, video: [{ ...video, isAttachedPicture: true }] }),
  ],
  ['no sound', 'no_sound', 'shorts', (facts) => void (facts.info = { ...facts.info, audio: [] })],
  [
    '4:4:4 colour',
    'pixel_format',
    'shorts',
    ({ video: own }) => void Object.assign(own, { pixelFormat: 'yuv444p' }),
  ],
  [
    'interlaced lines',
    'interlaced',
    'shorts',
    ({ video: own }) => void Object.assign(own, { isInterlaced: true }),
  ],
  ['no title', 'title_missing', 'shorts', (facts) => void (facts.title = ' ')],
  ['101 characters of title', 'title_length', 'shorts', (facts) => void (facts.title = 'ü'.repeat(101))],
  [
    '5001 bytes of description',
    'description_length',
    'shorts',
    (facts) => void (facts.description = `${'é'.repeat(2500)}.`),
  ],
  ['300 characters on X', 'description_length', 'x', (facts) => void (facts.description = 'a'.repeat(300))],
  ['2201 of caption', 'description_length', 'reels', (facts) => void (facts.description = 'a'.repeat(2201))],
  [
    '501 characters of tags',
    'tags_length',
    'shorts',
    (facts) => void (facts.tags = ['a b', 'c'.repeat(495)]),
  ],
  ['31 hashtags', 'hashtags', 'reels', (facts) => void (facts.description = '#a '.repeat(31))],
  ['61 hashtags', 'hashtags', 'shorts', (facts) => void (facts.description = '#a '.repeat(61))],
  [
    'an angle bracket in the title',
    'forbidden_characters',
    'shorts',
    (facts) => void (facts.title = 'a < b'),
  ],
  [
    'one in the description',
    'forbidden_characters',
    'shorts',
    (facts) => void (facts.description = '<b>bold</b>'),
  ],
  ['one in a tag', 'forbidden_characters', 'shorts', ({ tags }) => void tags.push('a>b')],
  [
    'a mark that turns the text',
    'hidden_characters',
    'shorts',
    (facts) => void (facts.title = 'cod\u202Eexe.4pm'),
  ],
  ['a bell', 'hidden_characters', 'shorts', (facts) => void (facts.description = 'ding\u0007')],
  ['a placeholder', 'placeholder', 'shorts', (facts) => void (facts.title = 'Why {{name}} was late')],
  ['another', 'placeholder', 'shorts', (facts) => void (facts.description = 'TODO: write this')],
  ['a banned word', 'banned_word', 'shorts', (facts) => void (facts.title = 'Damn! Late again')],
  ['one with another ending', 'banned_word', 'shorts', (facts) => void (facts.description = 'HELLISH')],
  [
    'two banned words in a row',
    'banned_word',
    'shorts',
    (facts) => void (facts.description = 'He cried blue, murder!'),
  ],
  [
    'a banned word that is spoken',
    'banned_word_spoken',
    'shorts',
    (facts) => void (facts.spoken = 'What the hell'),
  ],
  ['a black opening', 'black_opening', 'shorts', measured('black', 0, 800)],
  ['a frozen opening', 'frozen_opening', 'shorts', measured('frozen', 100, 2100)],
  ['a silent opening', 'silent_opening', 'shorts', measured('silent', 0, 1500)],
  ['black in the middle', 'black', 'shorts', measured('black', 5000, 6000)],
  ['too loud', 'loudness', 'shorts', measured('loudness')],
  ['peaks that crackle', 'true_peak', 'shorts', measured('true_peak')],
  ['captions under the buttons', 'safe_box', 'shorts', measured('safe_box')],
  ['captions that are not what is said', 'words', 'shorts', measured('words')],
  ['sound that comes late', 'av_offset', 'shorts', measured('av_offset')],
  ['other frames than planned', 'duration', 'shorts', measured('duration')],
  ['uneven frames', 'frame_rate', 'shorts', measured('frame_rate')],
  [
    'a voice that may not earn',
    'licence',
    'shorts',
    made({ madeBy: 'xtts-v2', licence: 'CPML', mayEarnMoney: false }),
  ],
  [
    'a real-looking picture without the mark',
    'synthetic_mark',
    'shorts',
    made({ kind: 'picture', isRealistic: true }),
  ],
  [
    'a source that is not named',
    'credit',
    'shorts',
    ({ sources }) => void sources.push({ title: 'Three minutes late' }, { title: 'Another talk' }),
  ],
];

describe('faults', () => {
  it('are of at least 40 kinds', () =>
    expect(new Set(faults.map(([name, rule]) => `${rule} ${name}`)).size).toBeGreaterThanOrEqual(40));

  it.each(faults)('%s: %s for %s, and nothing else', (_, rule, platform, spoil) => {
    const facts = good(platform);
    if (platform === 'x') facts.description = 'From a talk.';
    spoil(facts);
    const findings = judge(facts);
    expect(new Set(findings.map((finding) => finding.rule))).toEqual(new Set([rule]));
    for (const finding of findings) {
      expect(finding.text).not.toBe('');
      expect(finding.mend).toMatch(/\.$/u);
    }
  });

  it('of a licence only warn where nothing is earned', () => {
    const facts = { ...good('shorts'), isCommercial: false };
    made({ mayEarnMoney: false })(facts);
    expect(judge(facts)).toMatchObject([{ rule: 'licence', severity: 'warns' }]);
    expect(judge({ ...facts, made: [{ ...voice, isRealistic: true }], isMarked: true })).toEqual([]);
  });
});

it('a report stops for what stops, unless a person overruled it, and keeps both', () => {
  const finding: GateFinding = { rule: 'shape', severity: 'stops', text: 'Wide.', mend: 'Crop.' };
  const warning: GateFinding = { rule: 'no_sound', severity: 'warns', text: 'Silent.', mend: 'Look.' };
  expect(makeGateReport('sha256:x', ['x'], [warning, finding], []).status).toBe('stopped');
  expect(makeGateReport('sha256:x', ['x'], [warning, finding], []).findings[0]).toBe(finding);
  expect(makeGateReport('sha256:x', ['x'], [warning], []).status).toBe('passed');
  const overrule = { rule: 'shape', why: 'It is art.', at: '2026-11-23T12:00:00.000Z' };
  const overruled = makeGateReport('sha256:x', ['x'], [finding], [overrule, { ...overrule, rule: 'codec' }]);
  expect(overruled).toMatchObject({ status: 'passed', findings: [finding], overruled: [overrule] });
  expect(overruled.overruled).toHaveLength(1);
});

it('words of a list are words, not parts of them', () => {
  expect(findBanned('Scunthorpe and classics', ['cunt', 'ass'])).toEqual([]);
  expect(findBanned('What an ASS.', ['ass', ' '])).toEqual(['ass']);
  expect(findBanned('Straße', ['straße', 'str*'])).toEqual(['straße', 'str*']);
});
