import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { aspects, aspectNames, type Aspect } from '../src/domain/aspect.ts';
import { framedCropAt, type Framing } from '../src/domain/framing.ts';
import type { Source } from '../src/domain/source.ts';
import { durationMs, rationalToNumber } from '../src/domain/time.ts';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { probeMedia } from '../src/media/probe.ts';
import { hearSpeech } from '../src/stages/frame/find-speech.ts';
import { frameSource } from '../src/stages/frame/frame-source.ts';
import { drawSheet } from '../src/stages/frame/sheet.ts';
import { look } from '../src/stages/look/look.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { measureSlowPan } from '../test/fixtures/slow-pan.ts';
import { recordingPath } from '../test/recordings.ts';
import { makeWalkers, whoWalks } from './framing-made.ts';
import {
  compareIdentities,
  contains,
  findJumps,
  fitShare,
  jerkRatio,
  shownAt,
  slowStep,
  type Identities,
  type WhoIs,
} from './framing-measures.ts';
import {
  markedVideos,
  type Box,
  type DialogueTruth,
  type MarkedFrame,
  type MarkedVideo,
} from './framing-truth.ts';

/** Framing: how much of the speaking face is in the crop, how steady the camera is, how often it jumps, whom it confuses. */

const usage = 'npm run bench -- framing [9:16|4:5|1:1|16:9 = 9:16] [folder for sheets]';

const forgets: StageCache = {
  remember: (work) => work.run(),
  rememberFile: () => Promise.reject(new Error('No file is made here.')),
};
const quiet = { signal: new AbortController().signal, report: () => {} };

/** A face must be so much of the crop's height. */
const leastHeight = 0.12;

type Framed = { readonly framing: Framing; readonly lookedShare: number; readonly lookedMs: number };

/** What the last line sums up. */
type Totals = { marks: number; inside: number; large: number; fitMs: number; ms: number; jumps: number };

/** Measures everything that is on this machine and prints it. */
export async function run(args: string[]): Promise<void> {
  const aspect = (args[0] ?? '9:16') as Aspect;
  if (!aspectNames.includes(aspect)) throw new Error(usage);
  const sheets = args[1];
  await measureDialogue(aspect, sheets);
  await measureMarks(aspect, sheets);
  await measureWalkers(aspect, sheets);
  const pan = await measureSlowPan();
  console.log(
    `\nrendered, a move of at most ${pan.fastestPx.toFixed(2)} px a frame: off its path by at most ${pan.farthestPx.toFixed(3)} px ` +
      `across and down, a step by at most ${pan.stepPx.toFixed(3)} px`,
  );
}

