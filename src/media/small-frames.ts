import type { VideoStream } from '../domain/media.ts';
import type { FrameSize } from './open-frames.ts';

/** Filter text that makes a decoded frame small, upright, with square pixels and in standard dynamic range. Pure. */

/** FFmpeg's filters that turn a picture clockwise. */
const turns: Readonly<Record<number, readonly string[]>> = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

/** Transfer curves of high dynamic range, which are mapped down. */
const highDynamicRange = new Set(['smpte2084', 'arib-std-b67']);

/** The same mapping as a render's, cheap here since the picture is small already. */
const toneMapFilters = [
  'zscale=t=linear:npl=100',
  'format=gbrpf32le',
  'zscale=p=bt709',
  'tonemap=hable:desat=0',
  'zscale=t=bt709:m=bt709:r=tv',
];

/** A picture may be this many times as tall as wide before it is squeezed. */
const tallestShape = 8;

/** The size in px that frames of a size come in. The same rounding for every frame of a stream. */
export function smallSize(
  { width }: Pick<FrameSize, 'width'>,
  video: Pick<VideoStream, 'displayWidth' | 'displayHeight'>,
): { width: number; height: number } {
  const height = Math.round((width * video.displayHeight) / video.displayWidth);
  return { width, height: Math.max(1, Math.min(height, width * tallestShape)) };
}

/** What is done to each conformed frame of a stream for one size. Their times count frames from `startFrame` on. */
export function sizeFilters(size: FrameSize, video: VideoStream, startFrame: number): string[] {
  const upright = smallSize(size, video);
  const isTurned = video.rotationDegrees % 180 !== 0;
  const { width, height } = isTurned ? { width: upright.height, height: upright.width } : upright;
  const isHighRange = highDynamicRange.has(video.colorTransfer);
  return [
    ...(size.everyFrames === 1 ? [] : [`select='not(mod(pts+${startFrame},${size.everyFrames}))'`]),
    // Averages over the pixels that become one, so that noise and grain are gone.
    `scale=${width}:${height}:flags=area`,
    'setsar=1',
    ...(isHighRange ? toneMapFilters : []),
    ...(turns[video.rotationDegrees] ?? []),
    `format=${size.pixelFormat}`,
  ];
}
