import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { recordingPath } from '../test/recordings.ts';

/**
 * Videos that are hard for a detector of cuts, made of real recordings by the ffmpeg command, so that their truth is exact:
 * whatever is cut here is cut by us.
 */

/** A video with its truth: frames at which a shot begins, and how far a find may lie from them. */
export type TruthVideo = {
  readonly name: string;
  readonly path: string;
  readonly truth: readonly number[];
  /** Finds near these count neither way: nobody can say. */
  readonly ambiguous?: readonly number[];
  readonly tolerance: number;
};

const size = '480:270';
const rate = 25;

/** A piece of one real shot: the recording, where in it (seconds, inside a single shot), and how long. */
type Piece = { readonly from: string; readonly at: number; readonly frames: number };

const film = 'video/animated-film/film-part-1.mp4';
const rooms = 'video/two-people-silent/two_people_3rooms.webm';
const face = 'video/close-up-speakers/WDA_EdMarkey0_000.mp4';
const otherFace = 'video/close-up-speakers/RD_Radio2_000.mp4';

/** The cuts of the film, looked at by eye (its cuts.json), at 24 frames a second. */
const filmCuts = [
  249, 335, 461, 555, 629, 1118, 1172, 1249, 1302, 1371, 1545, 1693, 1757, 1818, 1922, 1977, 2015, 2113, 2150,
  2192, 2202, 2257, 2280, 2383,
];

/** Twelve pieces of different shots, some alike (the same room, the same speaker's framing), some not. */
const pieces: readonly Piece[] = [
  { from: film, at: 10.6, frames: 60 },
  { from: rooms, at: 4, frames: 70 },
  { from: face, at: 1, frames: 50 },
  { from: film, at: 28, frames: 90 },
  { from: otherFace, at: 1, frames: 40 },
  { from: rooms, at: 46, frames: 80 },
  { from: film, at: 47, frames: 24 },
  { from: film, at: 57.5, frames: 60 },
  { from: rooms, at: 95, frames: 75 },
  { from: face, at: 4, frames: 45 },
  { from: film, at: 65, frames: 55 },
  { from: film, at: 77, frames: 40 },
];

