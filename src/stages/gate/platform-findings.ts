import type { GateFinding } from '../../domain/gate.ts';
import { mainAudio, mainVideo, type MediaInfo } from '../../domain/media.ts';
import { platformRules, type Bounds, type PlatformName } from '../../domain/platforms.ts';
import { rationalToNumber } from '../../domain/time.ts';

/** A file against what platforms take: shape, length, size, rate, codecs. Pure. */

/** How far a figure may be off before it counts: files round. */
const roundingMs = 50;
const roundingRatio = 0.005;
const roundingFps = 0.05;

/** What a platform would refuse, or take for something else. */
export function judgeFile(info: MediaInfo, platform: PlatformName): GateFinding[] {
  const rules = platformRules[platform];
  const video = mainVideo(info);
  const stop = (rule: string, text: string, mend: string): GateFinding => ({
    rule,
    severity: 'stops',
    text: `${rules.title}: ${text}`,
    mend,
    platform,
  });
  if (video === undefined) {
    return [stop('no_picture', 'there is no picture.', 'Make a film of the sound: pivot combine.')];
  }
  const findings: GateFinding[] = [];
  const { displayWidth: width, displayHeight: height } = video;
  const ratio = width / height;
  if (isOutside(ratio, rules.ratio, roundingRatio)) {
    const wanted =
      platform === 'shorts'
        ? 'square or taller'
        : `between ${describe(rules.ratio, (value) => value.toFixed(2))}`;
    findings.push(
      stop(
        'shape',
        `its picture is ${width}×${height}; ${wanted} is wanted.`,
        'Make it again with --aspect 9:16.',
      ),
    );
  }
  const seconds = (ms: number) => `${(ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1)} s`;
  if (isOutside(info.durationMs, rules.durationMs, roundingMs)) {
    const isLong = info.durationMs > (rules.durationMs.most ?? Infinity);
    findings.push(
      stop(
        isLong ? 'too_long' : 'too_short',
        `it lasts ${seconds(info.durationMs)}; ${describe(rules.durationMs, seconds)} is taken.`,
        isLong ? 'Make a shorter clip: --max, or pivot trim.' : 'Make a longer clip: --min, or pivot trim.',
      ),
    );
  }
  const rate = rationalToNumber(video.frameRate);
  if (isOutside(rate, rules.frameRate, roundingFps)) {
    findings.push(
      stop(
        'frame_rate_taken',
        `it has ${rate.toFixed(2)} frames a second; ${describe(rules.frameRate, String)} is taken.`,
        'Render it again at 30 frames a second.',
      ),
    );
  }
  for (const px of new Set([Math.min(width, height), Math.max(width, height)])) {
    if (!isOutside(px, rules.side, 0)) continue;
    findings.push(
      stop(
        'picture_size',
        `a side of its picture has ${px} px; ${describe(rules.side, String)} is taken.`,
        'Render it again at 1080×1920.',
      ),
    );
    break;
  }
  if (isOutside(info.sizeBytes, rules.sizeBytes, 0)) {
    const bytes = (value: number) =>
      value < 1e6 ? `${Math.ceil(value / 1e3)} kB` : `${Math.ceil(value / 1e6)} MB`;
    findings.push(
      stop(
        'file_size',
        `the file has ${bytes(info.sizeBytes)}; ${describe(rules.sizeBytes, bytes)} is taken.`,
        'Render it again, shorter or smaller.',
      ),
    );
  }
  if (rules.videoCodecs.length > 0 && !rules.videoCodecs.includes(video.codec)) {
    findings.push(
      stop(
        'codec',
        `its picture is ${video.codec}; ${rules.videoCodecs.join(', ')} is taken.`,
        'Render it again: pivot render writes H.264.',
      ),
    );
  }
  return findings;
}

/** What no platform shows well, whatever it takes. */
export function judgeStreams(info: MediaInfo): GateFinding[] {
  const findings: GateFinding[] = [];
  const [video, audio] = [mainVideo(info), mainAudio(info)];
  if (audio === undefined) {
    findings.push({
      rule: 'no_sound',
      severity: 'warns',
      text: 'There is no sound at all.',
      mend: 'Check that this is wanted; a short without sound is passed over by most feeds.',
    });
  }
  if (video !== undefined && video.pixelFormat !== 'yuv420p') {
    findings.push({
      rule: 'pixel_format',
      severity: 'stops',
      text: `Its colours are ${video.pixelFormat}: many phones show only yuv420p.`,
      mend: 'Render it again: pivot render writes yuv420p.',
    });
  }
  if (video?.isInterlaced === true) {
    findings.push({
      rule: 'interlaced',
      severity: 'stops',
      text: 'Its picture is interlaced: moving edges are combed.',
      mend: 'Render it again: pivot render writes whole frames.',
    });
  }
  return findings;
}

function isOutside(value: number, { least, most }: Bounds, rounding: number): boolean {
  return (least !== undefined && value < least - rounding) || (most !== undefined && value > most + rounding);
}

function describe({ least, most }: Bounds, write: (value: number) => string): string {
  if (least !== undefined && most !== undefined) return `${write(least)} to ${write(most)}`;
  return least === undefined ? `at most ${write(most ?? 0)}` : `at least ${write(least)}`;
}
