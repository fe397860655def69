import { mainAudio, mainVideo } from '../../domain/media.ts';
import {
  fromMemberMs,
  heardMembers,
  mixGainDb,
  toMemberMs,
  type Source,
  type SourceMember,
} from '../../domain/source.ts';
import type { FileAsset } from '../../domain/timeline.ts';
import type { Word } from '../../domain/transcript.ts';
import { frameToMs, msToNearestFrame, type Rational } from '../../domain/time.ts';
import { isCameraOf } from '../align/name-speakers.ts';
import type { HeardStretch, Piece, ShownStretch, SourceMaterial } from './material.ts';

/** What a plan takes from a recording of several files: the camera of whoever speaks, and everybody's microphone. */

/** Cuts to another camera come no closer than this: quicker ones unsettle, and a "yes" needs no picture of its own. In ms. */
const minShotMs = 1500;

/** The picture changes a little before the words, as editors do it, in ms. */
const leadMs = 120;

/** A microphone whose owner is silent goes down by this, so that the room is not heard twice. In dB. */
const idleDuckDb = -12;

/** Another speaker's word or two within a sentence don't duck anybody, in ms. */
const minTurnMs = 400;

/** A part of the source's time in which one person speaks, or nobody known. */
type Turn = { startMs: number; endMs: number; readonly speaker: string | undefined };

/** The material of a recording of several files that were lined up. `rate` is the timeline's. */
export function recordingMaterial(source: Source, rate: Rational): SourceMaterial {
  const members = source.members ?? [];
  const idOf = new Map(members.map((member, index) => [member, `source-${index + 1}`]));
  const assetOf = (member: SourceMember) => idOf.get(member) ?? 'source-1';
  const cameras = members.filter(({ info }) => mainVideo(info) !== undefined);
  const microphones = heardMembers(source);
  return {
    assets: members.map((member) => describeAsset(member, assetOf(member))),
    showPiece: (piece, words) =>
      planShots(findTurns(words, piece, rate), cameras, piece, rate).flatMap((shot) =>
        showCamera(shot, cameras, rate).map(({ camera, ...stretch }) =>
          Object.assign(stretch, { assetId: assetOf(camera) }),
        ),
      ),
    hearPiece: (piece, words) => {
      const turns = mergeShort(findTurns(words, piece, rate), minTurnMs);
      return microphones.flatMap((microphone, index) =>
        hearMicrophone(microphone, turns, piece, rate).map((stretch) =>
          Object.assign({ trackId: `a${index + 1}`, assetId: assetOf(microphone) }, stretch),
        ),
      );
    },
    findWord: (word) => {
      const own = microphones.find(({ speaker }) => speaker !== undefined && speaker === word.speaker);
      const member = own ?? microphones[0] ?? members[0];
      if (member === undefined) return { assetId: 'source-1', startMs: word.startMs, endMs: word.endMs };
      const place = (ms: number) =>
        Math.round(Math.max(0, Math.min(member.info.durationMs, toMemberMs(member, ms))));
      const startMs = place(word.startMs);
      return { assetId: assetOf(member), startMs, endMs: Math.max(startMs, place(word.endMs)) };
    },
  };
}

function describeAsset({ path, contentHash, info }: SourceMember, id: string): FileAsset {
  const video = mainVideo(info);
  const audio = mainAudio(info);
  return {
    id,
    kind: 'file',
    path,
    contentHash,
    durationMs: info.durationMs,
    hasVideo: video !== undefined,
    hasAudio: audio !== undefined,
    ...(video === undefined ? {} : { videoStreamIndex: video.index }),
    ...(audio === undefined ? {} : { audioStreamIndex: audio.index }),
  };
}

/** Who speaks when in a piece, without gaps: it changes half way between the words of one and those of the next. */
function findTurns(words: readonly Word[], piece: Piece, rate: Rational): Turn[] {
  const pieceStartMs = frameToMs(piece.startFrame, rate);
  const pieceEndMs = frameToMs(piece.endFrame, rate);
  const turns: Turn[] = [];
  let lastEndMs = pieceStartMs;
  for (const word of words) {
    const last = turns.at(-1);
    if (last === undefined) turns.push({ startMs: pieceStartMs, endMs: pieceEndMs, speaker: word.speaker });
    else if (last.speaker !== word.speaker) {
      const atMs = Math.max(last.startMs, Math.min(pieceEndMs, (lastEndMs + word.startMs) / 2));
      last.endMs = atMs;
      turns.push({ startMs: atMs, endMs: pieceEndMs, speaker: word.speaker });
    }
    lastEndMs = word.endMs;
  }
  return turns.length > 0 ? turns : [{ startMs: pieceStartMs, endMs: pieceEndMs, speaker: undefined }];
}

/** Turns that are too short fall to the one before (the first to the one after); neighbours of one speaker are one. */
function mergeShort(turns: readonly Turn[], minMs: number): Turn[] {
  const merged: Turn[] = [];
  for (const [index, turn] of turns.entries()) {
    const last = merged.at(-1);
    const isShort = turn.endMs - turn.startMs < minMs;
    if (last !== undefined && (isShort || last.speaker === turn.speaker)) last.endMs = turn.endMs;
    else if (isShort && index < turns.length - 1) {
      const next = turns[index + 1];
      merged.push({ ...turn, speaker: next?.speaker });
    } else merged.push({ ...turn });
  }
  return merged;
}

type Shot = Piece & { readonly speaker: string | undefined };

