import type { Rational } from '../../domain/time.ts';
import type { EncodedStream } from '../../media/render-graph.ts';

/** How finished pictures and sound are encoded: what YouTube advises (support.google.com/youtube/answer/1722171). */

/** A render for posting, or a fast look. */
export type Quality = 'final' | 'preview';

/** Speed and constant rate factor of x264, by quality. */
const x264: Readonly<Record<Quality, { preset: string; crf: string }>> = {
  final: { preset: 'veryfast', crf: '20' },
  preview: { preset: 'ultrafast', crf: '28' },
};

/** H.264 High, closed groups of pictures of half the frame rate, colours tagged BT.709. */
export function encodedPicture(label: string, rate: Rational, quality: Quality): EncodedStream {
  return {
    kind: 'video',
    label,
    encoder: 'libx264',
    options: {
      ...x264[quality],
      profile: 'high',
      g: String(Math.max(1, Math.round(rate.num / rate.den / 2))),
      bf: '2',
      flags: '+cgop',
      color_primaries: 'bt709',
      color_trc: 'bt709',
      colorspace: 'bt709',
      color_range: 'tv',
    },
  };
}

/** AAC-LC by FFmpeg's own encoder: 192 kb/s. `line` cuts the sound into the frames that it wants. */
export function encodedSound(label: string): { line: string; stream: EncodedStream } {
  return {
    line: `[${label}]aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=n=1024:p=0[${label}out]`,
    stream: { kind: 'audio', label: `${label}out`, encoder: 'aac', options: { b: '192000' } },
  };
}

/** The index goes to the front, so that a player can start before it has all of the file. */
export const mp4Options: Readonly<Record<string, string>> = { movflags: '+faststart' };
