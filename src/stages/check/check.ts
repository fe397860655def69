import { contentRange, contentRangeMs } from '../../domain/content-range.ts';
import { PatternPivotError } from '../../domain/errors.ts';
import { mainAudio, mainVideo } from '../../domain/media.ts';
import { checkReportSchema, type CheckReport, type Finding } from '../../domain/rendition.ts';
import type { Source } from '../../domain/source.ts';
import { rationalToNumber, type TimeRange } from '../../domain/time.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { hashFile } from '../../media/hash-file.ts';
import { probeMedia } from '../../media/probe.ts';
import type { OpenSpeechDetector } from '../../ports/speech-detector.ts';
import type { Transcriber } from '../../ports/transcriber.ts';
import { hear } from '../hear/hear.ts';
import { contentOf } from '../render/render.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { checkCaptions } from './caption-rules.ts';
import {
  checkDuration,
  checkFrameRate,
  checkLoudness,
  checkOffset,
  checkSize,
  checkTruePeak,
  round,
} from './file-rules.ts';
import { measureFile, type FileMeasurements } from './measure-file.ts';
import { checkSilences, isPlannedStill, judgeStretch, shareOwn } from './stretch-rules.ts';
import { partOf, traceRange, type SourceRange } from './trace-range.ts';
import { checkWords } from './word-rules.ts';

/** What checking takes from the world. */
export type CheckPorts = {
  readonly transcriber: Transcriber;
  readonly openSpeechDetector: OpenSpeechDetector;
  readonly cache: StageCache;
};

/** Counted up when the same file would get another report. */
const checkVersion = 4;

/**
 * Measures a finished file against its timeline and hears it back. Without a timeline, the rules that need one are skipped.
 * @throws input.* when the file cannot be read
 */
export async function checkRendition(
  path: string,
  expected: Timeline | undefined,
  ports: CheckPorts,
  context: StageContext,
): Promise<CheckReport> {
  const { signal } = context;
  const contentHash = await hashFile(path, { signal });
  return ports.cache.remember({
    name: 'check',
    version: checkVersion,
    inputs: {
      contentHash,
      // What is compared: a new title or other reasons for the same clip measure nothing anew.
      expected:
        expected === undefined
          ? undefined
          : { ...contentOf(expected), captions: expected.captions, content: contentRange(expected) },
      transcriber: ports.transcriber.model,
    },
    schema: checkReportSchema,
    run: async () => {
      const info = await probeMedia(path, { signal });
      return runCheck({ path, contentHash, info }, expected, ports, context);
    },
  });
}

async function runCheck(
  source: Source,
  expected: Timeline | undefined,
  ports: CheckPorts,
  context: StageContext,
): Promise<CheckReport> {
  const { path, info } = source;
  const { signal } = context;
  const measured = await measureFile(path, info, { signal });
  const heard = await hearBack(source, expected, ports, context);
  const findings: Finding[] = [
    checkDuration(info, measured, expected),
    checkSize(info, expected),
    checkFrameRate(info, expected),
    ...(await checkStretches('black', measured, expected, signal)),
    ...(await checkStretches('frozen', measured, expected, signal)),
    ...checkSilences(measured.silent, expected),
    checkLoudness(measured, expected),
    checkTruePeak(measured, expected),
    expected === undefined
      ? { rule: 'safe_box', status: 'skipped', text: 'There is no timeline that says where captions are.' }
      : await checkCaptions(expected, { signal }),
    checkOffset(info, measured),
    ...judgeHeard(heard, expected),
  ];
  const video = mainVideo(info);
  return {
    version: 1,
    status: findings.some(({ status }) => status === 'failed') ? 'failed' : 'passed',
    durationMs: info.durationMs,
    width: video?.displayWidth ?? 0,
    height: video?.displayHeight ?? 0,
    frameRate: video === undefined ? 0 : round(rationalToNumber(video.frameRate), 3),
    ...(measured.loudness === undefined ? {} : { loudness: measured.loudness }),
    heard: heard.text,
    findings,
  };
}

/** Black or frozen stretches, each held against the source's own picture there. */
async function checkStretches(
  rule: 'black' | 'frozen',
  measured: FileMeasurements,
  expected: Timeline | undefined,
  signal: AbortSignal,
): Promise<Finding[]> {
  const stretches = measured[rule];
  if (stretches.length === 0) {
    const text = rule === 'black' ? 'No black stretch.' : 'No frozen stretch.';
    return [{ rule, status: 'passed', text }];
  }
  const findings: Finding[] = [];
  for (const range of stretches) {
    findings.push(judgeStretch(rule, range, await findOrigin(rule, range, expected, signal)));
  }
  return findings;
}

