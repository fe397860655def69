import { readFile, writeFile } from 'node:fs/promises';
import type { Provenance } from '../src/domain/provenance.ts';
import type { Timeline } from '../src/domain/timeline.ts';
import { hashTimeline } from '../src/stages/vary/vary.ts';
import {
  bare,
  editFilm,
  edited,
  filed,
  putPapers,
  withPapers,
  type Kind,
  type MadeClip,
} from './gate-films.ts';

/** The faults that the gate must catch, and clips that it must let pass. */

const made = (more: Partial<Provenance>): Provenance => ({
  kind: 'music',
  madeBy: 'musicgen:small',
  licence: 'CC0',
  mayEarnMoney: true,
  isSynthetic: true,
  isRealistic: false,
  ...more,
});

/** The clip's timeline, whose first file was made by somebody. */
function withMade({ timeline }: MadeClip, more: Partial<Provenance>): Timeline {
  const assets = timeline.assets.map((asset, index) =>
    index === 0 && asset.kind === 'file' ? Object.assign({}, asset, { provenance: made(more) }) : asset,
  );
  return { ...timeline, assets };
}

/** The clip's timeline, whose captions say something else. */
function withOtherWords({ timeline }: MadeClip): Timeline {
  const others = ['purple', 'engines', 'never', 'swallow', 'seven', 'umbrellas'];
  const cues = timeline.captions.cues.map((cue, at) => ({
    startMs: cue.startMs,
    endMs: cue.endMs,
    words: cue.words.map((word, index) =>
      Object.assign({}, word, { text: others[(at + index) % others.length] }),
    ),
  }));
  return { ...timeline, captions: { ...timeline.captions, cues } };
}

const srtOf = (text: string, endSeconds = 4) =>
  `1\n00:00:00,000 --> 00:00:${String(endSeconds).padStart(2, '0')},000\n${text}\n`;

