import { mainAudio, mainVideo, type MediaInfo } from '../../domain/media.ts';
import type { Finding } from '../../domain/rendition.ts';
import { frameToMs, rationalToNumber } from '../../domain/time.ts';
import type { Timeline } from '../../domain/timeline.ts';
import type { FileMeasurements } from './measure-file.ts';

/** Rules on a file as a whole: length, size, rate, loudness, and picture and sound starting and ending together. */

/** Where picture and sound may differ at the start and at the end, in ms: what nobody notices (ITU-R BT.1359-1). */
const maxOffsetMs = 40;

/** How far from its target the loudness may be, in LU, and how much the meter may round, in dB. */
const loudnessToleranceLu = 1;
const meterToleranceDb = 0.05;

/** What a file without a timeline is measured against: what the platforms play at. */
export const usualTarget = { integratedLufs: -14, truePeakDbtp: -1 };

/** Length and number of frames against the timeline's. */
export function checkDuration(
  info: MediaInfo,
  measured: FileMeasurements,
  expected: Timeline | undefined,
): Finding {
  const value = { value: info.durationMs, unit: 'ms' };
  if (expected === undefined) {
    const text = `It lasts ${inSeconds(info.durationMs)}; there is no timeline to compare it with.`;
    return { rule: 'duration', status: 'skipped', text, ...value };
  }
  const expectedMs = frameToMs(expected.durationFrames, expected.frameRate);
  const frameMs = (1000 * expected.frameRate.den) / expected.frameRate.num;
  const isRight =
    measured.frames === expected.durationFrames &&
    Math.abs(info.durationMs - expectedMs) <= frameMs + maxOffsetMs;
  return {
    rule: 'duration',
    status: isRight ? 'passed' : 'failed',
    text: isRight
      ? `It lasts ${inSeconds(info.durationMs)}, ${measured.frames} frames, as planned.`
      : `It has ${measured.frames ?? 0} frames in ${inSeconds(info.durationMs)}; the timeline has ${expected.durationFrames} in ${inSeconds(expectedMs)}. Render it again.`,
    ...value,
  };
}

/** Picture size against the timeline's. */
export function checkSize(info: MediaInfo, expected: Timeline | undefined): Finding {
  const video = mainVideo(info);
  if (video === undefined) return { rule: 'size', status: 'failed', text: 'There is no picture.' };
  const size = `${video.displayWidth}×${video.displayHeight}`;
  if (expected === undefined) {
    return {
      rule: 'size',
      status: 'skipped',
      text: `The picture is ${size}; there is no timeline to compare it with.`,
    };
  }
  const isRight = video.displayWidth === expected.width && video.displayHeight === expected.height;
  return {
    rule: 'size',
    status: isRight ? 'passed' : 'failed',
    text: isRight
      ? `The picture is ${size}, as planned.`
      : `The picture is ${size} instead of ${expected.width}×${expected.height}. Render it again.`,
  };
}

/** Whether frames come evenly, and at the timeline's rate. */
export function checkFrameRate(info: MediaInfo, expected: Timeline | undefined): Finding {
  const video = mainVideo(info);
  if (video === undefined) return { rule: 'frame_rate', status: 'failed', text: 'There is no picture.' };
  const rate = rationalToNumber(video.frameRate);
  const value = { value: round(rate, 3), unit: 'fps' };
  const shown = `${round(rate, 3)} frames a second`;
  if (video.isVariableFrameRate) {
    const text = `Its frames come unevenly (${shown} on average): some players lose the sync. Render it again.`;
    return { rule: 'frame_rate', status: 'failed', text, ...value };
  }
  const wanted = expected === undefined ? rate : rationalToNumber(expected.frameRate);
  const isRight = Math.abs(rate - wanted) <= wanted * 0.001;
  return {
    rule: 'frame_rate',
    status: isRight ? 'passed' : 'failed',
    text: isRight ? `${shown}, constant.` : `${shown} instead of ${round(wanted, 3)}. Render it again.`,
    ...value,
  };
}

/** Integrated loudness against the target. */
export function checkLoudness(measured: FileMeasurements, expected: Timeline | undefined): Finding {
  const { loudness } = measured;
  if (loudness === undefined) return { rule: 'loudness', status: 'skipped', text: 'There is no sound.' };
  const target = (expected?.loudness ?? usualTarget).integratedLufs;
  const value = { value: round(loudness.integratedLufs, 1), unit: 'LUFS' };
  if (loudness.integratedLufs <= -69.5) {
    return { rule: 'loudness', status: 'skipped', text: 'Its sound is silence.', ...value };
  }
  const isRight = Math.abs(loudness.integratedLufs - target) <= loudnessToleranceLu;
  return {
    rule: 'loudness',
    status: isRight ? 'passed' : 'failed',
    text: isRight
      ? `${value.value} LUFS; ${target} ± ${loudnessToleranceLu} is wanted.`
      : `${value.value} LUFS, but ${target} ± ${loudnessToleranceLu} is wanted: platforms will turn it ${loudness.integratedLufs > target ? 'down' : 'up or leave it quiet'}.`,
    ...value,
  };
}

/** The highest peak between samples against the ceiling. */
export function checkTruePeak(measured: FileMeasurements, expected: Timeline | undefined): Finding {
  const { loudness } = measured;
  if (loudness === undefined) return { rule: 'true_peak', status: 'skipped', text: 'There is no sound.' };
  const ceiling = (expected?.loudness ?? usualTarget).truePeakDbtp;
  const value = { value: round(loudness.truePeakDbtp, 2), unit: 'dBTP' };
  const isRight = loudness.truePeakDbtp <= ceiling + meterToleranceDb;
  return {
    rule: 'true_peak',
    status: isRight ? 'passed' : 'failed',
    text: isRight
      ? `${value.value} dBTP; at most ${ceiling} is wanted.`
      : `${value.value} dBTP, above ${ceiling}: it may crackle once a platform has encoded it again. Lower the sound.`,
    ...value,
  };
}

/** Whether picture and sound start and end together. */
export function checkOffset(info: MediaInfo, measured: FileMeasurements): Finding {
  const video = mainVideo(info);
  const audio = mainAudio(info);
  if (
    video === undefined ||
    audio === undefined ||
    measured.frames === undefined ||
    measured.soundMs === undefined
  ) {
    return { rule: 'av_offset', status: 'skipped', text: 'It has not both picture and sound.' };
  }
  const startMs = audio.startMs - video.startMs;
  const pictureMs = frameToMs(measured.frames, video.frameRate);
  const endMs = audio.startMs + measured.soundMs - (video.startMs + pictureMs);
  const worstMs = Math.abs(startMs) > Math.abs(endMs) ? startMs : endMs;
  const isRight = Math.abs(worstMs) <= maxOffsetMs;
  return {
    rule: 'av_offset',
    status: isRight ? 'passed' : 'failed',
    text: isRight
      ? `Picture and sound start and end within ${Math.abs(Math.round(worstMs))} ms of each other.`
      : `Sound starts ${startMs} ms and ends ${endMs} ms after the picture; ${maxOffsetMs} ms is allowed. Render it again.`,
    value: Math.round(worstMs),
    unit: 'ms',
  };
}

/** A length for a person: `12.3 s`. */
export function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A number to so many decimals. */
export function round(value: number, decimals: number): number {
  return Number(value.toFixed(decimals));
}
