import { basename } from 'node:path';
import type { FoundOriginals, OriginalMatch } from '../../recipes/youtube/originals.ts';
import type { SeenFile } from '../../recipes/youtube/originals-listen.ts';
import type { KnownVideo } from '../../recipes/youtube/originals-videos.ts';
import { formatBytes, formatDuration, shorten, toPrintable, type Paint } from '../terminal.ts';
import { quoteForShell } from './make.ts';

/** How the report is written. */
export type ReportOptions = {
  /** Of the terminal; undefined where nothing is cut. */
  readonly columns: number | undefined;
  /** Whether every file is listed, also those of no video. */
  readonly isAll: boolean;
  readonly paint: Paint;
};

/** So many videos and files without a match are listed unless all are wanted. */
const listedWithout = 10;

/** What was found, for a person: a video, its file, and the reasons; then what may be; then what has none. */
export function describeOriginals(found: FoundOriginals, options: ReportOptions): string {
  const { paint } = options;
  const lines: string[] = [];
  for (const match of found.originals) {
    lines.push(...describeMatch(match, paint('green', '✓'), options));
    for (const copy of found.copies.filter(({ video }) => video.id === match.video.id))
      lines.push(
        cut(paint('dim', `      also ${describeFile(copy.file)} (${copy.reasons.join(', ')})`), options),
      );
  }
  if (found.unsure.length > 0) {
    lines.push('', paint('bold', 'Not sure'));
    for (const match of found.unsure) {
      lines.push(...describeMatch(match, paint('yellow', '?'), options));
      lines.push(`      --pair ${toPrintable(quoteForShell(`${shownName(match.file)}=${match.video.id}`))}`);
    }
  }
  const maybe = new Set(found.unsure.map(({ video }) => video.id));
  const without = found.videosWithout.filter(({ id }) => !maybe.has(id));
  lines.push(...listWithout('Videos without an original', without, describeVideo, options));
  lines.push(...listWithout('Files of no video', found.unmatched, describeFile, options));
  if (found.unreadable.length > 0) {
    lines.push('', paint('bold', `Not read (${found.unreadable.length})`));
    for (const { file, error } of found.unreadable)
      lines.push(cut(`  ${toPrintable(file.name)}: ${toPrintable(error.message)}`, options));
  }
  return lines.length === 0 ? '' : `${lines.join('\n').replace(/^\n/u, '')}\n`;
}

function describeMatch(match: OriginalMatch, mark: string, options: ReportOptions): string[] {
  const { video, file, confidence, certainty, reasons } = match;
  // 100 % would be a promise.
  const percent = certainty === 'stated' ? '' : `${Math.min(99, Math.round(confidence * 100))} %  `;
  const title = cut(`  ${toPrintable(video.title)}  ${describeWhen(video)}`, options).slice(2);
  return [
    `${mark} ${options.paint('bold', title)}`,
    cut(`      ${describeFile(file)}`, options),
    options.paint('dim', cut(`      ${percent}${toPrintable(reasons.join(', '))}`, options)),
  ];
}

function describeVideo(video: KnownVideo): string {
  return `${video.id}  ${toPrintable(video.title)}  ${describeWhen(video)}`;
}

function describeWhen({ publishedAt, durationMs }: KnownVideo): string {
  return [publishedAt?.slice(0, 10), durationMs === undefined ? undefined : formatDuration(durationMs)]
    .filter((part) => part !== undefined)
    .join(', ');
}

function describeFile(file: SeenFile): string {
  const { facts, sizeBytes } = file;
  const parts = [
    facts === undefined ? undefined : formatDuration(facts.durationMs),
    facts === undefined || facts.height === 0 ? undefined : `${facts.height}p`,
    formatBytes(sizeBytes),
  ];
  return `${toPrintable(file.name)}  ${parts.filter((part) => part !== undefined).join(', ')}`;
}

/** The shortest way to write a file that `--pair` takes. */
function shownName({ name, place }: SeenFile): string {
  return place.kind === 'disk' ? basename(name) : name;
}

function listWithout<T>(
  title: string,
  items: readonly T[],
  describe: (item: T) => string,
  options: ReportOptions,
): string[] {
  if (items.length === 0) return [];
  const shown = options.isAll ? items : items.slice(0, listedWithout);
  const rest = items.length - shown.length;
  return [
    '',
    options.paint('bold', `${title} (${items.length})`),
    ...shown.map((item) => cut(`  ${describe(item)}`, options)),
    ...(rest === 0 ? [] : [`  and ${rest} more: --all lists them`]),
  ];
}

/** Before it is painted: colours take no room. */
function cut(line: string, { columns }: ReportOptions): string {
  return columns === undefined ? line : shorten(line, columns);
}

/** How it went on the whole, and what to do next. */
export function summariseOriginals(
  found: FoundOriginals,
  about: { readonly places: readonly string[]; readonly isAdded: boolean; readonly to: string | undefined },
): string {
  const { originals, unsure, videosWithout } = found;
  const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
  const total = originals.length + videosWithout.length;
  const maybe = new Set(unsure.map(({ video }) => video.id)).size;
  const facts = [
    `${originals.length} of ${count(total, 'video has its original', 'videos have their original')}`,
    maybe === 0 ? '' : `${count(maybe, 'may have one', 'may have one')} (?)`,
  ].filter((part) => part !== '');
  const summary = `${facts.join(', ')}.`;
  if (about.isAdded || originals.length === 0) return summary;
  const isInArchives = originals.some(({ file }) => file.place.kind === 'archive');
  const command = [
    'pivot',
    'originals',
    ...about.places,
    '--add',
    ...(isInArchives ? ['--to', about.to ?? 'originals'] : []),
  ];
  return `${summary}\nPut them into the library: ${command.map(quoteForShell).join(' ')}`;
}

/** What was found, as a document. */
export function toOriginalsJson(found: FoundOriginals): unknown {
  const file = ({ name, place, sizeBytes, facts, isTakeout, captionsPath }: SeenFile) => ({
    name,
    ...(place.kind === 'disk' ? { path: place.path } : { archive: place.archive.path, entry: place.entry }),
    sizeBytes,
    durationMs: facts?.durationMs,
    height: facts?.height,
    isTakeout,
    captionsPath,
  });
  const match = ({ video, file: own, confidence, certainty, reasons }: OriginalMatch) => ({
    video,
    file: file(own),
    confidence: Math.round(confidence * 1000) / 1000,
    certainty,
    reasons,
  });
  return {
    version: 1,
    originals: found.originals.map(match),
    copies: found.copies.map(match),
    unsure: found.unsure.map(match),
    videosWithout: found.videosWithout,
    unmatched: found.unmatched.map(file),
    unreadable: found.unreadable.map(({ file: { name }, error }) => ({ name, error })),
    notes: found.notes,
  };
}
