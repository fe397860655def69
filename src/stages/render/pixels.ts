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

/** From HDR (PQ or HLG, BT.2020) to the BT.709 that every player shows. */
export const toneMapFilters: readonly string[] = [
  'zscale=t=linear:npl=100',
  'format=gbrpf32le',
  'zscale=p=bt709',
  'tonemap=hable:desat=0',
  'zscale=t=bt709:m=bt709:r=tv',
];