async function frameFile(path: string, aspect: Aspect, sheets: string | undefined): Promise<Framed> {
  const info = await probeMedia(path);
  const source: Source = { path, contentHash: `sha256:${'0'.repeat(64)}`, info };
  const range = { startMs: 0, endMs: info.durationMs };
  const speech = await hearSpeech(source, range, { openSpeechDetector: openSilero, cache: forgets }, quiet);
  const startedAt = performance.now();
  const [seen] = await look(source, [range], { cache: forgets, faces: true }, quiet);
  const lookedMs = performance.now() - startedAt;
  if (seen === undefined) throw new Error(`${path} has no picture.`);
  const framing = frameSource(source, seen, range, { canvas: aspects[aspect], speech });
  if (sheets !== undefined) {
    const name = path.replace(/^.*\//u, '').replace(/\.[^.]*$/u, '');
    await drawSheet(source, framing, `${sheets}/${name}-${aspect.replace(':', 'x')}.png`, quiet);
  }
  return { framing, lookedShare: lookedMs / durationMs(range), lookedMs };
}

/** The dialogue: every frame has a speaker, and a face on that speaker's side. */
async function measureDialogue(aspect: Aspect, sheets: string | undefined): Promise<void> {
  const path = recordingPath('video/assembled/grid_two_person_dialogue.mp4');
  if (path === undefined) {
    console.log('The dialogue is not on this machine.');
    return;
  }
  const truth: DialogueTruth = JSON.parse(await readFile(path.replace(/\.mp4$/u, '.gt.json'), 'utf8'));
  const { framing, lookedShare } = await frameFile(path, aspect, sheets);
  const fps = rationalToNumber(framing.frameRate);
  const cuts = truth.cuts_frames;
  const counts = { frames: 0, onSide: 0, inside: 0, large: 0, heard: 0, heardRight: 0 };
  const end = framing.shots.at(-1)?.endFrame ?? 0;
  for (let frame = 0; frame < end; frame += 1) {
    const turn = truth.turns.find((own) => own.start * fps <= frame && frame < own.end * fps);
    if (turn === undefined) continue;
    const [x, y, width, height] = turn.speaker_rect;
    const isOnSide = (box: Box) => box.x + box.width / 2 >= x && box.x + box.width / 2 < x + width;
    const face = faceInside(framing, frame, { x, y, width, height }, cuts);
    const speaker = speakerAt(framing, frame);
    counts.frames += 1;
    if (speaker !== undefined) {
      counts.heard += 1;
      if (isOnSide(speaker)) counts.heardRight += 1;
    }
    const shown = shownAt(framing, frame);
    if (shown.some(isOnSide)) counts.onSide += 1;
    const held = face === undefined ? [] : shown.filter((crop) => contains(crop, face));
    if (held.length > 0) counts.inside += 1;
    if (held.some((crop) => (face?.height ?? 0) >= leastHeight * crop.height)) counts.large += 1;
  }
  const turns = truth.turns.map(({ start }) => start * fps);
  const late = truth.turns.slice(1).map(
    ({ start }) =>
      nearest(
        framing.shots.map(({ startFrame }) => startFrame / fps),
        start,
      ) - start,
  );
  const share = (count: number) => percent(count / counts.frames);
  console.log(`dialogue put together, ${counts.frames} frames, ${aspect}`);
  console.log(`  camera on the speaker's side      ${share(counts.onSide)}`);
  console.log(`  speaking face wholly inside       ${share(counts.inside)}`);
  console.log(`  … and at least 12 % of the height ${share(counts.large)}`);
  console.log(
    `  said to speak                     ${share(counts.heard)}, of these the one who does ${percent(counts.heardRight / counts.heard)}`,
  );
  console.log(`  fit over a blurred fill           ${percent(fitShare(framing))}`);
  console.log(`  jumps for no reason               ${findJumps(framing, { cuts, turns }).length}`);
  console.log(`  cut after a new speaker, seconds  ${late.map((value) => value.toFixed(2)).join(' ')}`);
  console.log(`  jerk over that of a naive crop    ${jerkRatio(framing).toFixed(3)}`);
  console.log(`  looking took so much of its length ${lookedShare.toFixed(2)}`);
  // Ten people, two for each stretch between cuts.
  const whoIs: WhoIs = (frame, box) => {
    const side = box.x + box.width / 2 < framing.width / 2 ? 'left' : 'right';
    return truth.turns.findLast(
      (turn) => turn.side === side && stretchOf(turn.start * fps) === stretchOf(frame),
    )?.speaker;
  };
  const stretchOf = (frame: number) => cuts.findLastIndex((cut) => cut <= frame);
  printIdentities('the dialogue, ten people', compareIdentities(framing, whoIs, cuts));
}

async function measureMarks(aspect: Aspect, sheets: string | undefined): Promise<void> {
  console.log(
    '\nmarked by hand        marks  inside  ≥ 12 %  fit share  look/length  jumps  jerk/naive  slow step',
  );
  const totals: Totals = { marks: 0, inside: 0, large: 0, fitMs: 0, ms: 0, jumps: 0 };
  const identities: [string, Identities][] = [];
  for (const video of markedVideos) {
    const path = recordingPath(video.path);
    if (path === undefined) continue;
    const { framing, lookedShare } = await frameFile(path, aspect, sheets);
    printMarks(video, framing, lookedShare, totals);
    const { lines, cuts } = video;
    const name = nameOf(video);
    if (lines === undefined) {
      identities.push([name, compareIdentities(framing, () => 'one')]);
      continue;
    }
    const whoIs: WhoIs = (frame, { x, width }) => {
      const line = lines.findLast(({ fromFrame }) => fromFrame <= frame);
      if (line === undefined || width < line.leastWidth) return undefined;
      return x + width / 2 < line.lineX ? 'left' : 'right';
    };
    identities.push([name, compareIdentities(framing, whoIs, cuts)]);
  }
  if (totals.marks === 0) return;
  const share = (count: number) => percent(count / totals.marks);
  console.log(
    `all: ${totals.marks} marks, inside ${share(totals.inside)}, inside and at least 12 % of the height ${share(totals.large)}, ` +
      `fit ${percent(totals.fitMs / totals.ms)} of the time, ${totals.jumps} jumps for no reason`,
  );
  console.log('');
  for (const [name, found] of identities) printIdentities(name, found);
}

function printMarks(video: MarkedVideo, framing: Framing, lookedShare: number, totals: Totals): void {
  const found = video.marks.map((mark) => judgeMark(framing, mark));
  const count = (key: 'isInside' | 'isLarge') => found.filter((mark) => mark[key]).length;
  const jumps = findJumps(framing, video);
  const ms = ((framing.shots.at(-1)?.endFrame ?? 0) / rationalToNumber(framing.frameRate)) * 1000;
  totals.marks += found.length;
  totals.inside += count('isInside');
  totals.large += count('isLarge');
  totals.fitMs += fitShare(framing) * ms;
  totals.ms += ms;
  totals.jumps += jumps.length;
  console.log(
    [
      nameOf(video).slice(0, 20).padEnd(21),
      String(found.length).padStart(5),
      String(count('isInside')).padStart(7),
      String(count('isLarge')).padStart(7),
      percent(fitShare(framing)).padStart(10),
      lookedShare.toFixed(2).padStart(12),
      String(jumps.length).padStart(6),
      jerkRatio(framing).toFixed(3).padStart(11),
      `${slowStep(framing).toFixed(2)} px`.padStart(10),
      ...found.flatMap(({ isInside, isLarge, seconds }) =>
        isInside && isLarge ? [] : [`  ${isInside ? 'small' : 'outside'} at ${seconds} s`],
      ),
      ...jumps.map((frame) => `  jump at frame ${frame}`),
    ].join(' '),
  );
}

/** Two faces that cross, are hidden by a board, leave and return. */
async function measureWalkers(aspect: Aspect, sheets: string | undefined): Promise<void> {
  const face = recordingPath('video/grid-talking-faces/bbaf2n.mpg');
  if (face === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'pivot-bench-'));
  try {
    const path = await makeWalkers(dirname(face), join(folder, 'walkers.mp4'));
    const { framing } = await frameFile(path, aspect, sheets);
    printIdentities('two who cross, are hidden and leave', compareIdentities(framing, whoWalks));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function printIdentities(name: string, { people, switchesWithin, switchesAcross, mixed }: Identities): void {
  const ids = [...people].map(([who, own]) => `${who} ${own.join('+')}`).join(', ');
  const shared = mixed.length === 0 ? 'none stands for two' : `${mixed.join(', ')} stand for two`;
  console.log(
    `identities of ${name}: ${switchesWithin} switches within a shot, ${switchesAcross} over a cut, ${shared}: ${ids}`,
  );
}

function nameOf({ path }: MarkedVideo): string {
  return path.replace(/^.*\//u, '').replace(/\.[^.]*$/u, '');
}

function nearest(values: readonly number[], to: number): number {
  return values.toSorted((a, b) => Math.abs(a - to) - Math.abs(b - to))[0] ?? Infinity;
}

function judgeMark(framing: Framing, { seconds, faces }: MarkedFrame) {
  const frame = Math.round(seconds * rationalToNumber(framing.frameRate));
  const crops = shownAt(framing, frame);
  // A hand is right to a twentieth of a face.
  const held = faces.flatMap((face) =>
    crops.filter((crop) => contains(crop, shrink(face, 0.05))).map((crop) => ({ face, crop })),
  );
  return {
    seconds,
    isInside: held.length > 0,
    isLarge: held.some(({ face, crop }) => face.height >= leastHeight * crop.height),
  };
}

function shrink({ x, y, width, height }: Box, share: number): Box {
  return {
    x: x + share * width,
    y: y + share * height,
    width: width * (1 - 2 * share),
    height: height * (1 - 2 * share),
  };
}

function faceInside(
  { tracks }: Framing,
  frame: number,
  rectangle: Box,
  cuts: readonly number[],
): Box | undefined {
  const shot = cuts.findLast((cut) => cut <= frame) ?? 0;
  const next = cuts.find((cut) => cut > frame) ?? Infinity;
  for (const { boxes } of tracks) {
    const own = boxes.filter((at) => at.frame >= shot && at.frame < next);
    const isSeen = own.some((at) => Math.abs(at.frame - frame) <= 6);
    const face = isSeen ? framedCropAt(own, frame) : undefined;
    if (face === undefined) continue;
    const middle = face.x + face.width / 2;
    if (middle >= rectangle.x && middle < rectangle.x + rectangle.width) return face;
  }
  return undefined;
}

/** The face of whoever is said to speak at a frame. */
function speakerAt({ tracks, frameRate }: Framing, frame: number): Box | undefined {
  const ms = (frame * 1000) / rationalToNumber(frameRate);
  const speaker = tracks.find(({ speaking }) =>
    speaking.some(({ startMs, endMs }) => startMs <= ms && ms < endMs),
  );
  return speaker?.boxes.toSorted((a, b) => Math.abs(a.frame - frame) - Math.abs(b.frame - frame))[0];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
