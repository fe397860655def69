import type { FFEncoderCodec } from 'node-av/constants';
import { Codec, Filter, getFFmpegInfo } from 'node-av/lib';
import { serveParent } from '../process/child.ts';
import type { FfmpegReport } from './ffmpeg-report.ts';

/** The child that says what FFmpeg can do: whether it loads at all is the question. */

/** What rendering and checking cannot do without. */
const neededEncoders = ['libx264', 'aac', 'mjpeg'] as const;
const neededFilters = [
  'ass',
  'ebur128',
  'scale',
  'crop',
  'overlay',
  'xfade',
  'perspective',
  'sendcmd',
  'gblur',
  'bwdif',
  'zscale',
  'tonemap',
  'alphamerge',
  'showwaves',
  'showcqt',
  'blackdetect',
] as const;

serveParent({
  report: async (): Promise<FfmpegReport> => ({
    version: getFFmpegInfo().version,
    missingEncoders: neededEncoders.filter(
      (name) => Codec.findEncoderByName(name as FFEncoderCodec) === null,
    ),
    missingFilters: neededFilters.filter((name) => Filter.getByName(name) === null),
  }),
});
