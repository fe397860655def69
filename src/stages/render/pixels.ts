import type { VideoStream } from '../../domain/media.ts';

/** What the pixels of a stream are: whether some are transparent, whether they are brighter than a screen shows. */

/** FFmpeg's names of formats that hold transparency. */
const transparentFormats = /^(?:yuva|gbrap|rgba|bgra|argb|abgr|ya\d|pal8)/u;

/** Whether a stream's pictures may be seen through. */
export function hasAlpha(video: VideoStream): boolean {
  return transparentFormats.test(video.pixelFormat);
}

/** Transfer curves of high dynamic range, which are mapped down. */
const highDynamicRange = new Set(['smpte2084', 'arib-std-b67']);

/** Whether a stream is HDR: PQ or HLG. */
export function isHighRange(video: VideoStream): boolean {
  return highDynamicRange.has(video.colorTransfer);
}

/** What HDR recordings show plain white at, in candela a square metre (ITU-R BT.2408-7, 2.1). */
const diffuseWhiteNits = 203;

/** As bright as HDR recordings are mastered, in the same unit; what is brighter becomes white. */
const brightestNits = 1000;

/** Up to this share of plain white pictures stay as they are, so that faces keep their tone; above it highlights are pressed together. */
const unchangedShare = 0.5;

/** From HDR (PQ or HLG, BT.2020) to the BT.709 that every player shows. */
export const toneMapFilters: readonly string[] = [
  `zscale=t=linear:npl=${diffuseWhiteNits}`,
  'format=gbrpf32le',
  'zscale=p=bt709',
  `tonemap=mobius:param=${unchangedShare}:desat=0:peak=${(brightestNits / diffuseWhiteNits).toFixed(3)}`,
  'zscale=t=bt709:m=bt709:r=tv',
];
