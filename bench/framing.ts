import { readFileSync } from 'node:fs';
import { aspects, aspectNames, type Aspect } from '../src/domain/aspect.ts';
import { framedCropAt, type FramedCrop, type Framing } from '../src/domain/framing.ts';
import type { Source } from '../src/domain/source.ts';
import { durationMs, rationalToNumber } from '../src/domain/time.ts';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { probeMedia } from '../src/media/probe.ts';
import { hearSpeech } from '../src/stages/frame/find-speech.ts';
import { frameSource } from '../src/stages/frame/frame-source.ts';
import { drawSheet } from '../src/stages/frame/sheet.ts';
import { look } from '../src/stages/look/look.ts';
import type { StageCache } from '../src/stages/stage.ts';
import { recordingPath } from '../test/recordings.ts';
import { markedVideos, type Box, type DialogueTruth, type MarkedFrame } from './framing-truth.ts';

/** Framing: how much of the speaking face is in the crop, how steady the camera is, and how often it jumps for no reason. */

const usage = 'npm run bench -- framing [9:16|4:5|1:1|16:9 = 9:16] [folder for sheets]';

const forgets: StageCache = {
  remember: (work) => work.run(),
  rememberFile: () => Promise.reject(new Error('No file is made here.')),
};
const quiet = { signal: new AbortController().signal, report: () => {} };

/** A camera that moves by more than this within a shot, from one frame to the next, has jumped. In crop widths. */
const jumpWidths = 0.15;

/** A change of speaker may be seen so much before and after it. In seconds. */
const turnTolerance = 0.6;

/** Slower than this a move is slow, in px of the canvas a frame. */
const slowPx = 2;

type Framed = { readonly source: Source; readonly framing: Framing; readonly lookedShare: number };

