import { parse } from 'csv-parse/sync';
import type { WantedVideo } from './weigh-match.ts';

/** A video as Takeout tells of it, in its table of the owner's videos. */
export type TakeoutVideo = WantedVideo & { readonly channelId?: string };

/** Where tables may lie: `video metadata/videos.csv`, `Video-Metadaten/Videos(1).csv`. The table itself says what it is. */
export function isTableName(path: string): boolean {
  return /\.csv$/iu.test(path);
}

/** More rows than this are no channel. */
const maxRows = 1_000_000;

/** How a column is found by its name, where the account's language is one that we know. */
const names = {
  id: /^video[\s-]?id$/iu,
  title: /^(?:video title|videotitel)(?: \(original\))?$/iu,
  duration: /^(?:approx duration|ungefähre dauer) \(ms\)$/iu,
  channel: /^(?:channel[\s-]?id|kanal[\s-]?id)$/iu,
  published: /^(?:video publish timestamp|zeitstempel.*veröffentlich.*)$/iu,
} as const;

/** What the values of a column look like, where its name says nothing to us. */
const looks = {
  id: (values: readonly string[]) => values.every((value) => /^[\w-]{11}$/u.test(value)),
  duration: (values: readonly string[]) => values.every((value) => /^\d{3,9}$/u.test(value)),
  channel: (values: readonly string[]) => values.every((value) => /^UC[\w-]{22}$/u.test(value)),
  published: (values: readonly string[]) => values.every((value) => isMoment(value)),
} as const;

/**
 * Reads a table of videos in whatever language Takeout wrote it: columns are found by their English or German names, else by what their
 * values look like. Undefined for tables of something else (comments, playlists), and for what is no table.
 */
export function readTakeoutTable(text: string): TakeoutVideo[] | undefined {
  const rows = readRows(text);
  const [head, ...body] = rows;
  if (head === undefined || body.length === 0) return undefined;
  const find = (kind: keyof typeof looks): number => {
    const named = head.findIndex((name) => names[kind].test(name.trim()));
    if (named >= 0) return named;
    // Of several dates the last is when it came out; of the others the first counts.
    const fits = (_name: string, column: number) => {
      const values = body.map((row) => row[column]?.trim() ?? '').filter((value) => value !== '');
      return values.length > body.length / 2 && looks[kind](values);
    };
    return kind === 'published' ? head.findLastIndex(fits) : head.findIndex(fits);
  };
  const columns = {
    id: find('id'),
    duration: find('duration'),
    channel: find('channel'),
    published: find('published'),
  };
  const title = findTitle(head, body);
  if (columns.id < 0 || columns.duration < 0 || title < 0) return undefined;
  return body.flatMap((row): TakeoutVideo[] => {
    const at = (column: number) => (column < 0 ? '' : (row[column]?.trim() ?? ''));
    if (!/^[\w-]{11}$/u.test(at(columns.id))) return [];
    const duration = Number(at(columns.duration));
    const published = at(columns.published);
    return [
      {
        id: at(columns.id),
        title: at(title).slice(0, 500).toWellFormed(),
        ...(duration > 0 && Number.isSafeInteger(duration) ? { durationMs: duration } : {}),
        ...(isMoment(published) ? { publishedAt: new Date(published).toISOString() } : {}),
        ...(looks.channel([at(columns.channel)]) ? { channelId: at(columns.channel) } : {}),
      },
    ];
  });
}

function readRows(text: string): string[][] {
  try {
    return parse(text, {
      bom: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      to: maxRows,
      max_record_size: 1_000_000,
    }) as string[][];
  } catch {
    return [];
  }
}

/** The title stands in a column that says "(original)" in some language; the description, which says so too, is longer. */
function findTitle(head: readonly string[], body: readonly (readonly string[])[]): number {
  const named = head.findIndex((name) => names.title.test(name.trim()));
  if (named >= 0) return named;
  const lengths = head.map((name, column) => {
    const values = body.map((row) => row[column]?.trim() ?? '');
    const isText =
      values.filter((value) => value.length > 0 && value.length <= 100).length > body.length * 0.9;
    const length = values.reduce((sum, value) => sum + value.length, 0);
    return isText && /\(.*original.*\)|（.*）|\(.*оригинал.*\)/iu.test(name) ? length : -1;
  });
  const longest = Math.max(-1, ...lengths);
  return longest < 0 ? -1 : lengths.indexOf(longest);
}

/** Takeout writes moments as `2024-05-01T10:00:00+00:00`. */
function isMoment(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T/u.test(text) && !Number.isNaN(Date.parse(text));
}
