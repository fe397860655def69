import { mainAudio, mainVideo } from '../../domain/media.ts';
import { msToNearestFrame, type Rational } from '../../domain/time.ts';
import type { Asset, Clip, FileAsset, ImageAsset, Timeline, Track } from '../../domain/timeline.ts';
import { countOf, createDropped, type Dropped } from './dropped.ts';
import type { ExportedTimeline, ExportOptions } from './export-format.ts';
import { gainFilters, pictureFilters, speedFilters } from './fcp7-filters.ts';
import { colorElement, textGenerator } from './fcp7-text.ts';
import { toFileUrl } from './file-url.ts';
import { pictureSize } from './geometry.ts';
import { framesOfCue } from './otio.ts';
import { toWholeRate, type WholeRate } from './timecode.ts';
import { listTrackItems, nameOfAsset, textOfWords, toOneLine } from './track-items.ts';
import { element, formatXml, textElement, type XmlElement } from './xml.ts';

/**
 * Final Cut Pro 7 XML ("xmeml", version 4), the form that Premiere Pro, Resolve and Avid read. Frames count the whole rate;
 * a clip next to a dissolve has -1 where the dissolve says its end, and its `in` and `out` reach through it.
 * https://developer.apple.com/library/archive/documentation/AppleApplications/Reference/FinalCutPro_XML
 */

type Sheet = {
  readonly timeline: Timeline;
  readonly options: ExportOptions;
  readonly rate: WholeRate;
  readonly dropped: Dropped;
  readonly files: Set<string>;
};

/** A still has no length: editors give it a long one. In frames. */
const stillFrames = 100_000;

/** A timeline as Final Cut Pro 7 XML. @throws input.export_rate where the format has no such frame rate */
export function exportFcp7Xml(timeline: Timeline, options: ExportOptions): ExportedTimeline {
  const dropped = createDropped();
  const rate = toWholeRate(timeline.frameRate, 'Final Cut Pro 7 XML');
  const sheet: Sheet = { timeline, options, rate, dropped, files: new Set() };
  const videos = timeline.tracks.filter((track) => track.kind === 'video');
  const sounds = timeline.tracks.filter((track) => track.kind === 'audio');
  const videoTracks = videos.map((track) => makeTrack(sheet, track));
  if (timeline.captions.cues.length > 0) videoTracks.push(captionTrack(sheet));
  const soundTracks = sounds.map((track) => makeTrack(sheet, track));
  tellLosses(timeline, dropped);
  const root = element(
    'xmeml',
    { version: 4 },
    element(
      'sequence',
      { id: 'sequence-1' },
      textElement('name', toOneLine(timeline.name) || 'Timeline'),
      textElement('duration', timeline.durationFrames),
      rateElement(rate),
      timecode(rate),
      element(
        'media',
        {},
        element(
          'video',
          {},
          element(
            'format',
            {},
            element('samplecharacteristics', {}, rateElement(rate), ...frameSize(timeline)),
          ),
          ...videoTracks,
        ),
        element(
          'audio',
          {},
          textElement('numOutputChannels', 2),
          element(
            'format',
            {},
            element('samplecharacteristics', {}, textElement('depth', 16), textElement('samplerate', 48000)),
          ),
          ...soundTracks,
        ),
      ),
    ),
  );
  return { text: formatXml(root), dropped: dropped.list() };
}

function tellLosses(timeline: Timeline, dropped: Dropped): void {
  const { cues } = timeline.captions;
  if (cues.length > 0) {
    dropped.add(
      'captions',
      () =>
        `the look of ${countOf(cues.length, 'caption')} and the time of each word: they come as text generators on a track of their own, which Premiere may leave out`,
    );
  }
  if (timeline.assets.some((asset) => asset.kind === 'title')) {
    dropped.add(
      'titles',
      () => 'the boxes, line breaks and exact places of titles: they come as text generators',
    );
  }
  dropped.add(
    'loudness',
    () => `the loudness that the finished sound is brought to (${timeline.loudness.integratedLufs} LUFS)`,
  );
}

/** `rate`, as everything with times in it has one. */
export function rateElement({ timebase, isNtsc }: WholeRate): XmlElement {
  return element('rate', {}, textElement('timebase', timebase), textElement('ntsc', isNtsc));
}

function timecode(rate: WholeRate): XmlElement {
  return element(
    'timecode',
    {},
    rateElement(rate),
    textElement('string', rate.isDropFrame ? '00;00;00;00' : '00:00:00:00'),
    textElement('frame', 0),
    textElement('displayformat', rate.isDropFrame ? 'DF' : 'NDF'),
  );
}

function frameSize({ width, height }: { width: number; height: number }): XmlElement[] {
  return [
    textElement('width', width),
    textElement('height', height),
    textElement('anamorphic', false),
    textElement('pixelaspectratio', 'square'),
    textElement('fielddominance', 'none'),
  ];
}

