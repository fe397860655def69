import { basename } from 'node:path';
import { captionStyleNames } from '../../domain/caption-style.ts';
import { mainVideo } from '../../domain/media.ts';
import type { Seen, Shot } from '../../domain/shot.ts';
import type { Source } from '../../domain/source.ts';
import { rationalToNumber, type Rational } from '../../domain/time.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { captionBoxes } from '../captions/layout.ts';
import { makeCues } from '../captions/make-cues.ts';
import { avoidCuts } from '../look/avoid-cuts.ts';
import { tighten } from '../tighten/tighten.ts';
import { brandLook } from './brand.ts';
import { placeCaptions } from './caption-place.ts';
import { cutMoment, keepPieces, pieceRange } from './cut-moment.ts';
import { markKeyWords } from './emphasis.ts';
import { chooseFrameRate } from './frame-rate.ts';
import { describeFraming, planFraming } from './framed.ts';
import { layOutAudiogram } from './lay-out-audiogram.ts';
import { layOutPicture, lengthOf, type ZoomedPiece } from './lay-out-picture.ts';
import { layOutSound } from './lay-out-sound.ts';
import { fileMaterial } from './material.ts';
import type { PlanRequest, StillPicture } from './plan-request.ts';
import { placeWords, shareOut, wordsWithin } from './place-words.ts';
import { choosePunchIns } from './punch-in.ts';
import { recordingMaterial } from './recording.ts';

/** Platforms play at this loudness (findings of editing practice); the peak is that of the encoded file. */
const loudness = { integratedLufs: -14, truePeakDbtp: -1 };

/** Of waveforms, where neither captions nor a brand give a colour. */
const waveColor = '#FFFFFF';

/**
 * Plans one clip: a moment of a source as a timeline. What is kept of it becomes pieces, and pieces become pictures, sound
 * and captions. Of the brand only the captions' look is minded; `applyBrand` does the rest to the finished plan. Pure: the
 * same request gives the same document.
 * @throws input.moment_outside_source when the moment does not lie in the source
 */
export function planTimeline({ source, moment, transcript, seen, sound, options }: PlanRequest): Timeline {
  const { width = 1080, height = 1920, layout = 'auto', focus, brand, toolVersion } = options;
  const { tighten: tightenMode = 'off', punchIn = 'off' } = options;
  const canvas = { width, height };
  const video = mainVideo(source.info);
  const frameRate = options.frameRate ?? chooseFrameRate(video);
  const material = source.members === undefined ? fileMaterial(source) : recordingMaterial(source, frameRate);

  const words = wordsWithin(transcript.words, moment);
  const shots = shotsAt(seen, frameRate);
  const cut = avoidCuts(cutMoment(moment, words, source.info.durationMs, frameRate), shots, {
    frameRate,
    words: transcript.words,
  });
  const tightened = tighten({
    transcript,
    sound,
    range: pieceRange(cut, frameRate),
    mode: tightenMode,
    keepStretches: options.keepStretches,
  });
  // Where a picture would flash up beside a jump cut, this moves onto the real one, as long as nobody speaks there.
  const { pieces: kept, removed } = keepPieces(cut, tightened.removed, frameRate, (piece) =>
    avoidCuts(piece, shots, { frameRate, words: [...words, ...transcript.speech] }),
  );
  const wordsOf = shareOut(words, kept, frameRate);
  const spoken = kept.map((piece, index) => Object.assign({ words: wordsOf[index] ?? [] }, piece));
  const stretches = spoken.map((piece) => material.showPiece(piece, piece.words));
  const zooms = choosePunchIns(kept, punchIn, frameRate, {
    shots,
    isOtherPicture: (index) => stretches[index - 1]?.at(-1)?.assetId !== stretches[index]?.[0]?.assetId,
  });
  const pieces = spoken.map((piece, index): ZoomedPiece => Object.assign({ zoom: zooms[index] ?? 1 }, piece));
  const durationFrames = lengthOf(pieces);

  const look =
    options.captionLook === undefined || brand === undefined
      ? options.captionLook
      : brandLook(options.captionLook, brand);
  const fonts = [...(brand?.captionFont === undefined ? [] : [brand.captionFont]), ...(options.fonts ?? [])];
  const endMs = Math.floor((durationFrames * 1000 * frameRate.den) / frameRate.num);
  const placed = placeWords(pieces, material, frameRate);
  const cues = makeCues(placed, { look, width, height, endMs, fonts });
  const captions: Timeline['captions'] = {
    style: look?.name ?? 'none',
    ...(look === undefined || captionStyleNames.includes(look.name) ? {} : { look }),
    cues: options.isEmphasised === true ? markKeyWords(cues, transcript) : cues,
  };
  const framed = planFraming({
    source,
    material,
    seen,
    range: pieceRange(cut, frameRate),
    speech: transcript.speech,
    layout,
    focus,
    rangedWishes: options.rangedWishes,
    canvas,
    rate: frameRate,
  });
  const blank: Timeline = {
    version: 1,
    name: (moment.title.trim() || basename(source.path)).slice(0, 500),
    frameRate,
    width,
    height,
    durationFrames,
    loudness,
    assets: [...material.assets],
    ...(fonts.length === 0 ? {} : { fonts }),
    tracks: [],
    transitions: [],
    captions,
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
        layout,
        ...(framed === undefined ? {} : { framing: describeFraming(framed) }),
        ...(tightenMode === 'off' ? {} : { tightening: { mode: tightenMode, removed } }),
        ...(zooms.some((zoom) => zoom > 1) ? { punchIn: { mode: punchIn, zooms } } : {}),
      },
    },
  };
  const shown = stretches.some((shown) => shown.length > 0)
    ? layOutPicture(pieces, material, layout, canvas, framed)
    : layOutAudiogram({
        pieces,
        material,
        canvas,
        rate: frameRate,
        look: options.audiogram ?? 'waveform',
        color: look?.spoken?.color ?? waveColor,
        picture: options.picture ?? findCover(source),
        captionBoxes: captionBoxes(blank).map(({ box }) => box),
      });
  const tracks = [...shown.tracks, ...layOutSound(pieces, material)];
  const assets = [...material.assets, ...shown.assets];
  const used = new Set(tracks.flatMap((track) => track.clips.map((clip) => clip.assetId)));
  for (const cue of captions.cues) for (const word of cue.words) used.add(word.assetId);
  for (const asset of assets) if (asset.kind === 'waveform' && used.has(asset.id)) used.add(asset.assetId);
  const planned = { ...blank, assets: assets.filter((asset) => used.has(asset.id)), tracks };
  if (framed === undefined) return planned;
  return { ...planned, captions: { ...captions, cues: [...placeCaptions(planned, framed)] } };
}

/** The picture that an audio file carries. */
function findCover({ info, path, contentHash }: Source): StillPicture | undefined {
  const cover = info.video.find((stream) => stream.isAttachedPicture);
  if (cover === undefined) return undefined;
  const { index: videoStreamIndex, displayWidth: width, displayHeight: height } = cover;
  return { path, contentHash, videoStreamIndex, width, height };
}

/** The shots that were seen, in frames of the timeline's rate. */
function shotsAt(seen: Seen | undefined, rate: Rational): readonly Shot[] {
  if (seen === undefined) return [];
  const factor = rationalToNumber(rate) / rationalToNumber(seen.frameRate);
  if (factor === 1) return seen.shots;
  return seen.shots.map(({ startFrame, endFrame, startsWith }) => ({
    startFrame: Math.round(startFrame * factor),
    endFrame: Math.round(endFrame * factor),
    startsWith,
  }));
}
