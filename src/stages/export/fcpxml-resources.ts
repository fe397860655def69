import { mainAudio, mainVideo, type MediaInfo } from '../../domain/media.ts';
import { msToNearestFrame, type Rational } from '../../domain/time.ts';
import type { FileAsset, ImageAsset, Timeline } from '../../domain/timeline.ts';
import { countOf, type Dropped } from './dropped.ts';
import type { ExportOptions } from './export-format.ts';
import { formatSeconds } from './fcpxml-time.ts';
import { toFileUrl } from './file-url.ts';
import { pictureSize } from './geometry.ts';
import { nameOfAsset } from './track-items.ts';
import { element, type XmlElement } from './xml.ts';

/** What an FCPXML document names once and its clips refer to: formats, files, and the built-in effects of Final Cut Pro. */

/** Final Cut Pro's own effects, by the ids that its exports use. */
const builtIns = {
  solid: { name: 'Custom', uid: '.../Generators.localized/Solids.localized/Custom.localized/Custom.motn' },
  title: {
    name: 'Basic Title',
    uid: '.../Titles.localized/Bumper:Opener.localized/Basic Title.localized/Basic Title.moti',
  },
  dissolve: { name: 'Cross Dissolve', uid: 'FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265' },
  crossfade: { name: 'Audio Crossfade', uid: 'FFAudioTransition' },
} as const;

/** The resources of one document. */
export type Resources = {
  /** Id of the sequence's own format. */
  readonly sequenceFormat: string;
  /** Id of a file's asset. */
  asset(asset: FileAsset | ImageAsset): string;
  /** Id of a built-in effect. */
  effect(name: keyof typeof builtIns): string;
  /** The frame rate of a file's picture where it is known. */
  rateOf(asset: FileAsset): Rational | undefined;
  list(): XmlElement[];
};

/** Starts the resources of a timeline. */
export function createResources(timeline: Timeline, options: ExportOptions, dropped: Dropped): Resources {
  const formats: XmlElement[] = [];
  const others: XmlElement[] = [];
  const ids = new Map<string, string>();
  const remember = (key: string, make: (id: string) => XmlElement, list: XmlElement[]): string => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = `r${ids.size + 1}`;
    ids.set(key, id);
    list.push(make(id));
    return id;
  };
  const format = (size: { width: number; height: number }, rate: Rational | undefined) =>
    remember(
      `format ${size.width}x${size.height} ${rate === undefined ? 'still' : `${rate.num}/${rate.den}`}`,
      (id) =>
        element('format', {
          id,
          name: rate === undefined ? 'FFVideoFormatRateUndefined' : undefined,
          frameDuration: rate === undefined ? undefined : `${rate.den}/${rate.num}s`,
          width: size.width,
          height: size.height,
          colorSpace: rate === undefined ? undefined : '1-1-1 (Rec. 709)',
        }),
      formats,
    );
  const rateOf = (asset: FileAsset) => {
    const info = options.media?.get(asset.id);
    const video =
      info?.video.find((one) => one.index === asset.videoStreamIndex) ?? (info && mainVideo(info));
    return video === undefined || video.isVariableFrameRate ? undefined : video.frameRate;
  };
  const sequenceFormat = format(timeline, timeline.frameRate);
  return {
    sequenceFormat,
    rateOf,
    asset: (asset) =>
      remember(
        `asset ${asset.id}`,
        (id) => {
          const info = options.media?.get(asset.id);
          const size = pictureSize(info, asset.videoStreamIndex) ?? timeline;
          const attributes =
            asset.kind === 'image'
              ? { start: '0s', duration: '0s', hasVideo: 1, format: format(size, undefined), videoSources: 1 }
              : {
                  start: '0s',
                  duration: formatSeconds(
                    Math.max(1, msToNearestFrame(asset.durationMs, timeline.frameRate)),
                    timeline.frameRate,
                  ),
                  ...(asset.hasVideo
                    ? {
                        hasVideo: 1,
                        format: format(size, rateOf(asset) ?? timeline.frameRate),
                        videoSources: 1,
                      }
                    : {}),
                  ...(asset.hasAudio
                    ? { hasAudio: 1, audioSources: 1, ...audioOf(asset, info, dropped) }
                    : {}),
                };
          return element(
            'asset',
            { id, name: nameOfAsset(asset), ...attributes },
            element('media-rep', { kind: 'original-media', src: toFileUrl(asset.path, options.baseFolder) }),
          );
        },
        others,
      ),
    effect: (name) =>
      remember(`effect ${name}`, (id) => element('effect', { id, ...builtIns[name] }), others),
    list: () => [...formats, ...others],
  };
}

function audioOf(
  asset: FileAsset,
  info: MediaInfo | undefined,
  dropped: Dropped,
): { audioChannels?: number; audioRate?: number } {
  if (info === undefined) return {};
  const main = mainAudio(info);
  const stream = info.audio.find((one) => one.index === asset.audioStreamIndex) ?? main;
  if (stream !== main) {
    dropped.add('audio stream', (count) => `which of its sound tracks ${countOf(count, 'file')} is heard by`);
  }
  return stream === undefined ? {} : { audioChannels: stream.channels, audioRate: stream.sampleRateHz };
}
