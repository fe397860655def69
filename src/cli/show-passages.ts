import type { Passage } from '../domain/library.ts';
import { markWords } from '../stages/search/mark-words.ts';
import { showPath } from './film-options.ts';
import type { Shell } from './run-command.ts';
import { formatPosition, measureColumns, shorten, toPrintable, type Paint } from './terminal.ts';

const indent = '    ';

/**
 * Passages for a person: rank, time, title, the words with those of the query set apart, and where the file is. Wrapped to a terminal, and one
 * line of words each where they go to a file or a pipe.
 */
export function formatPassages(
  passages: readonly Passage[],
  query: string,
  shell: Shell,
  paint: Paint,
): string {
  const columns = shell.stdout.isTTY ? shell.stdout.columns : undefined;
  return passages
    .map(({ title, speaker, text, path, startMs, endMs }, index) => {
      const rank = String(index + 1).padStart(2);
      const times = formatTimes({ startMs, endMs });
      const who = speaker === undefined ? '' : `  ${paint('dim', toPrintable(speaker))}`;
      const room = columns === undefined ? Infinity : columns - times.length - 6;
      const head = `${rank}  ${paint('cyan', times)}  ${shorten(toPrintable(title), room)}${who}`;
      const words = formatWords(toPrintable(text), query, columns, paint);
      return `${head}\n${words}\n${indent}${paint('dim', showPath(path, shell))}\n`;
    })
    .join('\n');
}

/** From when to when something is said: `4:30–4:52`. */
export function formatTimes({ startMs, endMs }: { startMs: number; endMs: number }): string {
  return `${formatPosition(startMs)}–${formatPosition(endMs)}`;
}

/** A text between the margins, the words of a query bold. */
export function formatWords(text: string, query: string, columns: number | undefined, paint: Paint): string {
  const width = columns === undefined ? Infinity : Math.max(20, Math.min(columns, 100) - indent.length);
  const marks = markWords(text, query);
  const lines: string[] = [];
  let line = '';
  let lineColumns = 0;
  for (const match of text.matchAll(/\S+/gu)) {
    const own = marks.filter(({ start }) => start >= match.index && start < match.index + match[0].length);
    let painted = '';
    let at = 0;
    for (const { start, end } of own) {
      painted += match[0].slice(at, start - match.index);
      painted += paint('bold', match[0].slice(start - match.index, end - match.index));
      at = end - match.index;
    }
    painted += match[0].slice(at);
    const wordColumns = measureColumns(match[0]);
    if (line !== '' && lineColumns + 1 + wordColumns > width) {
      lines.push(line);
      line = '';
      lineColumns = 0;
    }
    lineColumns += wordColumns + (line === '' ? 0 : 1);
    line += (line === '' ? '' : ' ') + painted;
  }
  lines.push(line);
  return lines.map((each) => indent + each).join('\n');
}
