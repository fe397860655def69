import type { z } from 'zod';
import { PatternPivotError } from './errors.ts';
import { findTimelineMistakes } from './timeline-rules.ts';
import { timelineSchema, type Timeline } from './timeline.ts';
import { upgradeTimeline } from './timeline-upgrade.ts';

/** A document longer than this (in UTF-16 units) is refused before it is parsed. A clip's document has some 20,000. */
const maxDocumentChars = 64 * 1024 * 1024;

const timelineHint = 'docs/timeline-v1.md describes every field.';

/** How many of each there may be in one document. Far above any edit; below what would stop the program. */
const maxCounts = {
  assets: 10_000,
  tracks: 100,
  clips: 100_000,
  transitions: 100_000,
  cues: 100_000,
  words: 1_000_000,
};

/** How many mistakes an error lists, and how many of them its one line of text names. */
const maxMistakes = 10;
const shownMistakes = 3;

/**
 * Reads a timeline document: brings it to the current version, checks its shape, and checks what its parts promise each
 * other. Every mistake is named with its JSON path, the first three in the message, the first ten in `context.mistakes`.
 * @throws input.timeline_invalid, input.timeline_newer
 */
export function parseTimeline(json: unknown): Timeline {
  const document = upgradeTimeline(json);
  const tooMany = findExcess(document);
  if (tooMany.length > 0) throw timelineInvalid(tooMany);
  const shape = timelineSchema.safeParse(document);
  if (!shape.success) throw timelineInvalid(shape.error.issues.map(describeIssue));
  const mistakes = findTimelineMistakes(shape.data);
  if (mistakes.length > 0) throw timelineInvalid(mistakes);
  return shape.data;
}

/** Reads a timeline document from its JSON text. @throws input.timeline_invalid, input.timeline_newer */
export function parseTimelineText(text: string): Timeline {
  if (text.length > maxDocumentChars) {
    throw timelineInvalid([`is larger than ${maxDocumentChars / 1024 / 1024} MB`]);
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new PatternPivotError(
      'input.timeline_invalid',
      `The timeline is not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, hint: timelineHint },
    );
  }
  return parseTimeline(json);
}

function timelineInvalid(mistakes: readonly string[]): PatternPivotError {
  const named = mistakes.slice(0, maxMistakes);
  const message =
    mistakes.length === 1
      ? `The timeline is wrong at ${named[0]}.`
      : `The timeline has ${mistakes.length} mistakes: ${describeFirst(mistakes)}.`;
  return new PatternPivotError('input.timeline_invalid', message, {
    hint: timelineHint,
    context: { mistakes: named },
  });
}

/** The first few mistakes in one line, and how many more there are. */
function describeFirst(mistakes: readonly string[]): string {
  const shown = mistakes.slice(0, shownMistakes).join('; ');
  const rest = mistakes.length - shownMistakes;
  return rest > 0 ? `${shown}; and ${rest} more` : shown;
}

/** A path as JavaScript writes it: `tracks[0].clips[2].startFrame`. */
function formatPath(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text.replace(/^\./, '');
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = formatPath(issue.path);
  const message = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  return `${path === '' ? 'the document' : path}: ${message}`;
}

/** Counts before anything is walked, so that a hostile document costs next to nothing. */
function findExcess(document: Readonly<Record<string, unknown>>): string[] {
  const tracks = listAt(document, 'tracks');
  const cues = listAt(document['captions'], 'cues');
  const sum = (lists: readonly unknown[], key: string) =>
    lists.reduce<number>((total, item) => total + listAt(item, key).length, 0);
  const counts: [keyof typeof maxCounts, string, number][] = [
    ['assets', 'assets', listAt(document, 'assets').length],
    ['tracks', 'tracks', tracks.length],
    ['transitions', 'transitions', listAt(document, 'transitions').length],
    ['cues', 'captions.cues', cues.length],
  ];
  const excess = (rows: typeof counts) =>
    rows
      .filter(([kind, , count]) => count > maxCounts[kind])
      .map(([kind, path, count]) => `${path}: ${count} ${kind}, at most ${maxCounts[kind]} are allowed`);
  const outer = excess(counts);
  if (outer.length > 0) return outer;
  return excess([
    ['clips', 'tracks', sum(tracks, 'clips')],
    ['words', 'captions.cues', sum(cues, 'words')],
  ]);
}

function listAt(value: unknown, key: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const list: unknown = (value as Record<string, unknown>)[key];
  return Array.isArray(list) ? list : [];
}