/** Makes the videos in a folder; undefined where the recordings or the command are missing. */
export function makeHardVideos(folder: string): TruthVideo[] | undefined {
  if ([film, rooms, face, otherFace].some((name) => recordingPath(name) === undefined)) return undefined;
  if (spawnSync('ffmpeg', ['-version']).status !== 0) return undefined;
  const make = (name: string, args: readonly string[]): string => {
    const path = join(folder, `${name}.mp4`);
    const made = spawnSync(
      'ffmpeg',
      ['-v', 'error', '-y', ...args, '-an', '-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '22', path],
      { encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(`ffmpeg made no ${name}: ${made.stderr}`);
    return path;
  };
  const filter = (name: string, from: string, filters: string) =>
    make(name, ['-i', recordingPath(from)!, '-vf', filters]);

  const joined = joinPieces(make, 'hard-cuts', pieces);
  const cuts = startsOf(pieces);
  const again = (name: string, filters: string) =>
    make(name, ['-i', joined, '-vf', `${filters},scale=${size}`]);
  const still = (name: string, filters: string) =>
    make(name, [
      '-ss',
      '2',
      '-t',
      '12',
      '-i',
      recordingPath(rooms)!,
      '-vf',
      `fps=${rate},scale=${size},${filters}`,
    ]);

  const short: Piece[] = [
    { from: rooms, at: 4, frames: 40 },
    { from: film, at: 28, frames: 1 },
    { from: face, at: 1, frames: 40 },
    { from: otherFace, at: 1, frames: 2 },
    { from: film, at: 57.5, frames: 40 },
    { from: rooms, at: 46, frames: 3 },
    { from: film, at: 65, frames: 40 },
    { from: face, at: 2, frames: 6 },
    { from: film, at: 28, frames: 40 },
  ];
  const dissolved = mixPieces(make, 'dissolves', 'fade', [0.32, 0.4, 0.6, 0.8, 1, 1.2, 1.6, 0.5]);
  const black = fadePieces(make, 'fades-black', 'black');
  const white = fadePieces(make, 'fades-white', 'white');
  const onTwos = filmCuts.map((frame) => Math.ceil(frame / 2) * 2);
  return [
    { name: 'hard cuts', path: joined, truth: cuts, tolerance: 1 },
    {
      name: 'flashes',
      path: again(
        'flashes',
        // One to three frames of near white, and photographers' flashes that die away, in every piece.
        [
          `lutyuv=y='clip(val+170,16,235)':enable='between(mod(n,37),11,11+mod(floor(n/37),3))'`,
          `eq=brightness='if(between(mod(n,53),30,38),0.7*exp(-(mod(n,53)-30)/2.5),0)':eval=frame`,
        ].join(','),
      ),
      truth: cuts,
      tolerance: 1,
    },
    {
      name: 'shaken camera',
      path: again(
        'shaken',
        `crop=iw*0.86:ih*0.86:x='(iw-ow)/2+(iw-ow)/2*sin(n*1.9)*cos(n*0.73)':y='(ih-oh)/2+(ih-oh)/2*cos(n*2.3)'`,
      ),
      truth: cuts,
      tolerance: 1,
    },
    {
      name: 'whip pans',
      // A frame of the film, three times as large, crossed in a third of a second; every two seconds it begins anew.
      path: make('whip', [
        '-ss',
        '57.5',
        '-i',
        recordingPath(film)!,
        '-vf',
        `fps=100,scale=1920:-2,crop=640:360:x='(iw-ow)*(0.5-0.5*cos(PI*clip(mod(t,2)-0.8,0,0.35)/0.35))':y=300,tmix=frames=4,fps=${rate},scale=${size},trim=end_frame=200`,
      ]),
      truth: [50, 100, 150],
      tolerance: 1,
    },
    {
      name: 'lamp on and off',
      path: still(
        'lamp',
        `eq=brightness='if(between(mod(t,3),1,2),-0.22,0)':contrast='if(between(mod(t,3),1,2),0.7,1)':eval=frame`,
      ),
      truth: [],
      tolerance: 1,
    },
    {
      name: 'titles and boxes appear',
      path: still(
        'boxes',
        `drawbox=x=0:y=ih*0.7:w=iw:h=ih*0.2:color=navy:t=fill:enable='between(mod(t,3),1,2)',drawbox=x=iw*0.55:y=ih*0.08:w=iw*0.4:h=ih*0.4:color=orange:t=fill:enable='between(mod(t,4),1.5,3)'`,
      ),
      truth: [],
      tolerance: 1,
    },
    {
      name: 'dark and noisy',
      path: filter(
        'dark',
        film,
        `lutyuv=y='16+(val-16)*0.22':u='128+(val-128)*0.3':v='128+(val-128)*0.3',noise=alls=14:allf=t,scale=${size}`,
      ),
      truth: filmCuts,
      ambiguous: [13],
      tolerance: 1,
    },
    {
      name: 'animation on twos',
      path: filter('twos', film, `select='not(mod(n,2))',setpts=N/12/TB,fps=24,scale=${size}`),
      truth: onTwos,
      ambiguous: [13],
      tolerance: 2,
    },
    {
      name: 'blended to 30 a second',
      path: filter('blended', film, `framerate=fps=30:interp_start=0:interp_end=255:scene=100,scale=${size}`),
      truth: filmCuts.map((frame) => Math.round((frame * 30) / 24)),
      ambiguous: [16],
      tolerance: 2,
    },
    {
      name: 'starved of bits',
      path: make('starved', [
        '-i',
        recordingPath(film)!,
        '-vf',
        `scale=${size}`,
        '-b:v',
        '60k',
        '-maxrate',
        '60k',
        '-bufsize',
        '60k',
        '-crf',
        '51',
      ]),
      truth: filmCuts,
      ambiguous: [13],
      tolerance: 1,
    },
    {
      name: 'black and white, upright',
      path: filter('upright', film, `crop=ih*9/16:ih,hue=s=0,scale=270:480`),
      truth: filmCuts,
      ambiguous: [13],
      tolerance: 1,
    },
    {
      name: 'one to six frames',
      path: joinPieces(make, 'short', short),
      truth: startsOf(short),
      tolerance: 0,
    },
    { name: 'dissolves', path: dissolved.path, truth: dissolved.middles, tolerance: 8 },
    { name: 'fades through black', path: black, truth: fadeFrames, tolerance: 8 },
    { name: 'fades through white', path: white, truth: fadeFrames, tolerance: 8 },
    {
      name: 'slides of text',
      path: makeSlides(make),
      truth: [50, 100, 150, 200, 250],
      tolerance: 1,
    },
  ];
}

type Make = (name: string, args: readonly string[]) => string;

function startsOf(list: readonly Piece[]): number[] {
  let at = 0;
  return list.slice(0, -1).map(({ frames }) => (at += frames));
}

function inputsOf(list: readonly Piece[]): string[] {
  return list.flatMap(({ from, at }) => ['-ss', String(at), '-i', recordingPath(from)!]);
}

const shape = `fps=${rate},scale=${size}:force_original_aspect_ratio=increase,crop=${size},setsar=1,format=yuv420p`;

function joinPieces(make: Make, name: string, list: readonly Piece[]): string {
  const chains = list.map(
    ({ frames }, index) => `[${index}:v]${shape},trim=end_frame=${frames},setpts=N/${rate}/TB[p${index}]`,
  );
  const labels = list.map((_, index) => `[p${index}]`).join('');
  return make(name, [
    ...inputsOf(list),
    '-filter_complex',
    `${chains.join(';')};${labels}concat=n=${list.length}[out]`,
    '-map',
    '[out]',
  ]);
}

/** Nine pieces of different shots, each long enough to be mixed with its neighbours. */
const mixed = [
  { from: rooms, at: 4 },
  { from: film, at: 26.5 },
  { from: face, at: 1 },
  { from: film, at: 15 },
  { from: otherFace, at: 1 },
  { from: film, at: 57.3 },
  { from: rooms, at: 46 },
  { from: film, at: 64.5 },
  { from: rooms, at: 95 },
];

/** Pieces of 4 s with a transition between each two, so many seconds long. */
function mixPieces(make: Make, name: string, transition: string, seconds: readonly number[]) {
  const list = Array.from({ length: seconds.length + 1 }, (_, index) => ({
    ...mixed[index]!,
    frames: 100,
  }));
  const chains = list.map(
    ({ frames }, index) =>
      `[${index}:v]${shape},trim=end_frame=${frames},settb=1/${rate},setpts=N,fps=${rate}[p${index}]`,
  );
  const middles: number[] = [];
  let before = 'p0';
  let length = 100;
  for (const [index, duration] of seconds.entries()) {
    const offset = length / rate - duration;
    chains.push(
      `[${before}][p${index + 1}]xfade=transition=${transition}:duration=${duration}:offset=${offset.toFixed(3)}[m${index}]`,
    );
    middles.push(Math.round((offset + duration / 2) * rate));
    before = `m${index}`;
    length = Math.round((offset + 100 / rate) * rate);
  }
  const path = make(name, [...inputsOf(list), '-filter_complex', chains.join(';'), '-map', `[${before}]`]);
  return { path, middles };
}

/** Where the pieces of the fades meet, each having faded out, and fading in, for so many frames around some of one colour. */
const fadeFrames = [75, 150, 225, 300, 375, 450, 525, 600];
const fadeLengths = [5, 8, 12, 16, 20, 25, 10, 30];
const fadeHolds = [0, 1, 2, 4, 6, 10, 3, 0];

/** Pieces of 3 s, each fading out to a colour and in from it. */
function fadePieces(make: Make, name: string, color: string): string {
  const list = mixed.map((piece): Piece => Object.assign({ frames: 75 }, piece));
  const chains = list.map(({ frames }, index) => {
    const fade = (how: string, start: number, length: number) =>
      `fade=type=${how}:start_frame=${start}:nb_frames=${length}:color=${color}`;
    const [inLength, inHold] = [fadeLengths[index - 1], fadeHolds[index - 1]];
    const [outLength, outHold] = [fadeLengths[index], fadeHolds[index]];
    const filters = [
      ...(inLength === undefined ? [] : [fade('in', inHold!, inLength)]),
      ...(outLength === undefined ? [] : [fade('out', frames - outHold! - outLength, outLength)]),
    ];
    return `[${index}:v]${shape},trim=end_frame=${frames},setpts=N/${rate}/TB,${filters.join(',')}[p${index}]`;
  });
  const labels = list.map((_, index) => `[p${index}]`).join('');
  return make(name, [
    ...inputsOf(list),
    '-filter_complex',
    `${chains.join(';')};${labels}concat=n=${list.length}[out]`,
    '-map',
    '[out]',
  ]);
}

/** White slides whose lines of "text" (grey bars) stand elsewhere on each. */
function makeSlides(make: Make): string {
  const slide = (number: number) => {
    const lines = Array.from({ length: 5 }, (_, line) => {
      const width = 0.3 + 0.09 * ((number * 7 + line * 3) % 6);
      const y = 0.22 + 0.13 * line + 0.02 * ((number * 5 + line) % 3);
      return `drawbox=x=iw*${(0.06 + 0.04 * ((number + line) % 3)).toFixed(2)}:y=ih*${y.toFixed(3)}:w=iw*${width.toFixed(2)}:h=ih*0.05:color=0x404040:t=fill:enable='between(n,${number * 50},${number * 50 + 49})'`;
    });
    return lines.join(',');
  };
  const all = Array.from({ length: 6 }, (_, number) => slide(number)).join(',');
  return make('slides', ['-f', 'lavfi', '-i', `color=c=white:s=480x270:r=${rate}:d=12`, '-vf', all]);
}