/** The source is looked at a little further: what lasts as long as the clip shows would be too short to be noticed. In ms. */
const marginMs = 1000;

async function findOrigin(
  rule: 'black' | 'frozen',
  range: TimeRange,
  expected: Timeline | undefined,
  signal: AbortSignal,
): Promise<Parameters<typeof judgeStretch>[2]> {
  if (expected === undefined) return 'unknown';
  if (isPlannedStill(expected, range)) return 'planned';
  const origins = traceRange(expected, range);
  if (origins === undefined) return 'unknown';
  try {
    let total = { ownMs: 0, lengthMs: 0 };
    for (const origin of origins) {
      const own = shareOwn(origin.pieces, await measureOrigin(rule, origin, expected, signal));
      total = { ownMs: total.ownMs + own.ownMs, lengthMs: total.lengthMs + own.lengthMs };
    }
    return total;
  } catch (error) {
    signal.throwIfAborted();
    // The source may be gone by now: then nothing can be said.
    if (error instanceof PatternPivotError) return 'unknown';
    throw error;
  }
}

/** Black or still stretches of a source, in ms of it: of the stream and the part of the picture that the clip shows. */
async function measureOrigin(
  rule: 'black' | 'frozen',
  origin: SourceRange,
  expected: Timeline,
  signal: AbortSignal,
): Promise<TimeRange[]> {
  const info = await probeMedia(origin.path, { signal });
  const asset = expected.assets.find(({ id }) => id === origin.assetId);
  const wanted = asset?.kind === 'file' ? asset.videoStreamIndex : undefined;
  const video = wanted === undefined ? mainVideo(info) : info.video.find(({ index }) => index === wanted);
  if (video === undefined) return [];
  const { displayWidth: width, displayHeight: height } = video;
  const range = {
    startMs: Math.max(0, origin.range.startMs - marginMs),
    endMs: Math.min(info.durationMs, origin.range.endMs + marginMs),
  };
  const part = partOf(origin.crops, { width, height });
  const seen = { ...info, video: [video], audio: [] };
  const found = await measureFile(origin.path, seen, { range, part, isLenient: true, signal });
  return found[rule].map((own) => ({
    startMs: own.startMs + range.startMs,
    endMs: own.endMs + range.startMs,
  }));
}

/** What was heard, or why nothing could be. */
type HeardBack = { readonly text: string; readonly problem?: string };

/** Hears the clip itself: an intro has words of its own, which no caption shows. */
async function hearBack(
  source: Source,
  expected: Timeline | undefined,
  ports: CheckPorts,
  context: StageContext,
): Promise<HeardBack> {
  const content = expected === undefined ? undefined : contentRange(expected);
  const isPart =
    content !== undefined && (content.startFrame > 0 || content.endFrame < (expected?.durationFrames ?? 0));
  try {
    const options = {
      glossary: [],
      ...(isPart && expected !== undefined ? { range: contentRangeMs(expected) } : {}),
    };
    const outcome = await hear(source, options, ports, context);
    if (outcome.status === 'skipped') {
      // Sound that was planned and is not there is a fault; none that was planned, or too little to hear, is not.
      const isMissing = mainAudio(source.info) === undefined && isSoundPlanned(expected);
      return isMissing ? { text: '' } : { text: '', problem: outcome.reason };
    }
    return { text: outcome.value.transcript.words.map((word) => word.text).join(' ') };
  } catch (error) {
    // Another language than the transcriber's is no fault of the file.
    if (error instanceof PatternPivotError && error.code.startsWith('input.language')) {
      return { text: '', problem: error.message };
    }
    throw error;
  }
}

function isSoundPlanned(expected: Timeline | undefined): boolean {
  return expected?.tracks.some(({ kind, clips }) => kind === 'audio' && clips.length > 0) === true;
}

function judgeHeard(heard: HeardBack, expected: Timeline | undefined): Finding[] {
  if (expected === undefined) {
    const text = 'There are no captions to compare the words with.';
    return [{ rule: 'words', status: 'skipped', text }];
  }
  if (heard.problem !== undefined) {
    return [{ rule: 'words', status: 'skipped', text: `It could not be heard back: ${heard.problem}` }];
  }
  return checkWords(heard.text, expected);
}