function makeTrack(sheet: Sheet, track: Track): XmlElement {
  const { timeline } = sheet;
  const items = listTrackItems(timeline, track);
  const children = items.flatMap((item, index): XmlElement[] => {
    if (item.kind === 'gap') return [];
    if (item.kind === 'dissolve') return [transitionItem(sheet, item.dissolve, track.kind)];
    const [before, after] = [items[index - 1], items[index + 1]];
    const handles = {
      head: before?.kind === 'dissolve' ? before.dissolve.beforeFrames : 0,
      tail: after?.kind === 'dissolve' ? after.dissolve.afterFrames : 0,
    };
    return clipItem(sheet, item.clip, item.asset, track.kind, handles);
  });
  return element('track', {}, ...children, textElement('enabled', true), textElement('locked', false));
}

function transitionItem(
  { rate }: Sheet,
  dissolve: { cutFrame: number; beforeFrames: number; afterFrames: number },
  kind: Track['kind'],
): XmlElement {
  const isVideo = kind === 'video';
  return element(
    'transitionitem',
    {},
    rateElement(rate),
    textElement('start', dissolve.cutFrame - dissolve.beforeFrames),
    textElement('end', dissolve.cutFrame + dissolve.afterFrames),
    textElement('alignment', 'center'),
    element(
      'effect',
      {},
      textElement('name', isVideo ? 'Cross Dissolve' : 'Cross Fade ( 0dB)'),
      textElement('effectid', isVideo ? 'Cross Dissolve' : 'KGAudioTransCrossFade0dB'),
      ...(isVideo ? [textElement('effectcategory', 'Dissolve')] : []),
      textElement('effecttype', 'transition'),
      textElement('mediatype', kind),
    ),
  );
}

/** A clip of a file, or a generator for a colour or a title. */
function clipItem(
  sheet: Sheet,
  clip: Clip,
  asset: Asset,
  kind: Track['kind'],
  handles: { head: number; tail: number },
): XmlElement[] {
  const { timeline, options, rate, dropped } = sheet;
  // In and out count the clip's own time: with a speed, the source's as it then runs.
  const startIn = Math.round((clip.sourceStartFrame * clip.speed.den) / clip.speed.num);
  const inFrame = Math.max(0, startIn - handles.head);
  const times = (durationFrames: number) => [
    textElement('duration', durationFrames),
    rateElement(rate),
    textElement('start', handles.head > 0 ? -1 : clip.startFrame),
    textElement('end', handles.tail > 0 ? -1 : clip.startFrame + clip.durationFrames),
    textElement('in', inFrame),
    textElement('out', startIn + clip.durationFrames + handles.tail),
    textElement('enabled', true),
  ];
  const filters = () => pictureFilters(clip, asset, startIn, timeline, options, dropped);
  const name = textElement('name', nameOfAsset(asset));
  switch (asset.kind) {
    case 'waveform':
      dropped.add('waveform', (count) => `${countOf(count, 'drawing')} of the sound`);
      return [];
    case 'color':
      return [
        element(
          'generatoritem',
          { id: clip.id },
          name,
          ...times(stillFrames),
          colorGenerator(asset.color),
          ...filters(),
        ),
      ];
    case 'title':
      return [
        element(
          'generatoritem',
          { id: clip.id },
          name,
          ...times(stillFrames),
          textGenerator(asset, timeline),
        ),
      ];
    case 'image':
      return [
        element(
          'clipitem',
          { id: clip.id },
          name,
          ...times(stillFrames),
          textElement('stillframe', true),
          fileElement(sheet, asset),
          ...filters(),
        ),
      ];
    case 'file': {
      const sourceFrames = msToNearestFrame(asset.durationMs, timeline.frameRate);
      const durationFrames = Math.max(1, Math.round((sourceFrames * clip.speed.den) / clip.speed.num));
      return [
        element(
          'clipitem',
          { id: clip.id },
          name,
          ...times(durationFrames),
          fileElement(sheet, asset),
          ...(kind === 'audio'
            ? [element('sourcetrack', {}, textElement('mediatype', 'audio'), textElement('trackindex', 1))]
            : []),
          ...speedFilters(clip, kind),
          ...(kind === 'video' ? filters() : gainFilters(clip, dropped)),
          ...linkElements(timeline, clip, kind),
        ),
      ];
    }
  }
}

function colorGenerator(color: string): XmlElement {
  return element(
    'effect',
    {},
    textElement('name', 'Color'),
    textElement('effectid', 'Color'),
    textElement('effectcategory', 'Matte'),
    textElement('effecttype', 'generator'),
    textElement('mediatype', 'video'),
    element(
      'parameter',
      {},
      textElement('parameterid', 'fillcolor'),
      textElement('name', 'Color'),
      colorElement(color),
    ),
  );
}