/** What is wrong with the film itself. */
const films: readonly Kind[] = [
  edited(
    'lies on its side',
    'shape',
    { picture: 'scale=960:540,setsar=1' },
    { platforms: ['shorts'], papers: bare },
  ),
  edited(
    'longer than three minutes',
    'too_long',
    { picture: 'fps=5,scale=270:480,tpad=stop_mode=clone:stop_duration=190', sound: 'apad=whole_dur=195' },
    { platforms: ['shorts'], papers: bare },
  ),
  edited(
    'two seconds',
    'too_short',
    { picture: 'trim=duration=2', sound: 'atrim=duration=2' },
    { papers: bare },
  ),
  edited('a stamp', 'picture_size', { picture: 'scale=180:320' }, { platforms: ['tiktok'], papers: bare }),
  edited('120 frames a second', 'frame_rate_taken', { picture: 'fps=120' }, { papers: bare }),
  edited('another frame rate than planned', 'frame_rate', { picture: 'fps=24' }),
  edited('another size than planned', 'size', { picture: 'scale=360:640' }),
  edited('cut short', 'duration', { picture: 'trim=duration=5', sound: 'atrim=duration=5' }),
  edited(
    'another codec',
    'codec',
    { encoder: 'libvpx-vp9', encoderOptions: { deadline: 'realtime', 'cpu-used': '8', b: '1M' } },
    { platforms: ['reels'] },
  ),
  edited('colours that phones do not show', 'pixel_format', { pixels: 'yuv444p' }),
  edited('combed', 'interlaced', {
    picture: 'setfield=tff',
    encoderOptions: { preset: 'ultrafast', crf: '20', 'x264-params': 'tff=1' },
  }),
  edited('without sound', '!no_sound', { sound: null }, { papers: bare }),
  edited('a hole in the sound', 'silent', { sound: "volume=0:enable='between(t,3,6.5)'" }),
  edited('opens in silence', 'silent_opening', { sound: "volume=0:enable='lt(t,3)'" }),
  edited('too quiet', 'loudness', { sound: 'volume=-10dB' }),
  edited('too loud', 'loudness', { sound: 'volume=6dB,alimiter=limit=0.8:level=false' }),
  edited('clipped', 'true_peak', { sound: 'volume=14dB' }),
  edited('opens black', 'black_opening', { picture: "drawbox=c=black:t=fill:enable='lt(t,1.5)'" }),
  edited('goes black', 'black', { picture: "drawbox=c=black:t=fill:enable='between(t,3,5)'" }),
  edited('stands still in the middle', 'frozen', {
    picture: 'loop=loop=100:size=1:start=60,setpts=N/30/TB,trim=duration=9',
  }),
  edited('sound a second late', 'av_offset', { sound: 'adelay=1000:all=1,asetpts=N/SR/TB' }),
  edited('no picture', 'no_picture', { picture: null }, { platforms: ['shorts'], papers: bare }),
  {
    name: 'half a file',
    expected: 'duration',
    async make({ short }, stem) {
      const bytes = await readFile(`${short.stem}.mp4`);
      await writeFile(`${stem}.mp4`, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
      await putPapers(short, stem, {});
    },
  },
  {
    name: 'no film',
    expected: 'input.not_media',
    make: (_, stem) => writeFile(`${stem}.mp4`, 'This is no film.'.repeat(1000)),
  },
  { name: 'nothing', expected: 'input.empty', make: (_, stem) => writeFile(`${stem}.mp4`, '') },
  {
    name: 'says something else than its captions',
    expected: 'words',
    make: ({ short }, stem) => withPapers(short, stem, { timeline: withOtherWords(short) }),
  },
  {
    name: 'the papers of another clip',
    expected: 'duration',
    make: ({ short, long }, stem) => withPapers(short, stem, { timeline: long.timeline }),
  },
];

/** What is wrong with its papers. */
const papers: readonly Kind[] = [
  filed('no title', 'title_missing', { post: { title: '' } }),
  filed('a title of 140 characters', 'title_length', { post: { title: 'Why we are late '.repeat(9) } }, [
    'shorts',
  ]),
  filed('a description of 6000 bytes', 'description_length', { post: { description: 'Ä'.repeat(3000) } }, [
    'shorts',
  ]),
  filed('more than X takes', 'description_length', { post: { description: 'word '.repeat(80) } }, ['x']),
  filed(
    'tags without end',
    'tags_length',
    { post: { tags: Array.from({ length: 30 }, (_, index) => `a tag number ${index} of many`) } },
    ['shorts'],
  ),
  filed(
    '31 hashtags',
    'hashtags',
    { post: { description: Array.from({ length: 31 }, (_, index) => `#tag${index}`).join(' ') } },
    ['reels'],
  ),
  filed(
    '61 hashtags',
    'hashtags',
    { post: { description: Array.from({ length: 61 }, (_, index) => `#t${index}`).join(' ') } },
    ['shorts'],
  ),
  filed('angle brackets in the title', 'forbidden_characters', { post: { title: 'Why <we> are late' } }, [
    'shorts',
  ]),
  filed('angle brackets in the description', 'forbidden_characters', { post: { description: 'a -> b' } }, [
    'shorts',
  ]),
  filed('text that turns around', 'hidden_characters', { post: { title: 'Why \u202Ewe are late' } }),
  filed('control characters', 'hidden_characters', { post: { description: 'a\u0007b' } }),
  filed('a placeholder', 'placeholder', { post: { description: 'TODO: say more' } }),
  filed('a word of the list', 'banned_word', { post: { title: 'Why we are damned late' } }),
  filed('a post that is none', 'input.post_invalid', { post: '{"title": ' }),
  filed('captions without a word', 'caption_file_empty', { srt: srtOf('') }),
  filed('captions that are none', 'caption_file_unreadable', { srt: 'Hello, this is a letter.' }),
  filed('captions of a longer cut', 'caption_file_long', ({ srt }) => ({
    srt: `${srt}\n99\n00:00:58,000 --> 00:00:59,000\nmore\n`,
  })),
  filed('captions of another film', 'caption_file_words', {
    srt: srtOf('Purple engines never swallow seven umbrellas in the rain of Wednesday evening'),
  }),
  filed('a cover that is none', 'cover_unreadable', { cover: Buffer.from('This is no picture.') }),
  {
    name: 'a cover of three megabytes',
    expected: 'cover_size',
    platforms: ['shorts'],
    async make({ short }, stem) {
      const cover = await readFile(`${short.stem}.jpg`);
      await withPapers(short, stem, { cover: Buffer.concat([cover, Buffer.alloc(3e6)]) });
    },
  },
  filed('music that must not earn', 'licence', (clip) => ({
    timeline: withMade(clip, { licence: 'CC-BY-NC-4.0', mayEarnMoney: false }),
  })),
  filed('pictures of unknown terms', 'licence_unknown', (clip) => ({
    timeline: withMade(clip, { licence: 'unknown', kind: 'picture' }),
  })),
  filed('music whose maker is not named', 'credit', (clip) => ({
    timeline: withMade(clip, { licence: 'CC-BY-4.0', madeBy: 'Jane Roe', isSynthetic: false }),
  })),
  filed('a voice that could be taken for real', 'synthetic_mark', (clip) => ({
    timeline: withMade(clip, { kind: 'speech', isRealistic: true }),
  })),
];

/** A clip of the queue once more. */
const copy = (name: string, expected: string, picture: string, sound?: string): Kind => ({
  name,
  expected,
  isPublished: true,
  async make({ long }, stem) {
    await editFilm(`${long.stem}.mp4`, `${stem}.mp4`, { picture, ...(sound === undefined ? {} : { sound }) });
    await putPapers(long, stem, bare);
  },
});

const copies: readonly Kind[] = [
  copy('the same again, smaller', 'near_duplicate', 'scale=432:768'),
  copy('the same again, lighter', 'near_duplicate', 'eq=brightness=0.06'),
  copy('the same again, cropped', 'near_duplicate', 'crop=iw*0.95:ih*0.95,scale=540:960'),
  copy(
    'the same again, begun later',
    'near_duplicate',
    'trim=start=2,setpts=PTS-STARTPTS',
    'atrim=start=2,asetpts=PTS-STARTPTS',
  ),
  copy('its sound under other pictures', '!near_duplicate', 'geq=lum=mod(X+N*7\\,256):cb=128:cr=128'),
];

/** What must pass. */
const good: readonly Kind[] = [
  { name: 'as it was made', make: ({ short }, stem) => withPapers(short, stem, {}) },
  { name: 'as it was made, longer', make: ({ long }, stem) => withPapers(long, stem, {}) },
  { name: 'without papers', make: ({ short }, stem) => withPapers(short, stem, bare) },
  { name: 'without a cover', make: ({ short }, stem) => withPapers(short, stem, { cover: null }) },
  {
    name: 'with its post alone',
    make: ({ short }, stem) => withPapers(short, stem, { timeline: null, srt: null }),
  },
  {
    name: 'a title of 100 characters',
    make: ({ short }, stem) =>
      withPapers(short, stem, {
        post: { title: 'Why we are late, and what a day '.repeat(4).slice(0, 99).trim().padEnd(100, '!') },
      }),
  },
  {
    name: 'other scripts and pictures in its texts',
    make: ({ short }, stem) =>
      withPapers(short, stem, {
        post: { title: '遅刻の理由 ⏰ لماذا نتأخر', description: 'Ünïcödé 👩‍👧‍👦 #zeit' },
      }),
  },
  {
    name: '30 hashtags',
    make: ({ short }, stem) =>
      withPapers(short, stem, {
        post: { tags: [], description: Array.from({ length: 30 }, (_, index) => `#t${index}`).join(' ') },
      }),
  },
  {
    name: 'words that hold a listed one',
    make: ({ short }, stem) =>
      withPapers(short, stem, { post: { title: 'Hello from Scunthorpe, shell by shell' } }),
  },
  {
    name: 'a voice that nobody takes for real',
    make: ({ short }, stem) =>
      withPapers(short, stem, { timeline: withMade(short, { kind: 'speech', licence: 'BSD-4-Clause' }) }),
  },
  {
    name: 'a real-sounding voice that is marked',
    make: ({ short }, stem) =>
      withPapers(short, stem, {
        post: { containsSyntheticMedia: true },
        timeline: withMade(short, { kind: 'speech', isRealistic: true }),
      }),
  },
  {
    name: 'music whose maker is named',
    make: ({ short }, stem) =>
      withPapers(short, stem, {
        post: { description: 'Music: Jane Roe (CC-BY-4.0)' },
        timeline: withMade(short, { licence: 'CC-BY-4.0', madeBy: 'Jane Roe', isSynthetic: false }),
      }),
  },
  goodEdit('square', 'crop=540:540'),
  goodEdit('4 by 5', 'crop=540:675'),
  goodEdit('60 frames a second', 'fps=60'),
  goodEdit('24 frames a second', 'fps=24'),
  goodEdit(
    'in one channel',
    'null',
    'pan=mono|c0=0.5*c0+0.5*c1,loudnorm=I=-14:TP=-1.5:LRA=11,aresample=48000',
  ),
  {
    name: 'a declared variation',
    isPublished: true,
    make: ({ long }, stem) =>
      withPapers(long, stem, {
        post: { variation: { of: hashTimeline(long.timeline), factors: { captions: 'pop' } } },
        timeline: null,
      }),
  },
  {
    name: 'another clip of the same talk',
    isPublished: true,
    make: ({ short }, stem) => withPapers(short, stem, {}),
  },
];

function goodEdit(name: string, picture: string, sound?: string): Kind {
  return {
    name,
    async make({ short }, stem) {
      await editFilm(`${short.stem}.mp4`, `${stem}.mp4`, {
        picture,
        ...(sound === undefined ? {} : { sound }),
      });
      await putPapers(short, stem, bare);
    },
  };
}

/** All of them. */
export const kinds: readonly Kind[] = [...films, ...papers, ...copies, ...good];
