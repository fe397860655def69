import { formatSrt, formatVtt } from '../../domain/caption-files.ts';
import type { Timeline } from '../../domain/timeline.ts';
import { exportEdl } from './edl.ts';
import type { ExportedTimeline, ExportFormat, ExportOptions } from './export-format.ts';
import { exportFcp7Xml } from './fcp7xml.ts';
import { exportFcpxml } from './fcpxml.ts';
import { exportOtio } from './otio.ts';

type Exporter = (timeline: Timeline, options: ExportOptions) => ExportedTimeline;

const exporters: Readonly<Record<ExportFormat, Exporter>> = {
  otio: exportOtio,
  fcpxml: exportFcpxml,
  fcp7xml: exportFcp7Xml,
  edl: exportEdl,
  srt: (timeline) => exportSubtitles(timeline, formatSrt(timeline.captions.cues).toWellFormed()),
  vtt: (timeline) => exportSubtitles(timeline, formatVtt(timeline.captions.cues).toWellFormed()),
};

/**
 * Writes a timeline in another format. Pure: files are named, not read. What the format cannot hold is told in words.
 * @throws input.export_rate where the format has no such frame rate
 */
export function exportTimeline(
  timeline: Timeline,
  format: ExportFormat,
  options: ExportOptions,
): ExportedTimeline {
  return exporters[format](timeline, options);
}

function exportSubtitles(timeline: Timeline, text: string): ExportedTimeline {
  const hasWords = timeline.captions.cues.length > 0;
  return {
    text,
    dropped: [
      'all but the words: subtitles have no picture, sound, cuts or titles',
      ...(hasWords
        ? ['how the captions look and the time of each single word']
        : ['there are no captions, so no subtitles either']),
    ],
  };
}