/** A file in full where it comes first, and by its id after that. */
function fileElement(sheet: Sheet, asset: FileAsset | ImageAsset): XmlElement {
  const { timeline, options, files, dropped } = sheet;
  const id = `file-${asset.id}`;
  if (files.has(id)) return element('file', { id });
  files.add(id);
  const info = options.media?.get(asset.id);
  const video = info?.video.find((one) => one.index === asset.videoStreamIndex) ?? (info && mainVideo(info));
  const hasVideo = asset.kind === 'image' || asset.hasVideo;
  const rate = wholeRateOr(video?.frameRate, sheet.rate);
  const size = pictureSize(info, asset.videoStreamIndex) ?? timeline;
  const durationFrames =
    asset.kind === 'image'
      ? stillFrames
      : Math.max(1, msToNearestFrame(asset.durationMs, rate.rational ?? timeline.frameRate));
  return element(
    'file',
    { id },
    textElement('name', nameOfAsset(asset)),
    textElement(
      'pathurl',
      toFileUrl(asset.path, options.baseFolder).replace('file:///', 'file://localhost/'),
    ),
    rateElement(rate.whole),
    textElement('duration', durationFrames),
    timecode(rate.whole),
    element(
      'media',
      {},
      hasVideo
        ? element(
            'video',
            {},
            element('samplecharacteristics', {}, rateElement(rate.whole), ...frameSize(size)),
          )
        : undefined,
      asset.kind === 'file' && asset.hasAudio ? fileSound(asset, info, dropped) : undefined,
    ),
  );
}

function fileSound(
  asset: FileAsset,
  info: ReturnType<NonNullable<ExportOptions['media']>['get']>,
  dropped: Dropped,
): XmlElement {
  const main = info === undefined ? undefined : mainAudio(info);
  const stream = info?.audio.find((one) => one.index === asset.audioStreamIndex) ?? main;
  if (stream !== main) {
    dropped.add('audio stream', (count) => `which of its sound tracks ${countOf(count, 'file')} is heard by`);
  }
  return element(
    'audio',
    {},
    element(
      'samplecharacteristics',
      {},
      textElement('depth', 16),
      textElement('samplerate', stream?.sampleRateHz ?? 48000),
    ),
    textElement('channelcount', stream?.channels ?? 2),
  );
}

/** A file's own rate where the format has it, else the timeline's. */
function wholeRateOr(
  rate: Rational | undefined,
  otherwise: WholeRate,
): { whole: WholeRate; rational?: Rational } {
  if (rate === undefined) return { whole: otherwise };
  try {
    return { whole: toWholeRate(rate, ''), rational: rate };
  } catch {
    return { whole: otherwise };
  }
}

/** Picture and sound of one stretch of a file are linked, so that an editor moves them together. */
function linkElements(timeline: Timeline, clip: Clip, kind: Track['kind']): XmlElement[] {
  const isPartner = (other: Clip) =>
    other.assetId === clip.assetId &&
    other.startFrame === clip.startFrame &&
    other.durationFrames === clip.durationFrames &&
    other.sourceStartFrame === clip.sourceStartFrame;
  const place = (track: Track, other: Clip) => ({
    kind: track.kind,
    id: other.id,
    track: timeline.tracks.filter((one) => one.kind === track.kind).indexOf(track) + 1,
    index: track.clips.indexOf(other) + 1,
  });
  const places = timeline.tracks.flatMap((track) =>
    track.clips.filter(isPartner).map((other) => place(track, other)),
  );
  const kinds = new Set(places.map((one) => one.kind));
  if (kinds.size < 2 || places.length !== 2 || !kinds.has(kind)) return [];
  return places.map((one) =>
    element(
      'link',
      {},
      textElement('linkclipref', one.id),
      textElement('mediatype', one.kind),
      textElement('trackindex', one.track),
      textElement('clipindex', one.index),
    ),
  );
}

/** Captions as text generators, on a track above all others. */
function captionTrack({ timeline, rate }: Sheet): XmlElement {
  const { cues } = timeline.captions;
  const items = cues.map((cue, index) => {
    const { startFrame, durationFrames } = framesOfCue(cue, timeline.frameRate);
    const next = cues[index + 1];
    const nextFrame =
      next === undefined ? timeline.durationFrames : framesOfCue(next, timeline.frameRate).startFrame;
    const length = Math.max(1, Math.min(durationFrames, nextFrame - startFrame));
    const text = textOfWords(cue.words);
    return element(
      'generatoritem',
      { id: `caption-${index + 1}` },
      textElement('name', text),
      textElement('duration', stillFrames),
      rateElement(rate),
      textElement('start', startFrame),
      textElement('end', startFrame + length),
      textElement('in', 0),
      textElement('out', length),
      textElement('enabled', true),
      textGenerator({ text, font: 'Helvetica', fontSizePx: 60, color: '#FFFFFF', place: 'bottom' }, timeline),
    );
  });
  return element('track', {}, ...items, textElement('enabled', true), textElement('locked', false));
}