/** Measures everything that is on this machine and prints it. */
export async function run(args: string[]): Promise<void> {
  const aspect = (args[0] ?? '9:16') as Aspect;
  if (!aspectNames.includes(aspect)) throw new Error(usage);
  const sheets = args[1];
  const dialogue = recordingPath('video/assembled/grid_two_person_dialogue.mp4');
  if (dialogue === undefined) console.log('The dialogue is not on this machine.');
  else await measureDialogue(dialogue, aspect, sheets);
  console.log(
    '\nmarked by hand        marks  inside  ≥ 12 %  fit share  look/length  jumps  jerk/naive  slow step',
  );
  for (const { path: relative, marks } of markedVideos) {
    const path = recordingPath(relative);
    if (path === undefined) continue;
    const framed = await frameFile(path, aspect, sheets);
    const found = marks.map((mark) => judgeMark(framed.framing, mark));
    const count = (key: 'isInside' | 'isLarge') => found.filter((mark) => mark[key]).length;
    const { framing } = framed;
    console.log(
      [
        relative.replace(/^.*\//u, '').slice(0, 20).padEnd(21),
        String(marks.length).padStart(5),
        String(count('isInside')).padStart(7),
        String(count('isLarge')).padStart(7),
        percent(fitShare(framing)).padStart(10),
        framed.lookedShare.toFixed(2).padStart(12),
        String(countJumps(framing, () => false)).padStart(6),
        jerkRatio(framing).toFixed(3).padStart(11),
        `${slowStep(framing).toFixed(2)} px`.padStart(10),
      ].join(' '),
    );
  }
}

async function frameFile(path: string, aspect: Aspect, sheets: string | undefined): Promise<Framed> {
  const info = await probeMedia(path);
  const source: Source = { path, contentHash: `sha256:${'0'.repeat(64)}`, info };
  const range = { startMs: 0, endMs: info.durationMs };
  const speech = await hearSpeech(source, range, { openSpeechDetector: openSilero, cache: forgets }, quiet);
  const startedAt = performance.now();
  const [seen] = await look(source, [range], { cache: forgets, faces: true }, quiet);
  const lookedShare = (performance.now() - startedAt) / durationMs(range);
  if (seen === undefined) throw new Error(`${path} has no picture.`);
  const framing = frameSource(source, seen, range, { canvas: aspects[aspect], speech });
  if (sheets !== undefined) {
    const name = path.replace(/^.*\//u, '').replace(/\.[^.]*$/u, '');
    await drawSheet(source, framing, `${sheets}/${name}-${aspect.replace(':', 'x')}.png`, quiet);
  }
  return { source, framing, lookedShare };
}

/** The dialogue: every frame has a speaker, and a face on that speaker's side. */
async function measureDialogue(path: string, aspect: Aspect, sheets: string | undefined): Promise<void> {
  const truth = JSON.parse(readFileSync(path.replace(/\.mp4$/u, '.gt.json'), 'utf8')) as DialogueTruth;
  const { framing, lookedShare } = await frameFile(path, aspect, sheets);
  const fps = rationalToNumber(framing.frameRate);
  let frames = 0;
  let inside = 0;
  let large = 0;
  let onSide = 0;
  const end = framing.shots.at(-1)?.endFrame ?? 0;
  for (let frame = 0; frame < end; frame += 1) {
    const turn = truth.turns.find((own) => own.start * fps <= frame && frame < own.end * fps);
    if (turn === undefined) continue;
    const [x, y, width, height] = turn.speaker_rect;
    const face = faceInside(framing, frame, { x, y, width, height }, truth.cuts_frames);
    const crop = cropAt(framing, frame);
    frames += 1;
    if (face === undefined || crop === undefined) continue;
    const middle = crop.x + crop.width / 2;
    if (middle >= x && middle < x + width) onSide += 1;
    if (contains(crop, face)) {
      inside += 1;
      if (face.height >= 0.12 * crop.height) large += 1;
    }
  }
  const changes = [...truth.turns.map(({ start }) => start * fps), ...truth.cuts_frames];
  const isTurn = (frame: number) => changes.some((change) => Math.abs(change - frame) <= turnTolerance * fps);
  const late = truth.turns.slice(1).map(
    ({ start }) =>
      nearest(
        framing.shots.map(({ startFrame }) => startFrame / fps),
        start,
      ) - start,
  );
  console.log(`dialogue put together, ${frames} frames, ${aspect}`);
  console.log(`  camera on the speaker's side      ${percent(onSide / frames)}`);
  console.log(`  speaking face wholly inside       ${percent(inside / frames)}`);
  console.log(`  … and at least 12 % of the height ${percent(large / frames)}`);
  console.log(`  fit over a blurred fill           ${percent(fitShare(framing))}`);
  console.log(`  jumps without a change of speaker ${countJumps(framing, isTurn)}`);
  console.log(`  cut after a new speaker, seconds  ${late.map((value) => value.toFixed(2)).join(' ')}`);
  console.log(`  people (there are ten)            ${framing.tracks.length}`);
  console.log(`  jerk over that of a naive crop    ${jerkRatio(framing).toFixed(3)}`);
  console.log(`  looking took so much of its length ${lookedShare.toFixed(2)}`);
}

function nearest(values: readonly number[], to: number): number {
  return values.toSorted((a, b) => Math.abs(a - to) - Math.abs(b - to))[0] ?? Infinity;
}

function judgeMark(framing: Framing, { seconds, faces }: MarkedFrame) {
  const frame = Math.round(seconds * rationalToNumber(framing.frameRate));
  const crop = cropAt(framing, frame);
  // A hand is right to a twentieth of a face.
  const held = faces.filter((face) => crop !== undefined && contains(crop, shrink(face, 0.05)));
  return {
    isInside: held.length > 0,
    isLarge: held.some((face) => face.height >= 0.12 * (crop?.height ?? Infinity)),
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

function contains(crop: Box, face: Box): boolean {
  return (
    face.x >= crop.x - 0.5 &&
    face.y >= crop.y - 0.5 &&
    face.x + face.width <= crop.x + crop.width + 0.5 &&
    face.y + face.height <= crop.y + crop.height + 0.5
  );
}

function cropAt({ shots }: Framing, frame: number): FramedCrop | undefined {
  const shot = shots.find(({ startFrame, endFrame }) => startFrame <= frame && frame < endFrame);
  return shot === undefined ? undefined : framedCropAt(shot.crops, frame);
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

function fitShare({ shots }: Framing): number {
  const frames = (some: Framing['shots']) =>
    some.reduce((sum, { startFrame, endFrame }) => sum + endFrame - startFrame, 0);
  return frames(shots.filter(({ layout }) => layout === 'fit')) / Math.max(1, frames(shots));
}

/** Places where the camera is elsewhere from one frame to the next: between the shots of a framing it may be, for a reason. */
function countJumps(framing: Framing, isReason: (frame: number) => boolean): number {
  let jumps = 0;
  for (const { startFrame, endFrame, crops, reason } of framing.shots) {
    for (let frame = startFrame + 1; frame < endFrame; frame += 1) {
      if (step(crops, frame) > jumpWidths) jumps += 1;
    }
    const isCut = reason.endsWith('speaks') && startFrame > 0 && isReason(startFrame);
    if (isReason(startFrame) || isCut || startFrame === 0) continue;
    const before = framing.shots.find((shot) => shot.endFrame === startFrame);
    // Another speaker within a shot is a reason, and so is a cut of the source: only the same person twice is none.
    if (
      before?.trackIds.length === 1 &&
      before.trackIds[0] === framing.shots.find((shot) => shot.startFrame === startFrame)?.trackIds[0]
    ) {
      const [from, to] = [framedCropAt(before.crops, startFrame - 1), framedCropAt(crops, startFrame)];
      if (from !== undefined && to !== undefined && Math.abs(from.x - to.x) > jumpWidths * to.width) {
        console.log(`  (the same person elsewhere at frame ${startFrame}: a cut of the source)`);
      }
    }
  }
  return jumps;
}

function step(crops: readonly FramedCrop[], frame: number): number {
  const [from, to] = [framedCropAt(crops, frame - 1), framedCropAt(crops, frame)];
  if (from === undefined || to === undefined) return 0;
  return Math.abs(to.x + to.width / 2 - from.x - from.width / 2) / to.width;
}

/** Mean size of the third difference of the camera's middle over that of a crop whose middle is the face's at every frame. */
function jerkRatio(framing: Framing): number {
  let own = 0;
  let naive = 0;
  for (const { startFrame, endFrame, crops, trackIds } of framing.shots) {
    const boxes = framing.tracks.find(({ id }) => id === trackIds[0])?.boxes;
    if (boxes === undefined) continue;
    const middles = (list: readonly FramedCrop[]) =>
      Array.from({ length: endFrame - startFrame }, (_, index) => {
        const at = framedCropAt(list, startFrame + index);
        return at === undefined ? 0 : at.x + at.width / 2;
      });
    own += sumJerk(middles(crops));
    naive += sumJerk(middles(boxes));
  }
  return naive === 0 ? 0 : own / naive;
}

function sumJerk(path: readonly number[]): number {
  let sum = 0;
  for (let at = 3; at < path.length; at += 1) {
    sum += Math.abs(path[at]! - 3 * path[at - 1]! + 3 * path[at - 2]! - path[at - 3]!);
  }
  return sum;
}

/** The largest change of speed from one frame to the next while a move is slow, in px of the canvas. */
function slowStep({ shots, canvas }: Framing): number {
  let largest = 0;
  for (const { startFrame, endFrame, crops } of shots) {
    const shown = Array.from({ length: endFrame - startFrame }, (_, index) => {
      const crop = framedCropAt(crops, startFrame + index);
      return crop === undefined ? 0 : (crop.x * canvas.width) / crop.width;
    });
    for (let at = 2; at < shown.length; at += 1) {
      const [before, now] = [shown[at - 1]! - shown[at - 2]!, shown[at]! - shown[at - 1]!];
      if (Math.abs(before) < slowPx && Math.abs(now) < slowPx)
        largest = Math.max(largest, Math.abs(now - before));
    }
  }
  return largest;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
