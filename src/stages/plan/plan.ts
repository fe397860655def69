import { basename } from 'node:path';
import { captionStyleNames } from '../../domain/caption-style.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { mainAudio, mainVideo } from '../../domain/media.ts';
import type { Moment } from '../../domain/moment.ts';
import { frameToMs, msToNearestFrame, type Rational } from '../../domain/time.ts';
import type { Asset, Clip, CueWord, FileAsset, Timeline, Track } from '../../domain/timeline.ts';
import type { Word } from '../../domain/transcript.ts';
import { makeCues } from '../captions/make-cues.ts';
import { cropToFill } from './crop.ts';
import { chooseFrameRate } from './frame-rate.ts';
import type { PlanRequest } from './plan-request.ts';

/** Platforms play at this loudness (findings of editing practice); the peak is that of the encoded file. */
const loudness = { integratedLufs: -14, truePeakDbtp: -1 };

/** What stands behind a source without a picture. */
const backdropColor = '#14181F';

const assetId = 'source';
const backdropId = 'backdrop';

/**
 * Plans one clip: a moment of a source as a timeline, filling the canvas from the middle of the picture, with the words
 * spoken in it as captions. Pure: the same request gives the same document.
 * @throws input.moment_outside_source when the moment does not lie in the source
 */
export function planTimeline({ source, moment, transcript, options }: PlanRequest): Timeline {
  const { width = 1080, height = 1920, captionLook, toolVersion } = options;
  const video = mainVideo(source.info);
  const audio = mainAudio(source.info);
  const frameRate = chooseFrameRate(video);
  const words = wordsInside(transcript.words, moment);
  const cut = cutFrames(moment, words, source.info.durationMs, frameRate);

  const asset: FileAsset = {
    id: assetId,
    kind: 'file',
    path: source.path,
    contentHash: source.contentHash,
    durationMs: source.info.durationMs,
    hasVideo: video !== undefined,
    hasAudio: audio !== undefined,
    ...(video === undefined ? {} : { videoStreamIndex: video.index }),
    ...(audio === undefined ? {} : { audioStreamIndex: audio.index }),
  };
  const durationFrames = cut.endFrame - cut.startFrame;
  const clip = (id: string): Clip => ({
    id,
    assetId,
    startFrame: 0,
    durationFrames,
    sourceStartFrame: cut.startFrame,
    speed: { num: 1, den: 1 },
    effects: [],
  });
  const picture: Clip =
    video === undefined
      ? { ...clip('v1-1'), assetId: backdropId, sourceStartFrame: 0 }
      : {
          ...clip('v1-1'),
          effects: [{ kind: 'crop', keyframes: [{ frame: 0, ...cropOf(video, { width, height }) }] }],
        };
  const assets: Asset[] = [asset];
  if (video === undefined) assets.push({ id: backdropId, kind: 'color', color: backdropColor });
  const tracks: Track[] = [{ id: 'v1', kind: 'video', clips: [picture] }];
  if (audio !== undefined) tracks.push({ id: 'a1', kind: 'audio', clips: [clip('a1-1')] });

  const cueWords = toCueWords(words, cut.startFrame, durationFrames, frameRate, source.info.durationMs);
  const endMs = Math.floor((durationFrames * 1000 * frameRate.den) / frameRate.num);
  return {
    version: 1,
    name: (moment.title.trim() || basename(source.path)).slice(0, 500),
    frameRate,
    width,
    height,
    durationFrames,
    loudness,
    assets,
    tracks,
    transitions: [],
    captions: {
      style: captionLook?.name ?? 'none',
      ...(captionLook === undefined || captionStyleNames.includes(captionLook.name)
        ? {}
        : { look: captionLook }),
      cues: makeCues(cueWords, { look: captionLook, width, height, endMs }),
    },
    metadata: {
      pivot: {
        ...(toolVersion === undefined ? {} : { toolVersion }),
        moment: {
          startMs: moment.startMs,
          endMs: moment.endMs,
          score: moment.score,
          title: moment.title,
          text: moment.text,
          chosenBy: moment.chosenBy,
        },
        reasons: moment.reasons.map((reason) => ({ ...reason })),
        frameRate: { source: video?.frameRate ?? null, isVariable: video?.isVariableFrameRate ?? false },
      },
    },
  };
}

function cropOf(
  video: { displayWidth: number; displayHeight: number },
  canvas: { width: number; height: number },
) {
  return cropToFill({ width: video.displayWidth, height: video.displayHeight }, canvas);
}

/** The words of a moment: those whose middle lies in it. A recogniser's times reach a little into the pause after a word. */
function wordsInside(words: readonly Word[], moment: Moment): Word[] {
  return words.filter((word) => {
    const middleMs = (word.startMs + word.endMs) / 2;
    return middleMs >= moment.startMs && middleMs < moment.endMs;
  });
}

/**
 * The frames of the source, conformed to a rate, that a moment is cut to: the nearest ones, or one further out where the
 * nearest would take something off the first or the last word.
 */
function cutFrames(
  moment: Moment,
  words: readonly Word[],
  sourceMs: number,
  rate: Rational,
): { startFrame: number; endFrame: number } {
  const framesMs = (frame: number) => (frame * 1000 * rate.den) / rate.num;
  const availableFrames = Math.ceil((sourceMs * rate.num) / (1000 * rate.den));
  const firstMs = Math.max(moment.startMs, words[0]?.startMs ?? moment.endMs);
  const spokenEndMs = words.reduce((latest, word) => Math.max(latest, word.endMs), moment.startMs);
  const lastMs = Math.min(moment.endMs, spokenEndMs);
  let startFrame = msToNearestFrame(moment.startMs, rate);
  if (startFrame > 0 && framesMs(startFrame) > firstMs) startFrame -= 1;
  let endFrame = msToNearestFrame(moment.endMs, rate);
  if (framesMs(endFrame) < lastMs) endFrame += 1;
  endFrame = Math.min(endFrame, availableFrames);
  if (endFrame <= startFrame) {
    throw new PatternPivotError(
      'input.moment_outside_source',
      `The moment from ${moment.startMs} to ${moment.endMs} ms has no frame in a source of ${sourceMs} ms.`,
      {
        hint: 'Choose a range inside the source that is at least a frame long.',
        context: { startMs: moment.startMs, endMs: moment.endMs, sourceMs },
      },
    );
  }
  return { startFrame, endFrame };
}

function toCueWords(
  words: readonly Word[],
  startFrame: number,
  durationFrames: number,
  rate: Rational,
  sourceMs: number,
): CueWord[] {
  const offsetMs = frameToMs(startFrame, rate);
  const endMs = Math.floor((durationFrames * 1000 * rate.den) / rate.num);
  const place = (ms: number) => Math.max(0, Math.min(endMs, ms - offsetMs));
  return words.map((word) => ({
    text: word.text,
    startMs: place(word.startMs),
    endMs: place(word.endMs),
    sourceStartMs: word.startMs,
    sourceEndMs: Math.max(word.startMs, Math.min(word.endMs, sourceMs)),
    assetId,
  }));
}