/** Which speaker's camera is on when: changes follow the turns, a little early, and never come quickly. */
function planShots(
  turns: readonly Turn[],
  cameras: readonly SourceMember[],
  piece: Piece,
  rate: Rational,
): Shot[] {
  // Turns between people whom one camera shows are no cuts.
  const seen = mergeShort(
    turns.map((turn) => Object.assign({}, turn, { speaker: chooseCamera(turn.speaker, cameras)?.path })),
    minShotMs,
  );
  let startFrame = piece.startFrame;
  return seen.flatMap((turn, index) => {
    const isLast = index === seen.length - 1;
    const endFrame = isLast
      ? piece.endFrame
      : Math.min(piece.endFrame, Math.max(startFrame, msToNearestFrame(turn.endMs - leadMs, rate)));
    const shot = { startFrame, endFrame, speaker: turn.speaker };
    startFrame = endFrame;
    return shot.endFrame > shot.startFrame ? [shot] : [];
  });
}

/** A speaker's own camera: the file that they speak into, one that bears their name; else the first. */
function chooseCamera(
  speaker: string | undefined,
  cameras: readonly SourceMember[],
): SourceMember | undefined {
  const own =
    speaker === undefined
      ? undefined
      : (cameras.find((camera) => camera.speaker === speaker) ??
        cameras.find((camera) => isCameraOf(camera.path, speaker)));
  return own ?? cameras[0];
}

/** A shot's camera; where it does not run, the first other one that does. */
function showCamera(
  shot: Shot,
  cameras: readonly SourceMember[],
  rate: Rational,
): (Omit<ShownStretch, 'assetId'> & { camera: SourceMember })[] {
  const wanted = cameras.find(({ path }) => path === shot.speaker);
  const inOrder = wanted === undefined ? cameras : [wanted, ...cameras.filter((camera) => camera !== wanted)];
  const shown: (Omit<ShownStretch, 'assetId'> & { camera: SourceMember })[] = [];
  let uncovered: Piece[] = [{ startFrame: shot.startFrame, endFrame: shot.endFrame }];
  for (const camera of inOrder) {
    const video = mainVideo(camera.info);
    if (video === undefined) continue;
    const rest: Piece[] = [];
    for (const piece of uncovered) {
      const part = partOf(camera, piece, rate);
      if (part === undefined) {
        rest.push(piece);
        continue;
      }
      shown.push({ ...part, video, camera });
      if (part.startFrame > piece.startFrame)
        rest.push({ startFrame: piece.startFrame, endFrame: part.startFrame });
      if (part.endFrame < piece.endFrame) rest.push({ startFrame: part.endFrame, endFrame: piece.endFrame });
    }
    uncovered = rest;
  }
  return shown.toSorted((a, b) => a.startFrame - b.startFrame);
}

/** What a microphone gives of a piece: itself while its owner speaks, less of it while another does. */
function hearMicrophone(
  microphone: SourceMember,
  turns: readonly Turn[],
  piece: Piece,
  rate: Rational,
): Omit<HeardStretch, 'trackId' | 'assetId'>[] {
  const gainDb = mixGainDb(microphone);
  const { speaker } = microphone;
  let startFrame = piece.startFrame;
  return mergeGains(
    turns.flatMap((turn, index) => {
      const endFrame =
        index === turns.length - 1
          ? piece.endFrame
          : Math.min(piece.endFrame, Math.max(startFrame, msToNearestFrame(turn.endMs, rate)));
      const isIdle = speaker !== undefined && turn.speaker !== undefined && turn.speaker !== speaker;
      const part = { startFrame, endFrame, gainDb: gainDb + (isIdle ? idleDuckDb : 0) };
      startFrame = endFrame;
      return part.endFrame > part.startFrame ? [part] : [];
    }),
  ).flatMap((part) => {
    const own = partOf(microphone, part, rate);
    if (own === undefined) return [];
    return [{ ...own, gainDb: Math.round(part.gainDb * 10) / 10 }];
  });
}

type Level = Piece & { readonly gainDb: number };

function mergeGains(levels: readonly Level[]): Level[] {
  const merged: Level[] = [];
  for (const level of levels) {
    const last = merged.at(-1);
    if (last?.gainDb === level.gainDb && last.endFrame === level.startFrame) {
      merged[merged.length - 1] = { ...last, endFrame: level.endFrame };
    } else merged.push(level);
  }
  return merged;
}

/** The part of a stretch in which a file runs, and where in the file it begins; undefined when it does not run then. */
function partOf(
  member: SourceMember,
  stretch: Piece,
  rate: Rational,
): (Piece & { sourceStartFrame: number }) | undefined {
  const firstFrame = Math.ceil((member.offsetMs * rate.num) / (1000 * rate.den));
  const lastMs = fromMemberMs(member, member.info.durationMs);
  const lastFrame = Math.floor((lastMs * rate.num) / (1000 * rate.den));
  const startFrame = Math.max(stretch.startFrame, firstFrame);
  const endFrame = Math.min(stretch.endFrame, lastFrame);
  if (endFrame <= startFrame) return undefined;
  const exactMs = (startFrame * 1000 * rate.den) / rate.num;
  const availableFrames = Math.floor((member.info.durationMs * rate.num) / (1000 * rate.den));
  const wanted = msToNearestFrame(Math.max(0, toMemberMs(member, exactMs)), rate);
  const sourceStartFrame = Math.max(0, Math.min(wanted, availableFrames - 1));
  // Rounding may leave a frame less than the range has.
  const length = Math.min(endFrame - startFrame, availableFrames - sourceStartFrame);
  return length <= 0 ? undefined : { startFrame, endFrame: startFrame + length, sourceStartFrame };
}
