import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_DISPOSITION_DEFAULT,
  AV_DISPOSITION_TIMED_THUMBNAILS,
  AV_NOPTS_VALUE,
  AV_PKT_DATA_DISPLAYMATRIX,
} from 'node-av/constants';
import { avGetPixFmtName, type Stream } from 'node-av/lib';
import type { AudioStream, VideoStream } from '../domain/media.ts';
import { rationalToNumber, type Rational } from '../domain/time.ts';
import { findDecoder } from './input-file.ts';

/** What reading the start of a stream showed. Times are seconds from the start of the file, in packet order. */
export type VideoSample = { decoded: boolean; isInterlaced: boolean; timesSeconds: number[] };

/** A video stream as a viewer sees it; undefined when there is no decoder or no size. */
export function describeVideo(
  stream: Stream,
  fileStartSeconds: number,
  sample: VideoSample | undefined,
): VideoStream | undefined {
  const { codecpar } = stream;
  const codec = findDecoder(codecpar.codecId);
  if (codec === undefined || codecpar.width <= 0 || codecpar.height <= 0) return undefined;
  const rotationDegrees = readRotation(codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX));
  const sampleAspectRatio = positive(stream.sampleAspectRatio) ?? positive(codecpar.sampleAspectRatio) ?? one;
  const squareWidth = Math.max(
    1,
    Math.round((codecpar.width * sampleAspectRatio.num) / sampleAspectRatio.den),
  );
  const isVariableFrameRate = isUneven(sample?.timesSeconds ?? []);
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  return {
    index: stream.index,
    codec: codec.name ?? 'unknown',
    width: codecpar.width,
    height: codecpar.height,
    displayWidth: isTurned ? codecpar.height : squareWidth,
    displayHeight: isTurned ? squareWidth : codecpar.height,
    rotationDegrees,
    sampleAspectRatio,
    frameRate: chooseRate(positive(stream.avgFrameRate), positive(stream.rFrameRate), isVariableFrameRate),
    isVariableFrameRate,
    pixelFormat: codecpar.format < 0 ? 'unknown' : (avGetPixFmtName(codecpar.format as never) ?? 'unknown'),
    colorTransfer: colorTransfers[codecpar.colorTrc] ?? 'unknown',
    isInterlaced: sample?.isInterlaced ?? false,
    isAttachedPicture:
      stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC) ||
      stream.hasDisposition(AV_DISPOSITION_TIMED_THUMBNAILS),
    isDefault: stream.hasDisposition(AV_DISPOSITION_DEFAULT),
    startMs: readStartMs(stream, fileStartSeconds),
  };
}

/** Where the average is a little off the rate that all steps are multiples of, its last frame was taken for longer than it is. */
function chooseRate(
  average: Rational | undefined,
  base: Rational | undefined,
  isVariable: boolean,
): Rational {
  if (average === undefined || base === undefined) return average ?? base ?? { num: 25, den: 1 };
  const ratio = rationalToNumber(average) / rationalToNumber(base);
  return !isVariable && Math.abs(ratio - 1) < 0.02 ? base : average;
}

/** An audio stream; undefined when there is no decoder or no sample rate. */
export function describeAudio(stream: Stream, fileStartSeconds: number): AudioStream | undefined {
  const { codecpar } = stream;
  const codec = findDecoder(codecpar.codecId);
  if (codec === undefined || codecpar.sampleRate <= 0) return undefined;
  const language = stream.metadata?.get('language') ?? undefined;
  return {
    index: stream.index,
    codec: codec.name ?? 'unknown',
    sampleRateHz: codecpar.sampleRate,
    channels: codecpar.channelLayout.nbChannels,
    language:
      language === undefined || !/^[a-z]{2,3}$/iu.test(language) || language === 'und' ? undefined : language,
    isDefault: stream.hasDisposition(AV_DISPOSITION_DEFAULT),
    startMs: readStartMs(stream, fileStartSeconds),
  };
}

const maxTags = 64;
const maxTagChars = 500;

/** Tags with control characters taken out, cut to length, at most 64. */
export function readTags(raw: Readonly<Record<string, string>>): Record<string, string> {
  const clean = (text: string) =>
    text
      .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, ' ')
      .trim()
      .slice(0, maxTagChars);
  return Object.fromEntries(
    Object.entries(raw)
      .map(([key, value]) => [clean(key), clean(value)] as const)
      .filter(([key, value]) => key !== '' && key !== '__proto__' && value !== '')
      .slice(0, maxTags),
  );
}

/**
 * Clockwise turn in degrees of a display matrix: nine 32-bit numbers, the first two rows 16.16 fixed point
 * (https://ffmpeg.org/doxygen/trunk/group__lavu__video__display.html). To the nearest quarter turn.
 */
export function readRotation(matrix: Buffer | null): number {
  if (matrix === null || matrix.length < 36) return 0;
  const at = (index: number) => matrix.readInt32LE(index * 4);
  const degrees = (Math.atan2(at(1), at(0)) * 180) / Math.PI;
  return (((Math.round(degrees / 90) % 4) + 4) % 4) * 90;
}

/** How much longer than the usual step between frames one must be to be no rounding of the container's clock. */
const unevenRatio = 1.5;

/** Whether frames come unevenly: at least one step in fifty is far longer than the median one. */
export function isUneven(timesSeconds: readonly number[]): boolean {
  const sorted = timesSeconds.toSorted((a, b) => a - b);
  const steps = sorted.slice(1).map((time, index) => time - (sorted[index] ?? time));
  const median = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)];
  if (median === undefined || median <= 0) return false;
  const clockRoundingSeconds = 0.0015;
  const uneven = steps.filter(
    (step) =>
      step > median * unevenRatio + clockRoundingSeconds ||
      step < median / unevenRatio - clockRoundingSeconds,
  );
  return uneven.length * 50 >= steps.length;
}

const one: Rational = { num: 1, den: 1 };

function positive(rational: { num: number; den: number }): Rational | undefined {
  return rational.num > 0 && rational.den > 0 ? { num: rational.num, den: rational.den } : undefined;
}

function readStartMs(stream: Stream, fileStartSeconds: number): number {
  if (stream.startTime === AV_NOPTS_VALUE) return 0;
  const seconds = (Number(stream.startTime) * stream.timeBase.num) / stream.timeBase.den - fileStartSeconds;
  return Math.max(0, Math.round(seconds * 1000));
}

/** Names of the transfer curves that matter (ITU-T H.273, table 3); 16 and 18 are the HDR ones. */
const colorTransfers: Readonly<Record<number, string>> = {
  1: 'bt709',
  4: 'gamma22',
  5: 'gamma28',
  6: 'smpte170m',
  7: 'smpte240m',
  8: 'linear',
  13: 'iec61966-2-1',
  14: 'bt2020-10',
  15: 'bt2020-12',
  16: 'smpte2084',
  18: 'arib-std-b67',
};
